using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class CheckTests(SampleRepository sample)
{
    [Theory]
    [InlineData("--read-budget 0", "'0'")]
    [InlineData("--read-budget 0%", "'0%'")]
    [InlineData("--read-budget 101%", "'101%'")]
    [InlineData("--read-budget 0m", "'0m'")]
    [InlineData("--read-budget much", "'much'")]
    [InlineData("--read-budget 5x", "'5x'")]
    [InlineData("--read-budget 1h30", "'1h30'")]
    [InlineData("--read-budget 5G --read-data", "exclude each other")]
    [InlineData("--read-budget 5G --read-data-subset 1/2", "exclude each other")]
    [InlineData("--correct --no-lock", "--no-lock")]
    public async Task What_makes_no_sense_is_refused(string options, string named)
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", ["check", .. options.Split(' ')])).ShouldRefuse(1, named);
    }

    [Fact]
    public async Task What_was_read_is_remembered_and_stock_restic_does_not_mind()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "check", "--json")).ShouldSucceed().Json["read"].ShouldBeNull();
        JsonNode one = (await copy.HoldfastAsync("repo", "check", "--read-budget", "1k", "--json")).ShouldSucceed().Json["read"]!;
        long total = (long)one["bytes_total"]!, never = (long)one["bytes_never"]!;
        never.ShouldBeInRange(1, total - 1);
        ((long)one["bytes_within_30_days"]!).ShouldBe(total - never);

        JsonNode half = (await copy.HoldfastAsync("repo", "check", "--read-budget", "1h", "--json")).ShouldSucceed().Json["read"]!;
        ((long)half["bytes_never"]!).ShouldBe(0);
        half["oldest"].ShouldNotBeNull();
        (await copy.HoldfastAsync("repo", "check", "--read-budget", "50%")).ShouldSucceed().Text.ShouldContain("read and found good: 100.0% in the last 30 days");
        (await copy.HoldfastAsync("repo", "check", "--read-budget", "5GB")).ShouldSucceed().Text.ShouldContain("never 0.0%");
        Directory.GetFiles(copy.At("repo/holdfast/ledger")).Length.ShouldBe(1);
        (await copy.ResticAsync("repo", "check", "--read-data")).ShouldSucceed();
        (await copy.RunAsync("restic", ["-r", copy.At("repo"), "--password-file", copy.PasswordFile, "prune"])).ShouldSucceed();
        (await copy.HoldfastAsync("repo", "check")).ShouldSucceed();
    }

    [Fact]
    public async Task Chosen_snapshots_are_followed_and_only_the_packs_that_they_need_are_read()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.ScriptAsync("""
            find repo/data -type f | sort > before
            head -c 300000 /dev/urandom > alone
            hf -r repo -p password backup alone --host other --tag a,b
            pack=$(find repo/data -type f -size +250k | sort | comm -13 before -)
            chmod u+w "$pack" && printf spoilt | dd of="$pack" bs=1 seek=1000 conv=notrunc
            """)).ShouldSucceed();
        foreach (string[] choice in (string[][])[["--host", "other"], ["--tag", "a"], ["--path", copy.At("alone")], []])
        {
            Outcome damaged = await copy.HoldfastAsync("repo", ["check", "--read-data", .. choice]);
            damaged.ExitCode.ShouldBe(1, string.Join(' ', choice));
            damaged.Error.ShouldContain("/alone is damaged");
        }

        (await copy.HoldfastAsync("repo", "check", "--host", "other")).ShouldSucceed(); // its packs are there, and not read
        JsonNode read = (await copy.HoldfastAsync("repo", "check", "--read-data", "--path", sample.Source, "--json")).ShouldSucceed().Json["read"]!;
        ((long)read["bytes_never"]!).ShouldBeGreaterThan(300_000);
        (await copy.HoldfastAsync("repo", "check", "--host", "nobody")).ShouldRefuse(1, "no snapshot");
    }

    [Fact]
    public async Task Without_a_lock_nothing_is_noted()
    {
        using Sandbox copy = await sample.CopyAsync();
        (await copy.HoldfastAsync("repo", "check", "--read-data", "--no-lock")).ShouldSucceed();
        Directory.Exists(copy.At("repo/holdfast")).ShouldBeFalse();
    }
}
