using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

public sealed class SourceTests
{
    private const string Root = "/.holdfast/commands";

    [Fact]
    public async Task What_a_source_makes_lies_beside_the_files_and_comes_back()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("file");
        byte[] large = TortureTree.Random(9_000_000, 7);
        bench.Options = bench.Options with { Workers = 3, Sources = [new FakeSource(("a/one", large), ("b", "two"u8.ToArray()), ("a/empty", []))] };

        BackupSummary summary = await bench.BackUpAsync();

        (await bench.PathsAsync(summary.Tree, "/.holdfast")).ShouldBe(["commands/", "commands/a/", "commands/a/empty", "commands/a/one", "commands/b", "manifest.json"]);
        (await bench.PathsAsync(summary.Tree)).ShouldBe(["file"]);
        bench.Options.Parent!.Snapshot.Paths.ShouldBe([bench.Source, Root]);
        (await bench.RestoreAsync(summary.Tree, Root)).Failures.ShouldBeEmpty();
        File.ReadAllBytes(bench.Target + "/a/one").ShouldBe(large);
        new FileInfo(bench.Target + "/a/empty").Length.ShouldBe(0);
        File.GetUnixFileMode(bench.Target + "/b").ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(bench.Target + "/a").ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task The_manifest_says_what_was_captured()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Options = bench.Options with { Paths = [], Plan = "shop", Sources = [new FakeSource(("b", "two"u8.ToArray()))] };

        BackupSummary summary = await bench.BackUpAsync();

        await bench.RestoreAsync(summary.Tree, "/.holdfast");
        JsonElement manifest = JsonDocument.Parse(File.ReadAllText(bench.Target + "/manifest.json")).RootElement;
        manifest.GetProperty("plan").GetString().ShouldBe("shop");
        JsonElement source = manifest.GetProperty("sources")[0];
        source.GetProperty("root").GetString().ShouldBe(Root);
        source.GetProperty("details").GetProperty("tool").GetString().ShouldBe("fake 1");
        source.GetProperty("items")[0].GetProperty("path").GetString().ShouldBe(Root + "/b");
        source.GetProperty("items")[0].GetProperty("bytes").GetInt64().ShouldBe(3);
        source.GetProperty("items")[0].TryGetProperty("rows", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_source_that_fails_leaves_no_snapshot()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("file");
        bench.Options = bench.Options with { Workers = 2, Sources = [new FakeSource(("a", TortureTree.Random(3_000_000, 1))) { Fails = true }] };

        BackupException failure = await Should.ThrowAsync<BackupException>(() => bench.BackUpAsync());

        failure.Message.ShouldBe("the producer died");
        (await bench.Open.ListSnapshotsAsync(_ => { }, TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_has_not_changed_keeps_its_node_and_costs_nothing()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        byte[] table = TortureTree.Random(3_000_000, 1);
        bench.Options = bench.Options with { Paths = [], Sources = [new FakeSource(("db/same", table), ("other/moves", "1"u8.ToArray()))] };
        BackupSummary first = await bench.BackUpAsync();

        bench.Options = bench.Options with
        {
            Label = bench.Options.Label with { Time = bench.Options.Label.Time.AddHours(1) },
            Sources = [new FakeSource(("db/same", table), ("other/moves", "2"u8.ToArray()))],
        };
        BackupSummary second = await bench.BackUpAsync();

        Node before = await FindAsync(bench, first.Tree, ".holdfast", "commands", "db", "same");
        Node after = await FindAsync(bench, second.Tree, ".holdfast", "commands", "db", "same");
        after.ModifyTime.ShouldBe(before.ModifyTime);
        (await FindAsync(bench, second.Tree, ".holdfast", "commands", "db")).Subtree
            .ShouldBe((await FindAsync(bench, first.Tree, ".holdfast", "commands", "db")).Subtree);
        (second.Counters.FilesUnmodified, second.Counters.FilesChanged).ShouldBe((1, 2), "the manifest is new each time");
    }

    [Fact]
    public async Task A_small_change_in_the_middle_costs_little()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        byte[] table = TortureTree.Random(20_000_000, 1);
        bench.Options = bench.Options with { Paths = [], Sources = [new FakeSource(("table", table))] };
        await bench.BackUpAsync();

        byte[] changed = [.. table.AsSpan(0, 11_000_000), .. "a row more"u8, .. table.AsSpan(11_000_000)];
        bench.Options = bench.Options with { Sources = [new FakeSource(("table", changed))] };
        (await bench.BackUpAsync()).Counters.DataAdded.ShouldBeLessThan(1_100_000, "one or two chunks, of 1 MiB at most together on average, though random bytes");
    }

    [Fact]
    public async Task A_file_outside_the_sources_root_is_refused()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Options = bench.Options with { Paths = [], Sources = [new FakeSource(("../elsewhere", [])) { Prefix = "/.holdfast/other/" }] };
        await Should.ThrowAsync<ArgumentException>(() => bench.BackUpAsync());
    }

    private static async Task<Node> FindAsync(BackupBench bench, TreeId tree, params string[] names)
    {
        IndexedRepository indexed = await bench.Open.LoadIndexAsync(null, default);
        Node? node = null;
        foreach (string name in names)
        {
            node = (await indexed.LoadTreeAsync(node?.Subtree ?? tree, default)).Single(n => n.NameText == name);
        }

        return node!;
    }

    private sealed class FakeSource(params (string Name, byte[] Content)[] files) : ISource
    {
        public string Name => "fake";

        public string Root => SourceTests.Root;

        internal string Prefix { get; init; } = SourceTests.Root + "/";

        internal bool Fails { get; init; }

        public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
        {
            writer.Describe("tool", "fake 1");
            foreach ((string name, byte[] content) in files)
            {
                using SourceFile file = writer.CreateFile(Prefix + name);
                for (int at = 0; at < content.Length; at += 70_001)
                {
                    await file.WriteAsync(content.AsMemory(at, Math.Min(70_001, content.Length - at)), cancellation);
                }

                if (Fails)
                {
                    throw new BackupException(BackupErrorKind.Unreachable, "the producer died");
                }

                await file.CompleteAsync();
                writer.Add(new("stream", name) { Path = file.Path, Bytes = file.Length });
            }
        }
    }
}
