using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class RestoreTests(SampleRepository sample)
{
    /// <summary>Of a repository without snapshots: were it not refused, there would be nothing to restore.</summary>
    [Theory]
    [InlineData("latest", "--target", "/")]
    [InlineData("latest", "--target", "//.")]
    [InlineData("latest", "--target", "/usr/..")]
    [InlineData("latest:/", "--target", "/")]
    [InlineData("latest", "/", "--target", "/")]
    public async Task Deleting_in_all_of_the_machine_is_refused(params string[] arguments) =>
        (await sample.Box.HoldfastAsync("empty", ["restore", "--delete", "--dry-run", .. arguments])).ShouldRefuse(1, "--delete");

    [Theory]
    [InlineData("latest", "/etc")]
    [InlineData("latest:/etc")]
    [InlineData("latest", "--include", "/etc")]
    [InlineData("latest", "--exclude", "/etc")]
    public async Task Deleting_in_a_part_of_the_machine_is_not(params string[] arguments) =>
        (await sample.Box.HoldfastAsync("empty", ["restore", "--delete", "--dry-run", "--target", "/", .. arguments])).ShouldRefuse(1, "no such snapshot");

    /// <summary>What could not be read is not in the snapshot, and still in its place.</summary>
    [Fact]
    public async Task Deleting_by_a_partial_snapshot_is_refused_unless_forced()
    {
        using var box = new Sandbox();
        Directory.CreateDirectory(box.At("all"));
        File.WriteAllText(box.At("all/file"), "content");
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "backup", box.At("all"), box.At("missing"))).ExitCode.ShouldBe(3);
        File.WriteAllText(box.At("all/stray"), "x");
        string[] restore = ["restore", "latest:" + box.At("all"), "--target", box.At("all"), "--delete"];
        (await box.HoldfastAsync("repo", [.. restore[..^1], "--force"])).ShouldRefuse(1, "--force is about --delete");
        (await box.HoldfastAsync("repo", restore)).ShouldRefuse(1, "is partial: 1 things could not be read");
        File.Exists(box.At("all/stray")).ShouldBeTrue();
        (await box.HoldfastAsync("repo", [.. restore, "--force"])).ShouldSucceed();
        File.Exists(box.At("all/stray")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("user.kept=one user.left=two")]
    [InlineData("user.kept=one", "--exclude-xattr", "user.l*")]
    [InlineData("user.kept=one", "--exclude-xattr", "user.*", "--exclude-xattr", "!*.kept")]
    [InlineData("user.left=two", "--include-xattr", "user.left")]
    [InlineData("", "--include-xattr", "trusted.*")]
    public async Task Extended_attributes_are_chosen_by_name(string restored, params string[] options)
    {
        using var box = new Sandbox();
        (await box.ScriptAsync("mkdir all && cd all && touch file && setfattr -n user.kept -v one file && setfattr -n user.left -v two file")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "backup", box.At("all"))).ShouldSucceed();
        (await box.HoldfastAsync("repo", ["restore", "latest:" + box.At("all"), "--target", box.At("back"), .. options])).ShouldSucceed();
        Outcome listing = await box.ScriptAsync("getfattr -d -m ^user back/file");
        listing.ShouldSucceed();
        string.Join(' ', listing.Text.Split('\n').Where(l => l.Contains('=')).Order()).Replace("\"", string.Empty).ShouldBe(restored);
    }

    [Theory]
    [InlineData("exclude each other", "--include-xattr", "user.*", "--exclude-xattr", "user.a")]
    [InlineData("--include-xattr: the pattern '[' is malformed", "--include-xattr", "[")]
    [InlineData("--exclude-xattr is about files", "--exclude-xattr", "user.*", "--limit", "mysql:shop")]
    public async Task Wrong_choices_of_extended_attributes_are_refused(string reason, params string[] options) =>
        (await sample.Box.HoldfastAsync("empty", ["restore", "latest", .. options.Contains("--limit") ? (string[])[] : ["--target", "refused"], .. options])).ShouldRefuse(1, reason);

    [Fact]
    public async Task Owners_are_found_by_name_where_the_numbers_are_others()
    {
        using var box = new Sandbox();
        (await box.HoldfastAsync("repo", "init")).ShouldSucceed();
        (await box.ScriptAsync("""
            set -e
            mkdir all && touch all/daemons all/strangers && chown 54321:54321 all/daemons && chown 54322:0 all/strangers
            sed 's/^daemon:x:1:1:/daemon:x:54321:54321:/' /etc/passwd > passwd && echo stranger:x:54322:1:::/bin/sh >> passwd
            sed 's/^daemon:x:1:/daemon:x:54321:/' /etc/group > group
            unshare -m sh -c 'mount --bind passwd /etc/passwd && mount --bind group /etc/group && exec "$HOLDFAST_BINARY" -r repo --password-file password backup all'
            """)).ShouldSucceed();
        await RestoreAsync("54321:54321 54322:0");
        (await RestoreAsync("1:1 54322:0", "--ownership-by-name")).Error
            .ShouldContain("this machine has no user stranger: what belonged to it gets its number, 54322");

        async Task<Outcome> RestoreAsync(string owners, params string[] options)
        {
            Outcome outcome = await box.HoldfastAsync("repo", ["restore", "latest:" + box.At("all"), "--target", box.At("back"), .. options]);
            outcome.ShouldSucceed();
            Outcome listing = await box.ScriptAsync("cd back && stat -c %u:%g daemons strangers | xargs");
            listing.ShouldSucceed().Text.Trim().ShouldBe(owners);
            return outcome;
        }
    }

    [Fact]
    public async Task Patterns_that_match_nothing_are_no_success()
    {
        Outcome nothing = await sample.Box.HoldfastAsync("repo", "restore", "latest", "--target", "matchless", "--include", "/no/such/*");
        nothing.ExitCode.ShouldBe(1);
        nothing.Error.ShouldContain("matches what --include says");
        (await sample.Box.HoldfastAsync("repo", "restore", "latest", "--target", "matchless", "--include", "*", "--dry-run")).ShouldSucceed();
    }
}
