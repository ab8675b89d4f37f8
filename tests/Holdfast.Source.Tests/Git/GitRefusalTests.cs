using Holdfast.Backend;

namespace Holdfast.Source.Tests;

public sealed class GitRefusalTests
{
    [Theory]
    [InlineData("f=$(ls .git/objects/pack/*.pack); chmod u+w $f; printf 'X' | dd of=$f bs=1 seek=60 conv=notrunc status=none", "is damaged; `git fsck --full`")]
    [InlineData("rm .git/objects/pack/*", "something that a reference leads to is missing (git ended with exit status 128")]
    [InlineData("rm -f .git/objects/$(git rev-parse HEAD:loose | sed 's|..|&/|')", "something that a reference leads to is missing")]
    [InlineData("f=.git/objects/$(git rev-parse HEAD:loose | sed 's|..|&/|'); chmod u+w $f; truncate -s 0 $f", "its object")]
    [InlineData("echo nonsense > .git/refs/heads/other", "its reference refs/heads/other is damaged")]
    [InlineData("echo nonsense > .git/HEAD", "its HEAD is damaged")]
    [InlineData("echo nonsense > .git/packed-refs", "its packed-refs is damaged: 'nonsense'")]
    [InlineData("mkdir .git/reftable", "reftable")]
    [InlineData("mv .git x; mkdir .git", "this is no git repository")]
    [InlineData("mv .git ../x; echo 'gitdir: ../x' > .git", "this is a further working tree, or a submodule")]
    [InlineData("mkdir -p .git/objects/info; echo /nowhere/objects > .git/objects/info/alternates", "/nowhere/objects")]
    public async Task What_is_damaged_or_no_repository_fails_the_run_by_name(string damage, string why)
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, "git init -q r; cd r; head -c 3000 /dev/urandom > a; git add .; git commit -qm a; git repack -qad; echo l > loose; git add .; git commit -qm b");
        await GitBench.ScriptAsync(bench["r"], damage);

        BackupException e = await Should.ThrowAsync<BackupException>(() => bench.Capture.CaptureAsync(new GitSource(new() { Paths = [bench["r"]] })));

        (e.Kind, await bench.Capture.CountSnapshotsAsync()).ShouldBe((BackupErrorKind.Source, 0));
        e.Message.ShouldContain(why);
        e.Message.ShouldContain(bench["r"]);
    }

    [Fact]
    public async Task A_pattern_that_finds_nothing_fails_the_run()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        Directory.CreateDirectory(bench["srv/none"]);
        BackupException e = await Should.ThrowAsync<BackupException>(() => bench.Capture.CaptureAsync(new GitSource(new() { Paths = [bench["srv/**"]] })));
        e.Message.ShouldContain("no repository matches");
    }

    [Fact]
    public async Task The_configuration_of_a_repository_runs_nothing()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        string trace = bench["trace"];
        await GitBench.ScriptAsync(bench.Capture.Folder, $$"""
            git init -q r; cd r; echo a > a; git add .; git commit -qm a; git repack -qad; touch $(ls .git/objects/pack/*.pack | sed 's/pack$/promisor/')
            echo b > b; git add .; git commit -qm b; rm -f .git/objects/$(git rev-parse HEAD:b | sed 's|..|&/|')
            git config extensions.partialClone origin; git config core.repositoryformatversion 1; git config remote.origin.promisor true; git config protocol.ext.allow always
            git config remote.origin.url 'ext::touch {{trace}}'; git config core.fsmonitor 'touch {{trace}}'; git config core.sshCommand 'touch {{trace}}'; git config core.pager 'touch {{trace}}'
            """);
        await GitBench.ScriptAsync(bench["r"], "git cat-file -p HEAD:b || true");
        File.Exists(trace).ShouldBeTrue("else this proves nothing");
        File.Delete(trace);
        await Should.ThrowAsync<BackupException>(() => bench.Capture.CaptureAsync(new GitSource(new() { Paths = [bench["r"]] })));
        File.Exists(trace).ShouldBeFalse();
    }

    [Fact]
    public async Task Objects_of_somebody_else_are_not_borrowed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, "git init -q pool; (cd pool; git commit -q --allow-empty -m a); git clone -q --shared --bare pool fork.git; chown -R 12345:12345 fork.git; chown -R 12346:12346 pool");
        var source = new GitSource(new() { Paths = [bench["fork.git"]] });
        await Refusals.ShouldBeAsync(bench.Capture, source, "which belongs to neither its owner nor root");
        await GitBench.ScriptAsync(bench.Capture.Folder, "chown -R 12345:12345 pool");
        await bench.Capture.CaptureAsync(source);
    }

    [Fact]
    public async Task A_small_file_that_is_large_is_not_read_whole()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, "git init -q --bare r.git; truncate -s 20G r.git/refs/heads/large");
        await Refusals.ShouldBeAsync(bench.Capture, new GitSource(new() { Paths = [bench["r.git"]] }), "refs/heads/large is larger than the 1 MiB that it may have");
    }

    [Fact]
    public async Task A_submodule_that_was_removed_and_a_folder_with_an_odd_name_are_captured()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, """
            git init -q library; (cd library; git commit -q --allow-empty -m l); mkdir $'odd\nname'; cd $'odd\nname'; git init -q p; cd p
            git submodule --quiet add "$PWD/../../library" sub; git commit -qm one; git rm -qrf sub; git commit -qm two
            """);
        string restored = await bench.RoundTripAsync(bench["odd\nname/p/.git"]);
        Directory.Exists($"{restored}/modules/sub/objects").ShouldBeTrue();
    }

    [Fact]
    public async Task A_repository_of_somebody_else_is_captured()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, "git init -q --bare r.git; git clone -q r.git w; cd w; git commit -q --allow-empty -m a; git push -q origin main; if [ $(id -u) = 0 ]; then chown -R 12345:12345 ../r.git; fi");
        await bench.Capture.CaptureAsync(new GitSource(new() { Paths = [bench["r.git"]] }));
        (await bench.Capture.CountSnapshotsAsync()).ShouldBe(1);
    }
}
