using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class CopyTests(SampleRepository sample)
{
    [Fact]
    public async Task A_copy_made_here_is_whole_for_restic_and_a_rerun_of_either_tool_moves_nothing()
    {
        using Sandbox box = await TwoAsync();
        JsonNode[] lines = (await CopyAsync(box, "--json", "--verify")).ShouldSucceed().JsonLines;
        lines.Select(l => (string)l["message_type"]!).ShouldBe(["copied", "copied", "summary"]);
        lines[..2].Select(l => (string)l["source_snapshot_id"]!).ShouldBe([sample.First, sample.Second]);
        ((int)lines[^1]["snapshots"]!, (int)lines[^1]["skipped"]!, (int)lines[^1]["damages"]!).ShouldBe((2, 0, 0));
        ((long)lines[^1]["bytes_written"]!).ShouldBeGreaterThan(3_000_000);

        string[] before = Files(box, "other");
        JsonNode again = (await CopyAsync(box, "--json", "--verify=all")).ShouldSucceed().JsonLines[^1];
        ((int)again["snapshots"]!, (int)again["skipped"]!, (long)again["blobs"]!, (int)again["damages"]!).ShouldBe((0, 2, 0, 0));
        (await ResticCopyAsync(box, "repo", "other")).ShouldSucceed();
        (await ResticCopyAsync(box, "other", "repo")).ShouldSucceed();
        Files(box, "other").ShouldBe(before);
        (await box.HoldfastAsync("other", "check", "--read-data")).ShouldSucceed();
        (await box.ResticAsync("other", "check", "--read-data")).ShouldSucceed();
        (await box.ResticAsync("other", "restore", "latest", "--target", box.At("restored"))).ShouldSucceed();
        (await box.RunAsync("diff", ["-r", "--no-dereference", "-q", sample.Source + "/sub", box.At("restored") + sample.Source + "/sub"])).ShouldSucceed();
    }

    [Fact]
    public async Task A_copy_made_by_restic_is_known_here()
    {
        using Sandbox box = await TwoAsync();
        (await ResticCopyAsync(box, "repo", "other")).ShouldSucceed();
        string[] before = Files(box, "other"), source = Files(box, "repo");
        (await CopyAsync(box)).ShouldSucceed().Text.ShouldContain("2 snapshots are there already");
        (await box.HoldfastAsync("repo", From(box, "other", "copy"))).ShouldSucceed().Text.ShouldContain("2 snapshots are there already");
        Files(box, "other").ShouldBe(before);
        Files(box, "repo").ShouldBe(source);
    }

    [Fact]
    public async Task What_is_chosen_is_copied_and_nothing_of_the_trash()
    {
        using Sandbox box = await TwoAsync();
        (await CopyAsync(box, "--keep-last", "0", "--json")).Refusal().ShouldContain("keeps nothing");
        (await CopyAsync(box, "--host", "none")).ShouldSucceed().Text.ShouldContain("no snapshot was chosen");
        JsonNode[] dry = (await CopyAsync(box, "--keep-last", "1", "--group-by", "", "--dry-run", "--json")).ShouldSucceed().JsonLines;
        ((bool)dry[^1]["dry_run"]!, (int)dry[^1]["snapshots"]!).ShouldBe((true, 1));
        Directory.GetFiles(box.At("other/snapshots")).ShouldBeEmpty();
        (await CopyAsync(box, "--keep-last", "1", "--group-by", "")).ShouldSucceed().Text.ShouldContain($"copied from {sample.Second[..8]}");
        (await box.HoldfastAsync("repo", "forget", "--force", sample.First)).ShouldSucceed();
        (await CopyAsync(box)).ShouldSucceed().Text.ShouldContain("1 snapshot is there already");
        (await CopyAsync(box, sample.First, "--json")).Refusal().ShouldContain("undelete");
        (await box.HoldfastAsync("repo", "undelete", sample.First)).ShouldSucceed();
        (await box.HoldfastAsync("repo", "pin", "--reason", "the move", sample.First)).ShouldSucceed();
        (await CopyAsync(box, sample.First[..10])).ShouldSucceed();
        JsonNode copies = (await box.HoldfastAsync("other", "list", "--json")).ShouldSucceed().Json;
        ((string)copies[0]!["pin"]!["reason"]!).ShouldBe("the move");
        copies.AsArray().Select(c => (int)c!["run"]!).ShouldBe([1, 1]);
    }

    [Fact]
    public async Task A_damaged_source_is_named_and_gives_exit_code_1()
    {
        using Sandbox box = await TwoAsync();
        foreach (string pack in Directory.GetFiles(box.At("repo/data"), "*", SearchOption.AllDirectories).Where(f => new FileInfo(f).Length > 1_000_000))
        {
            (await box.RunAsync("/bin/sh", ["-c", $"chmod u+w {pack} && dd if=/dev/zero of={pack} bs=1000000 seek=1 count=1 conv=notrunc status=none"])).ShouldSucceed();
        }

        Outcome outcome = await CopyAsync(box);
        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldContain($"snapshot {sample.First[..8]} is not copied: ");
        Directory.GetFiles(box.At("other/snapshots")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_destination_is_made_that_cuts_as_the_source_does()
    {
        using Sandbox box = await sample.CopyAsync();
        string other = box.WriteSecret("other-password", "another password");
        (await box.RunAsync("/bin/sh", ["-c", $"HOLDFAST_FROM_REPOSITORY=repo RESTIC_FROM_PASSWORD_FILE={box.PasswordFile} $HOLDFAST_BINARY -r other -p {other} init --copy-chunker-params"])).ShouldSucceed();
        (await PolynomialAsync("other", other)).ShouldBe(await PolynomialAsync("repo", box.PasswordFile));
        (await CopyAsync(box, "--dry-run")).Error.ShouldNotContain("cut content at different places");
        (await box.HoldfastAsync("third", "init")).ShouldSucceed();
        (await box.HoldfastAsync("third", From(box, "repo", "copy", "-n"))).Error.ShouldContain("cut content at different places");

        async Task<string> PolynomialAsync(string repository, string password) =>
            (string)(await box.BareAsync("-r", box.At(repository), "-p", password, "cat", "config")).ShouldSucceed().Json["chunker_polynomial"]!;
    }

    [Theory]
    [InlineData("--from-repo")]
    [InlineData("same repository", "--from-repo", "repo")]
    [InlineData("exclude each other", "--from-repo", "repo", "--from-repository-file", "x")]
    [InlineData("one or the other", "--from-repo", "repo", "--keep-last", "1", "abcdef")]
    [InlineData("give one of them", "--from-repo", "repo", "--dry-run", "--verify")]
    [InlineData("'some'", "--from-repo", "repo", "--verify=some")]
    [InlineData("there is no snapshot", "--from-repo", "empty", "abcdef01")]
    public async Task Bad_requests_are_refused(string reason, params string[] arguments)
    {
        using Sandbox copy = await sample.CopyAsync();
        if (arguments.Contains("empty"))
        {
            (await copy.HoldfastAsync("empty", "init")).ShouldSucceed();
        }

        (await copy.HoldfastAsync("repo", ["copy", .. arguments, "--from-password-file", copy.PasswordFile, "--json"])).Refusal().ShouldContain(reason);
    }

    [Fact]
    public async Task A_wrong_password_of_the_source_gives_exit_code_12_and_init_wants_both_options()
    {
        using Sandbox box = await TwoAsync();
        string wrong = box.WriteSecret("wrong", "wrong");
        (await box.HoldfastAsync("other", "copy", "--from-repo", box.At("repo"), "--from-password-file", wrong)).ShouldRefuse(12, "wrong password");
        (await box.HoldfastAsync("third", "init", "--from-repo", box.At("repo"))).ShouldRefuse(1, "--copy-chunker-params");
        (await box.HoldfastAsync("other", "copy", "--from-repo", box.At("nowhere"), "--from-password-file", wrong)).ShouldRefuse(10, "nowhere");
    }

    /// <summary>A copy of the sample, and an empty repository with another password, which cuts at other places.</summary>
    private async Task<Sandbox> TwoAsync()
    {
        Sandbox box = await sample.CopyAsync();
        (await box.HoldfastAsync("other", "init")).ShouldSucceed();
        return box;
    }

    private static string[] From(Sandbox box, string source, params string[] arguments) =>
        [.. arguments, "--from-repo", box.At(source), "--from-password-file", box.PasswordFile];

    private static Task<Outcome> CopyAsync(Sandbox box, params string[] arguments) =>
        File.Exists(box.At("other-password"))
            ? box.BareAsync(["-r", box.At("other"), "-p", box.At("other-password"), .. From(box, "repo", ["copy", .. arguments])])
            : box.HoldfastAsync("other", From(box, "repo", ["copy", .. arguments]));

    private static Task<Outcome> ResticCopyAsync(Sandbox box, string from, string into) => box.ResticAsync(into, From(box, from, "copy"));

    private static string[] Files(Sandbox box, string repository) =>
        [.. Directory.GetFiles(box.At(repository), "*", SearchOption.AllDirectories).Where(f => !f.Contains("/locks/")).Order(StringComparer.Ordinal)];
}
