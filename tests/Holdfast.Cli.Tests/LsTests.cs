using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;

namespace Holdfast.Cli.Tests;

public sealed class LsTests(SampleRepository sample)
{
    [Fact]
    public async Task Names_are_printed_as_the_bytes_they_are()
    {
        Outcome ours = (await sample.HoldfastAsync("ls", "latest")).ShouldSucceed();
        ours.Output.AsSpan().IndexOf((byte[])[.. "/sub/odd"u8, 0xFF, .. "\nname"u8]).ShouldBeGreaterThan(0);
        ours.Output.AsSpan().IndexOf(Encoding.UTF8.GetBytes("/smile 😀\n")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Json_says_what_restic_says_snapshot_first()
    {
        JsonNode[] ours = (await sample.HoldfastAsync("ls", sample.First, "--json")).ShouldSucceed().JsonLines;
        JsonNode[] restics = (await sample.ResticAsync("ls", sample.First, "--json")).ShouldSucceed().JsonLines;
        ((string?)ours[0]["message_type"]).ShouldBe("snapshot");
        ours.Length.ShouldBe(restics.Length);
        for (int i = 0; i < ours.Length; i++)
        {
            Outcome.ShouldSayAllOf(ours[i], restics[i], $"line {i}");
        }
    }

    [Fact]
    public async Task A_folder_lists_itself_and_what_is_directly_in_it()
    {
        string[] lines = (await sample.HoldfastAsync("ls", "latest:" + sample.Source, "/sub")).ShouldSucceed().Lines;
        lines.ShouldContain("/sub");
        lines.ShouldContain("/sub/deep");
        lines.ShouldNotContain("/sub/deep/UPPER.TXT");
        string[] all = (await sample.HoldfastAsync("ls", "latest:" + sample.Source, "/sub", "--recursive", "-l")).ShouldSucceed().Lines;
        all.ShouldContain(l => l.EndsWith(" /sub/deep/UPPER.TXT") && l.StartsWith("-rw"));
        all[0].ShouldStartWith("dtrwxrwxrwx");
    }

    [Fact]
    public async Task Sorting_by_size_reversed_begins_with_the_largest() =>
        (await sample.HoldfastAsync("ls", "latest:" + sample.Source, "--sort", "size", "--reverse")).ShouldSucceed().Lines[0].ShouldBe("/zeros");

    [Fact]
    public async Task Ncdu_gets_lists_that_nest_as_the_folders_do()
    {
        JsonArray export = JsonNode.Parse((await sample.HoldfastAsync("ls", "latest:" + sample.Source, "--ncdu")).ShouldSucceed().Text)!.AsArray();
        ((int)export[0]!, (int)export[1]!, (string?)export[2]!["progname"]).ShouldBe((1, 2, "holdfast"));
        JsonArray top = export[3]!.AsArray();
        ((string?)top[0]!["name"]).ShouldBe(sample.Source);
        Paths(top, string.Empty).ShouldBe((await sample.HoldfastAsync("ls", "latest:" + sample.Source, "--json")).ShouldSucceed().JsonLines.Skip(1).Select(n => (string)n["path"]!));

        JsonObject zeros = top.OfType<JsonObject>().Single(e => (string?)e["name"] == "zeros");
        var info = new FileInfo(sample.Source + "/zeros");
        ((long)zeros["asize"]!, (long)zeros["mtime"]!).ShouldBe((info.Length, new DateTimeOffset(info.LastWriteTimeUtc).ToUnixTimeSeconds()));
        ((int)zeros["mode"]!).ShouldBe(0x8000 | (int)info.UnixFileMode);
        zeros.ContainsKey("notreg").ShouldBeFalse();

        static IEnumerable<string> Paths(JsonArray folder, string path) => folder.Skip(1).SelectMany(e => e switch
        {
            JsonArray below => Paths(below, $"{path}/{below[0]!["name"]}").Prepend($"{path}/{below[0]!["name"]}"),
            _ => [$"{path}/{e!["name"]}"],
        });
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named()
    {
        Outcome outcome = await sample.HoldfastAsync("ls", "latest", "/nowhere");
        outcome.ShouldRefuse(1, "/nowhere");
        (await sample.HoldfastAsync("ls", "latest:/nowhere")).ShouldRefuse(1, "/nowhere");
    }

    [Fact]
    public async Task Bad_requests_are_refused()
    {
        (await sample.HoldfastAsync("ls", "latest", "relative")).ShouldRefuse(1, "'relative'");
        (await sample.HoldfastAsync("ls", "latest", "--sort", "moon")).ShouldRefuse(1, "moon");
        (await sample.HoldfastAsync("ls", "latest", "--ncdu", "-l")).ShouldRefuse(1, "--ncdu");
        (await sample.HoldfastAsync("ls", "latest", "/sub", "--ncdu")).ShouldRefuse(1, "--ncdu");
        (await sample.HoldfastAsync("ls")).ShouldRefuse(1, "snapshot");
        (await sample.HoldfastAsync("ls", "xyz")).ShouldRefuse(1, "'xyz'");
    }

    [Fact]
    public async Task A_damaged_tree_is_named_and_the_rest_is_listed()
    {
        using Sandbox copy = await sample.CopyAsync();
        string tree = (string)(await sample.HoldfastAsync("cat", "tree", "latest:" + sample.Source + "/sub")).Json["nodes"]!.AsArray()
            .First(n => (string?)n!["name"] == "deep")!["subtree"]!;
        await DamageAsync(copy, tree);
        foreach (string[] command in (string[][])[["ls", "latest"], ["stats", "latest"], ["find", "UPPER.TXT", "-s", "latest"], ["diff", sample.First, "latest"]])
        {
            Outcome outcome = await copy.HoldfastAsync("repo", [.. command, "--no-cache"]);
            outcome.ExitCode.ShouldBe(1, command[0] + outcome.Error);
            outcome.Error.ShouldContain("/sub/deep");
            outcome.Error.ShouldContain(tree[..8]);
        }

        (await copy.HoldfastAsync("repo", "ls", "latest", "--no-cache")).Lines.ShouldContain(l => l.EndsWith("/zeros"));
    }

    /// <summary>Changes one byte in the middle of a blob.</summary>
    private static async Task DamageAsync(Sandbox copy, string blob)
    {
        foreach (string index in Directory.GetFiles(copy.At("repo/index")))
        {
            JsonNode content = (await copy.HoldfastAsync("repo", "cat", "index", Path.GetFileName(index))).ShouldSucceed().Json;
            foreach (JsonNode? pack in content["packs"]!.AsArray())
            {
                foreach (JsonNode? entry in pack!["blobs"]!.AsArray().Where(b => (string?)b!["id"] == blob))
                {
                    string id = (string)pack["id"]!;
                    string path = copy.At($"repo/data/{id[..2]}/{id}");
                    File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                    byte[] bytes = File.ReadAllBytes(path);
                    bytes[(int)entry!["offset"]! + 20] ^= 1;
                    File.WriteAllBytes(path, bytes);
                }
            }
        }
    }
}
