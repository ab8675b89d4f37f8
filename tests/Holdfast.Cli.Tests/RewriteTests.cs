using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class RewriteTests(SampleRepository sample)
{
    [Fact]
    public async Task A_file_is_purged_from_every_snapshot_and_restic_finds_nothing_wrong()
    {
        using Sandbox copy = await sample.CopyAsync();
        string[] arguments = ["rewrite", "--exclude", $"{sample.Source}/sub/key.pem", "--iexclude", "upper.txt", "--forget", "--json"];
        JsonNode[] dry = (await copy.HoldfastAsync("repo", [.. arguments, "--dry-run"])).ShouldSucceed().JsonLines;
        ((bool)dry[^1]["dry_run"]!, (int)dry[^1]["changed_snapshots"]!).ShouldBe((true, 2));
        JsonNode[] lines = (await copy.HoldfastAsync("repo", arguments)).ShouldSucceed().JsonLines;
        lines[..^1].Select(l => (string)l["old_snapshot_id"]!).ShouldBe([sample.First, sample.Second]);
        lines[..^1].Select(l => (int)l["files"]!).ShouldBe([2, 1]);
        foreach (string id in lines[..^1].Select(l => (string)l["new_snapshot_id"]!))
        {
            string names = (await copy.ResticAsync("repo", "ls", id)).ShouldSucceed().Text;
            names.ShouldNotContain("key.pem");
            names.ShouldNotContain("UPPER");
            names.ShouldContain("numbers.txt");
        }

        (await copy.HoldfastAsync("repo", "prune", "--max-unused", "0")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "rewrite", "--exclude", "key.pem", "--iexclude", "upper.txt")).ShouldSucceed().Text.ShouldContain("nothing to rewrite");
    }

    [Theory]
    [InlineData("rewrite", "--exclude", "deep", "--exclude", "*.pem", "--forget")]
    [InlineData("rewrite", "--include", "*.pem", "--include", "deep", "--forget")]
    public async Task It_makes_the_trees_that_restic_makes(params string[] arguments)
    {
        using Sandbox ours = await sample.CopyAsync(), theirs = await sample.CopyAsync();
        (await ours.HoldfastAsync("repo", arguments)).ShouldSucceed();
        Outcome restic = await theirs.ResticAsync("repo", arguments);
        Assert.SkipWhen(restic.ExitCode != 0 && (restic.Error.Contains("unknown command") || restic.Error.Contains("unknown flag")), "this restic has no such rewrite yet");
        restic.ShouldSucceed();
        (await TreesAsync(ours)).ShouldBe(await TreesAsync(theirs));
    }

    [Fact]
    public async Task Host_and_time_change_and_the_old_snapshot_stays()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "rewrite", "--new-host", "renamed", "--new-time", "2020-02-03 04:05:06", sample.First)).ShouldSucceed().Text.ShouldContain("became");
        JsonNode all = (await copy.ResticAsync("repo", "snapshots", "--json")).ShouldSucceed().Json;
        all.AsArray().Count.ShouldBe(3);
        JsonNode made = all.AsArray().Single(s => (string?)s!["hostname"] == "renamed")!;
        DateTimeOffset.Parse((string)made["time"]!).ShouldBe(new(2020, 2, 3, 4, 5, 6, TimeSpan.FromHours(1)));
        ((string)made["original"]!).ShouldBe(sample.First);
        made["tags"]!.AsArray().Select(t => (string)t!).ShouldContain("rewrite");
    }

    [Fact]
    public async Task What_lies_in_the_trash_is_pointed_at()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "forget", "--force", sample.First)).ShouldSucceed();
        Outcome outcome = await copy.HoldfastAsync("repo", "rewrite", "--exclude", "UPPER.TXT", "--forget");
        outcome.ShouldSucceed().Error.ShouldContain("1 snapshot in the trash is as it was");
        outcome.Text.ShouldContain("rewrote 1 snapshot;");
    }

    [Theory]
    [InlineData("nothing to do")]
    [InlineData("nothing to do", "--forget")]
    [InlineData("malformed", "--exclude", "[a")]
    [InlineData("malformed", "--include", "[a")]
    [InlineData("exclude each other", "--include", "a", "--exclude", "b")]
    [InlineData("no time", "--new-time", "noon")]
    [InlineData("--new-host is empty", "--new-host", "")]
    [InlineData("cannot be read", "--exclude-file", "/nowhere/at/all")]
    [InlineData("there is no snapshot", "--exclude", "x", "abcdef01")]
    [InlineData("--no-lock", "--exclude", "x", "--no-lock")]
    public async Task Bad_requests_are_refused(string reason, params string[] arguments)
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", ["rewrite", .. arguments, "--json"])).Refusal().ShouldContain(reason);
    }

    private static async Task<string[]> TreesAsync(Sandbox box) =>
        [.. (await box.ResticAsync("repo", "snapshots", "--json")).ShouldSucceed().Json.AsArray().Select(s => (string)s!["tree"]!)];
}
