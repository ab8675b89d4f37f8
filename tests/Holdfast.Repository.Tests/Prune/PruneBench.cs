using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

/// <summary>A repository whose snapshots a test makes of blobs, and that knows what each must give back.</summary>
internal sealed class PruneBench(IBackend store)
{
    /// <summary>What each snapshot that was not forgotten holds.</summary>
    internal Dictionary<SnapshotId, byte[][]> Expected { get; } = [];

    internal IBackend Store { get; } = store;

    internal List<string> Notes { get; } = [];

    internal static RepositoryOptions Options { get; } = new() { PackSize = TestRepository.SmallestPack, Time = new HastyTime() };

    internal static PruneOptions Tight { get; } = new() { MaxUnused = UnusedLimit.Bytes(0) };

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    /// <summary>A snapshot of one file for each blob, half of them in a folder; its new blobs go to packs of their own.</summary>
    internal async Task<SnapshotId> BackUpAsync(params byte[][] files) =>
        await BackUpAsync(await TestRepository.IndexedAsync(Store, Options), files);

    /// <summary>The same by a program that loaded the index a while ago.</summary>
    internal async Task<SnapshotId> BackUpAsync(IndexedRepository indexed, params byte[][] files)
    {
        await using BlobWriter writer = indexed.StartWriting();
        foreach (byte[] file in files)
        {
            await writer.SaveAsync(indexed.Repository, file);
        }

        Node[] nodes = [.. files.Select((file, i) => new Node
        {
            Name = System.Text.Encoding.ASCII.GetBytes($"{i:d6}"), Type = NodeType.File, Size = (ulong)file.Length, Content = [new(Hash256.Of(file))],
        })];
        int half = nodes.Length / 2;
        var folder = new Node { Name = "folder"u8.ToArray(), Type = NodeType.Dir, Subtree = await SaveTreeAsync(indexed, writer, nodes[half..]) };
        TreeId root = await SaveTreeAsync(indexed, writer, [.. nodes[..half], folder]);
        await writer.CompleteAsync(Cancellation);
        SnapshotId id = await indexed.Repository.SaveSnapshotAsync(
            new() { Time = Options.Time.GetUtcNow(), Tree = root, Paths = ["/source"], Hostname = "host" }, Cancellation);
        Expected.Add(id, files);
        return id;
    }

    internal async Task ForgetAsync(SnapshotId id)
    {
        await Store.RemoveAsync(new(FileType.Snapshot, id.ToString()), Cancellation);
        Expected.Remove(id);
    }

    internal Task<PrunePlan> PlanAsync(PruneOptions? options = null, IBackend? through = null) =>
        new PrunePlanner(TestRepository.Open(through ?? Store, Options), options ?? Tight, new() { OnNote = Note }).PlanAsync(Cancellation);

    /// <summary>How many packs of content a prune would repack.</summary>
    internal async Task<int> PlanDataRepackAsync(PruneOptions options)
    {
        PackContents contents = (await TestRepository.IndexedAsync(Store)).Index.ByPack();
        await using PrunePlan plan = await PlanAsync(options);
        return plan.PacksToRepack.Count(p => contents.EntriesOf(p)[0].Blob.Type == BlobType.Data);
    }

    internal async Task<PruneOutcome> PruneAsync(PruneOptions? options = null, IBackend? through = null)
    {
        await using PrunePlan plan = await PlanAsync(options, through);
        return await plan.ExecuteAsync(Cancellation);
    }

    /// <summary>Every byte is proven, every snapshot gives back what was put in, and no lock is left.</summary>
    internal async Task ShouldBeWholeAsync(string when = "")
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(Store, Options);
        var damages = new List<string>();
        await new Checker(indexed, new(PackSubset.All), new() { OnNote = damages.Add }).RunAsync(Cancellation);
        damages.ShouldBeEmpty(when);
        (await indexed.Repository.ListSnapshotsAsync(null, Cancellation)).Select(s => s.Id).ShouldBe(Expected.Keys, ignoreOrder: true, when);
        foreach ((SnapshotId id, byte[][] files) in Expected)
        {
            Snapshot snapshot = (await indexed.Repository.LoadSnapshotAsync(id, Cancellation)).Snapshot;
            List<Node> nodes = await indexed.LoadTreeAsync(snapshot.Tree!.Value, Cancellation);
            nodes = [.. nodes.Where(n => n.Type == NodeType.File), .. await indexed.LoadTreeAsync(nodes[^1].Subtree!.Value, Cancellation)];
            nodes.Count.ShouldBe(files.Length, when);
            for (int i = 0; i < files.Length; i++)
            {
                (await indexed.LoadBlobAsync(nodes[i].Content![0], Cancellation)).ShouldEqual(files[i]);
            }
        }
    }

    internal async Task<HashSet<string>> NamesAsync(params FileType[] types)
    {
        var names = new HashSet<string>();
        foreach (FileType type in types)
        {
            names.UnionWith((await Store.ListAllAsync(type)).Select(e => e.File.ToString()));
        }

        return names;
    }

    internal Task<HashSet<string>> AllNamesAsync() => NamesAsync(FileType.Pack, FileType.Index, FileType.Snapshot, FileType.Lock);

    internal async Task<long> PackBytesAsync() => (await Store.ListAllAsync(FileType.Pack)).Sum(p => p.Size);

    private static async Task<TreeId> SaveTreeAsync(IndexedRepository indexed, BlobWriter writer, Node[] nodes)
    {
        byte[] tree = new TreeWriter(TimeZoneInfo.Utc).Encode(nodes).ToArray();
        await writer.SaveAsync(indexed.Repository, tree, BlobType.Tree);
        return new(Hash256.Of(tree));
    }

    private void Note(string note)
    {
        lock (Notes)
        {
            Notes.Add(note);
        }
    }
}
