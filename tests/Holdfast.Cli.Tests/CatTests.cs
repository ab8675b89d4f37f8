using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class CatTests(SampleRepository sample)
{
    [Fact]
    public async Task Documents_are_those_that_restic_prints()
    {
        string key = Path.GetFileName(Directory.GetFiles(sample.Box.At("repo/keys")).Single());
        foreach (string[] part in (string[][])[["config"], ["masterkey"], ["snapshot", sample.First], ["key", key]])
        {
            Outcome ours = (await sample.HoldfastAsync(["cat", .. part])).ShouldSucceed();
            Outcome.ShouldSayAllOf(ours.Json, (await sample.ResticAsync(["cat", .. part])).ShouldSucceed().Json, part[0]);
        }
    }

    [Fact]
    public async Task Packs_blobs_and_trees_are_the_exact_bytes()
    {
        string pack = Directory.GetFiles(sample.Box.At("repo/data"), "*", SearchOption.AllDirectories)[0];
        (await sample.HoldfastAsync("cat", "pack", Path.GetFileName(pack))).ShouldSucceed().Output.ShouldBe(File.ReadAllBytes(pack));

        Outcome tree = (await sample.HoldfastAsync("cat", "tree", $"latest:{sample.Source}")).ShouldSucceed();
        string id = Convert.ToHexStringLower(SHA256.HashData(tree.Output));
        (await sample.HoldfastAsync("cat", "blob", id[..12])).ShouldSucceed().Output.ShouldBe(tree.Output);
        (await sample.ResticAsync("cat", "blob", id)).ShouldSucceed().Output.ShouldBe(tree.Output);

        string content = (string)tree.Json["nodes"]!.AsArray().First(n => (string?)n!["name"] == "new")!["content"]![0]!;
        (await sample.HoldfastAsync("cat", "blob", content)).ShouldSucceed().Text.ShouldBe("new");
    }

    [Fact]
    public async Task An_index_is_printed_whole()
    {
        string index = Path.GetFileName(Directory.GetFiles(sample.Box.At("repo/index"))[0]);
        JsonNode ours = (await sample.HoldfastAsync("cat", "index", index[..10])).ShouldSucceed().Json;
        JsonNode.DeepEquals(ours, (await sample.ResticAsync("cat", "index", index)).Json).ShouldBeTrue();
    }

    [Fact]
    public async Task Bad_requests_are_refused()
    {
        (await sample.HoldfastAsync("cat", "moon")).ShouldRefuse(1, "'moon'");
        (await sample.HoldfastAsync("cat", "blob")).ShouldRefuse(1, "which blob");
        (await sample.HoldfastAsync("cat", "config", "x")).ShouldRefuse(1, "'x'");
        (await sample.HoldfastAsync("cat", "pack", "xyz")).ShouldRefuse(1, "'xyz'");
        (await sample.HoldfastAsync("cat", "blob", "0123456789abcdef")).ShouldRefuse(1, "0123456789abcdef");
        (await sample.HoldfastAsync("cat", "index", "0123456789abcdef")).ShouldRefuse(1, "0123456789abcdef");
    }
}
