using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

public sealed class GitSourceTests
{
    [Fact]
    public async Task Each_capture_is_of_one_moment_while_others_push_and_git_packs()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, """
            git init -q --bare shared.git; git clone -q shared.git work 2>&1; cd work
            for i in $(seq 40); do echo $i > file$((i % 7)); git add .; git commit -qm $i; done; git push -q origin HEAD:a; git push -q origin HEAD:b
            """);
        ToolProcess pusher = ToolProcess.Start(GitBench.Command("bash", ["-c", """
            cd "$0/work"; while :; do
              n=$((n + 1)); echo $n > moving$((n % 9)); git add .; git commit -qm $n
              until git push -q origin HEAD:a; do :; done; until git push -q origin HEAD:b; do :; done; git push -q -f origin HEAD:refs/heads/topic/$((n % 5)); git push -q origin :refs/heads/topic/$(((n + 2) % 5))
            done > /dev/null 2>&1
            """, bench.Capture.Folder]));
        ToolProcess packer = ToolProcess.Start(GitBench.Command("bash", ["-c", "cd \"$0/shared.git\"; while :; do git gc -q; git repack -adq; git pack-refs --all; done > /dev/null 2>&1", bench.Capture.Folder]));
        var moments = new HashSet<string>();
        await using (pusher)
        {
            await using (packer)
            {
                for (int i = 0; i < 8; i++)
                {
                    string restored = await bench.RoundTripAsync(bench["shared.git"]);
                    await GitBench.GitAsync(restored, "merge-base", "--is-ancestor", "b", "a");
                    (await GitBench.GitAsync(restored, "rev-list", "--count", "b..a")).TrimEnd().ShouldBeOneOf("0", "1");
                    moments.Add(await GitBench.GitAsync(restored, "rev-parse", "a"));
                }
            }
        }

        moments.Count.ShouldBeGreaterThan(2, "they were pushing all the time");
    }

    [Fact]
    public async Task What_a_commit_names_outside_of_the_repository_is_there_while_others_commit()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, """
            git init -q library; git -C library commit -q --allow-empty -m one; git init -q project; cd project; git submodule --quiet add "$PWD/../library" sub
            mkdir -p .git/lfs/objects; for i in $(seq 1500); do echo $i > .git/lfs/objects/old$i; done; echo old1 > pointer; git add .; git commit -qm first
            """);
        ToolProcess committer = ToolProcess.Start(GitBench.Command("bash", ["-c", """
            cd "$0/project"; while :; do
              n=$((n + 1)); echo $n > .git/lfs/objects/new$n; echo new$n > pointer; git -C sub commit -q --allow-empty -m $n; git add .; git commit -qm $n
            done > /dev/null 2>&1
            """, bench.Capture.Folder]));
        await using (committer)
        {
            for (int i = 0; i < 4; i++)
            {
                string restored = await bench.RoundTripAsync(bench["project/.git"]);
                string named = await GitBench.ScriptAsync(restored, "git --git-dir=. show HEAD:pointer; git --git-dir=. rev-parse HEAD:sub");
                string[] lines = named.Split('\n');
                File.Exists($"{restored}/lfs/objects/{lines[0]}").ShouldBeTrue(lines[0]);
                await GitBench.ScriptAsync($"{restored}/modules/sub", $"git --git-dir=. --work-tree=. cat-file -e {lines[1]}");
            }
        }
    }

    [Fact]
    public async Task A_repository_comes_back_with_all_that_is_in_it()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        string git = bench["project/.git"];
        await GitBench.ScriptAsync(bench.Capture.Folder, """
            git init -q library; (cd library; echo l > l; git add .; git commit -qm library)
            git init -q project; cd project; git config user.name Somebody
            git submodule --quiet add "$PWD/../library" libs/one; echo 1 > tracked; git add .; git commit -qm first; git tag -a v1 -m one; git tag light
            for i in 1 2 3; do echo $i >> tracked; git commit -qam $i; done; git repack -qad; git notes add -m note
            git branch 'ümlaut/branch'; git worktree add -q ../second light; echo stashed > tracked; git stash -q; echo staged > new; git add new
            git remote add origin ../library; git fetch -q origin; git remote set-head origin main
            printf '#!/bin/sh\necho hooked\n' > .git/hooks/post-commit; chmod 755 .git/hooks/post-commit; ln -s /usr/share/shared-hook .git/hooks/update
            echo 'a project' > .git/description; echo '*.o' >> .git/info/exclude; mkdir -p .git/lfs/objects/ab/cd .git/empty/folder; echo large > .git/lfs/objects/ab/cd/abcd
            git checkout -q --detach HEAD~1; touch .git/HEAD.lock; mkdir .git/folder.lock; touch .git/folder.lock/file
            """);
        const string Show = "git for-each-ref; cat .git/HEAD; git stash list; git reflog; git ls-files -s; git config user.name; git cat-file -p v1; git notes list; git rev-parse origin/HEAD stash";
        string before = await GitBench.ScriptAsync(bench["project"], Show);

        string restored = await bench.RoundTripAsync(git, new GitSource(new() { Paths = [bench["project"]] }));

        string root = restored[..^(git.Length - bench["project"].Length)];
        (await GitBench.ScriptAsync(root, Show)).ShouldBe(before);
        File.Exists($"{restored}/HEAD.lock").ShouldBeFalse();
        File.Exists($"{restored}/folder.lock/file").ShouldBeTrue("git makes locks of files");
        Directory.Exists($"{restored}/empty/folder").ShouldBeTrue();
        (await File.ReadAllTextAsync($"{restored}/lfs/objects/ab/cd/abcd", GitBench.Cancellation)).ShouldBe("large\n");
        File.ResolveLinkTarget($"{restored}/hooks/update", false)!.FullName.ShouldBe("/usr/share/shared-hook");
        (await GitBench.ScriptAsync(root, "git commit -q --allow-empty -m more 2>&1; cat .git/info/exclude .git/description; cat .git/worktrees/second/HEAD | wc -c")).ShouldContain("hooked");
        (await GitBench.ScriptAsync($"{restored}/modules/libs/one", "git --git-dir=. --work-tree=. fsck --full --strict; git --git-dir=. --work-tree=. log --format=%s")).ShouldBe("library");
    }

    [Fact]
    public async Task Patterns_find_repositories_of_both_kinds_and_the_second_run_adds_next_to_nothing()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, """
            mkdir -p srv/deep/er srv/plain; git init -q --bare srv/deep/er/bare.git; git init -q srv/site; cd srv/site; head -c 3000000 /dev/urandom > large; git add .; git commit -qm one
            git init -q inner; (cd inner; git commit -q --allow-empty -m x); git worktree add -q ../tree; git push -q ../deep/er/bare.git main; git -C ../deep/er/bare.git gc -q; ln -s work ../link
            """);
        var source = new GitSource(new() { Paths = [bench["srv/**"]] });

        BackupSummary first = await bench.Capture.CaptureAsync(source);

        (await bench.Capture.ManifestAsync(first))!.Sources.Single().Items.Select(i => (i.Kind, i.Name, i.Path)).ShouldBe(
            ((string[])["srv/deep/er/bare.git", "srv/site/.git", "srv/site/inner/.git"]).Select(n => ("repository", bench[n], (string?)(GitBench.Root + bench[n]))));
        first.Counters.DataAddedPacked.ShouldBeGreaterThan(3_000_000);
        (await bench.Capture.CaptureAsync(source)).Counters.DataAddedPacked.ShouldBeLessThan(10_000);
        string restored = await bench.Capture.RestoreAsync(first) + GitBench.Root;
        await GitBench.GitAsync("/", "clone", "-q", restored + bench["srv/deep/er/bare.git"], bench["clone"]);
        new FileInfo(bench["clone/large"]).Length.ShouldBe(3_000_000);
    }

    [Fact]
    public async Task What_is_borrowed_from_another_repository_is_captured_with_it()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, """
            git init -q pool; (cd pool; echo 1 > a; git add .; git commit -qm one; git repack -qad; echo 2 > b; git add .; git commit -qm two)
            git clone -q --shared --bare pool fork.git; cd fork.git; mv objects/info/alternates x; sed 's|.*|../../pool/.git/objects|' x > objects/info/alternates; rm x; git log -1
            """);
        string restored = await bench.RoundTripAsync(bench["fork.git"]);
        File.Exists($"{restored}/objects/info/alternates").ShouldBeFalse();
        (await GitBench.GitAsync(restored, "log", "--format=%s", "main")).ShouldBe("two\none\n");
    }

    [Fact]
    public async Task Repositories_without_commits_and_with_SHA_256_are_captured()
    {
        await using GitBench bench = await GitBench.CreateAsync();
        await GitBench.ScriptAsync(bench.Capture.Folder, "git init -q --bare empty.git; git init -q --object-format=sha256 new; cd new; for i in 1 2 3; do echo $i > f; git add .; git commit -qm $i; done; git repack -qad; echo 4 > f; git commit -qam 4");
        await bench.RoundTripAsync(bench["empty.git"]);
        string restored = await bench.RoundTripAsync(bench["new/.git"]);
        (await GitBench.GitAsync(restored, "--git-dir=.", "rev-list", "--count", "main")).ShouldBe("4\n");
    }
}
