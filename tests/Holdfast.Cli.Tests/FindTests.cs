using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class FindTests(SampleRepository sample)
{
    [Theory]
    [InlineData("-i", "upper.txt", "*.PEM")]
    [InlineData("sub/**/UPPER.TXT")]
    [InlineData("*.pem", "--newest", "2000-01-01")]
    [InlineData("no such file")]
    public async Task Json_says_what_restic_says(params string[] request)
    {
        JsonNode ours = (await sample.HoldfastAsync(["find", "--json", .. request])).ShouldSucceed().Json;
        JsonNode restics = (await sample.ResticAsync(["find", "--json", .. request])).ShouldSucceed().Json;
        Outcome.ShouldSayAllOf(BySnapshot(ours), BySnapshot(restics));
    }

    [Fact]
    public async Task A_blob_is_found_where_it_is_used()
    {
        JsonNode tree = (await sample.HoldfastAsync("cat", "tree", $"{sample.First}:{sample.Source}/sub/deep")).ShouldSucceed().Json;
        string blob = (string)tree["nodes"]![0]!["content"]![0]!;
        JsonArray ours = (await sample.HoldfastAsync("find", "--blob", blob, "--json")).ShouldSucceed().Json.AsArray();
        Outcome.ShouldSayAllOf(BySnapshot(ours), BySnapshot((await sample.ResticAsync("find", "--blob", blob, "--json")).ShouldSucceed().Json));
        ours.Select(f => (string)f!["snapshot"]!).ShouldBe([sample.Second, sample.First]);

        string text = (await sample.HoldfastAsync("find", "--blob", blob[..8], "--show-pack-id", "-s", "latest")).ShouldSucceed().Text;
        text.ShouldContain("UPPER.TXT");
        text.ShouldContain("belongs to pack");
    }

    [Fact]
    public async Task Bad_requests_are_refused()
    {
        (await sample.HoldfastAsync("find")).ShouldRefuse(1, "pattern");
        (await sample.HoldfastAsync("find", "[a")).ShouldRefuse(1, "[a");
        (await sample.HoldfastAsync("find", "x", "--newest", "soon")).ShouldRefuse(1, "'soon'");
        (await sample.HoldfastAsync("find", "x", "--oldest", "2026-02-02", "--newest", "2026-01-01")).ShouldRefuse(1, "--oldest");
        (await sample.HoldfastAsync("find", "--blob", "--tree", "ab")).ShouldRefuse(1, "--blob");
        (await sample.HoldfastAsync("find", "--blob", "zz")).ShouldRefuse(1, "'zz'");
        (await sample.HoldfastAsync("find", "--pack", "abcdef0123")).ShouldRefuse(1, "abcdef0123");
        (await sample.HoldfastAsync("find", "x", "-s", "abcdef0123")).ShouldRefuse(1, "abcdef0123");
    }

    /// <remarks>Older releases of restic print the snapshots in the order in which their files happen to be loaded.</remarks>
    private static JsonArray BySnapshot(JsonNode finds) =>
        [.. finds.AsArray().Select(f => f!.DeepClone()).OrderBy(f => (string)f["snapshot"]!, StringComparer.Ordinal)];
}
