using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class DiffTests(SampleRepository sample)
{
    [Theory]
    [InlineData("--json")]
    [InlineData("--json", "--metadata")]
    public async Task Json_says_what_restic_says(params string[] options)
    {
        JsonNode[] ours = (await sample.HoldfastAsync(["diff", sample.First, sample.Second, .. options])).ShouldSucceed().JsonLines;
        JsonNode[] restics = (await sample.ResticAsync(["diff", sample.First, sample.Second, .. options])).ShouldSucceed().JsonLines;
        ours.Length.ShouldBe(restics.Length);
        for (int i = 0; i < ours.Length; i++)
        {
            Outcome.ShouldSayAllOf(ours[i], restics[i], $"line {i}");
        }
    }

    [Fact]
    public async Task Letters_tell_what_happened()
    {
        string[] lines = (await sample.HoldfastAsync("diff", $"{sample.First}:{sample.Source}", $"latest:{sample.Source}", "--metadata")).ShouldSucceed().Lines;
        lines.ShouldContain("+    /new");
        lines.ShouldContain("-    /sub/key.pem");
        lines.ShouldContain("M    /numbers.txt");
        lines.ShouldContain("U    /zeros");
        lines.ShouldContain(l => l.StartsWith('T') && l.EndsWith("/link/"));
    }

    [Fact]
    public async Task A_snapshot_does_not_differ_from_itself()
    {
        JsonNode statistics = (await sample.HoldfastAsync("diff", "latest", "latest", "--json")).ShouldSucceed().JsonLines.ShouldHaveSingleItem();
        ((long)statistics["added"]!["bytes"]!).ShouldBe(0);
    }

    [Fact]
    public async Task Bad_requests_are_refused()
    {
        (await sample.HoldfastAsync("diff", "latest")).ShouldRefuse(1, "snapshot-b");
        (await sample.HoldfastAsync("diff", "latest", "0123456789")).ShouldRefuse(1, "0123456789");
        (await sample.HoldfastAsync("diff", "latest:/none", "latest")).ShouldRefuse(1, "/none");
    }
}
