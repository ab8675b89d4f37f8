using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class StatsTests(SampleRepository sample)
{
    [Theory]
    [InlineData("restore-size")]
    [InlineData("files-by-contents")]
    [InlineData("blobs-per-file")]
    [InlineData("raw-data")]
    public async Task Json_says_what_restic_says(string mode)
    {
        Outcome ours = (await sample.HoldfastAsync("stats", "--mode", mode, "--json")).ShouldSucceed();
        Outcome.ShouldSayAllOf(ours.Json, (await sample.ResticAsync("stats", "--mode", mode, "--json")).ShouldSucceed().Json);
    }

    [Fact]
    public async Task One_snapshot_is_counted_for_a_person() =>
        (await sample.HoldfastAsync("stats", "latest")).ShouldSucceed().Text.ShouldContain("Snapshots processed:  1");

    [Fact]
    public async Task An_unknown_mode_is_refused() => (await sample.HoldfastAsync("stats", "--mode", "moon")).ShouldRefuse(1, "moon");
}
