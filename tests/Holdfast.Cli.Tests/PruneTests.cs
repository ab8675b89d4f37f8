using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class PruneTests(SampleRepository sample)
{
    [Theory]
    [InlineData("--max-unused 100%", "100%")]
    [InlineData("--max-unused -1%", "-1%")]
    [InlineData("--max-unused lots", "lots")]
    [InlineData("--max-repack-size much", "much")]
    [InlineData("--repack-smaller-than 1G", "1073741824")]
    [InlineData("--repack-small --repack-smaller-than 1M", "exclude each other")]
    [InlineData("--repack-uncompressed --compression off", "exclude each other")]
    [InlineData("--unsafe-recover-no-free-space yes", "'yes' is not the id")]
    [InlineData("--no-lock", "--dry-run")]
    [InlineData("latest", "latest")]
    public async Task What_makes_no_sense_is_refused(string options, string named)
    {
        string[] before = Files(sample.Box);
        (await sample.HoldfastAsync(["prune", .. options.Split(' ')])).ShouldRefuse(1, named);
        Files(sample.Box).ShouldBe(before);
    }

    [Fact]
    public async Task A_dry_run_says_what_the_real_run_does_and_changes_nothing()
    {
        using Sandbox copy = await ForgottenAsync();
        string[] before = Files(copy);
        JsonNode planned = (await copy.HoldfastAsync("repo", "prune", "--dry-run", "--json", "--max-unused", "0")).ShouldSucceed().Json;
        Files(copy).ShouldBe(before);
        (await copy.HoldfastAsync("repo", "prune", "-n", "-vv", "--no-lock")).ShouldSucceed().Text.ShouldContain("would repack pack ");

        Outcome real = await copy.HoldfastAsync("repo", "prune", "--json", "--max-unused", "0");
        JsonNode.DeepEquals(real.ShouldSucceed().Json, planned).ShouldBeTrue();
        ((int)planned["packfiles"]!["remove_total"]! + (int)planned["packfiles"]!["repack"]!).ShouldBeGreaterThan(0);
        ((long)planned["bytes"]!["remaining_unused"]!).ShouldBe(0);
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "prune")).ShouldSucceed().Text.ShouldContain("nothing was removed");
    }

    [Fact]
    public async Task A_held_lock_gives_exit_code_11_and_the_next_run_goes_on()
    {
        using Sandbox copy = await ForgottenAsync();
        Outcome outcome = await copy.RunAsync("/bin/sh", ["-c", """
            mkfifo in
            "$HOLDFAST_BINARY" -r repo -p password backup --stdin < in > /dev/null 2>&1 & p=$!
            exec 3> in
            while [ -z "$(ls -I "*-tmp-*" repo/locks)" ]; do sleep 0.05; done
            sleep 0.5
            "$HOLDFAST_BINARY" -r repo -p password prune --max-unused 0 > out 2> err; echo $? $(grep -c 'is locked' err)
            exec 3>&-
            wait $p; echo $?
            "$HOLDFAST_BINARY" -r repo -p password prune --max-unused 0 | tail -1
            "$HOLDFAST_BINARY" -r repo -p password check --read-data | tail -1
            """]);
        outcome.ShouldSucceed().Lines[..2].ShouldBe(["11 1", "0"]);
        outcome.Lines[2].ShouldStartWith("removed ");
        outcome.Lines[3].ShouldBe("no damage found");
    }

    [Fact]
    public async Task The_unsafe_way_wants_the_id_and_ends_sound()
    {
        using Sandbox copy = await ForgottenAsync();
        string id = (string)(await copy.HoldfastAsync("repo", "cat", "config")).ShouldSucceed().Json["id"]!;
        (await copy.HoldfastAsync("repo", "prune", "--unsafe-recover-no-free-space", id)).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "check", "--read-data")).ShouldSucceed();
    }

    /// <summary>A copy of the sample without its first snapshot.</summary>
    private async Task<Sandbox> ForgottenAsync()
    {
        Sandbox copy = await sample.CopyAsync();
        File.Delete(copy.At($"repo/snapshots/{sample.First}"));
        return copy;
    }

    private static string[] Files(Sandbox box) =>
        [.. Directory.GetFiles(box.At("repo"), "*", SearchOption.AllDirectories).Where(f => !f.Contains("/locks/")).Order()];
}
