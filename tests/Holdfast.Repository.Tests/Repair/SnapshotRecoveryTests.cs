using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Repair;

/// <summary>What snapshots had that are gone comes back, as long as nothing was pruned.</summary>
public sealed class SnapshotRecoveryTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();
    private readonly List<string> _notes = [];
    private readonly List<string> _hints = [];

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task The_roots_of_snapshots_that_are_gone_are_found_and_kept_by_the_snapshot_made_of_them()
    {
        byte[] shared = _random.Bytes(5000);
        byte[][] first = [_random.Bytes(4000), shared], second = [_random.Bytes(3000), shared];
        SnapshotId a = await _bench.BackUpAsync(first), b = await _bench.BackUpAsync(second);
        await _bench.BackUpAsync(_random.Bytes(100), shared);
        (await FindAsync()).Trees.ShouldBeEmpty();

        TreeId[] roots = [await RootAsync(a), await RootAsync(b)];
        await _bench.ForgetAsync(a);
        await _bench.ForgetAsync(b);
        (SnapshotRecovery recovery, List<LostTree> trees) = await FindAsync();
        trees.Select(t => t.Id).ShouldBe(roots, ignoreOrder: true); // not the folders in them
        trees.ShouldAllBe(t => t.Names.SequenceEqual(new[] { "000000", "folder" }));

        SnapshotId made = await recovery.SaveAsync(trees, "test", Cancellation);
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        Snapshot snapshot = (await indexed.Repository.LoadSnapshotAsync(made, Cancellation)).Snapshot;
        (snapshot.Paths.Single(), snapshot.Tags!.Single()).ShouldBe(("/recover", "recovered"));
        (await indexed.LoadTreeAsync(snapshot.Tree!.Value, Cancellation)).Select(n => n.Subtree!.Value).ShouldBe(roots, ignoreOrder: true);

        await (await _bench.PlanAsync()).ExecuteAsync(Cancellation);
        indexed = await TestRepository.IndexedAsync(_bench.Store);
        foreach (byte[] content in (byte[][])[.. first, .. second])
        {
            (await indexed.LoadBlobAsync(new BlobId(Hash256.Of(content)), Cancellation)).ShouldEqual(content);
        }

        (await FindAsync()).Trees.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_any_snapshot_all_is_found_and_a_pack_that_no_index_names_is_said()
    {
        SnapshotId only = await _bench.BackUpAsync(_random.Bytes(4000), _random.Bytes(40));
        TreeId root = await RootAsync(only);
        await _bench.ForgetAsync(only);
        await _bench.Store.SaveAsync(new(FileType.Pack, new string('0', 64)), new byte[] { 1 }, Cancellation);
        (await FindAsync()).Trees.ShouldHaveSingleItem().Id.ShouldBe(root);
        _hints.ShouldHaveSingleItem().ShouldStartWith("1 packs are in no index");
    }

    [Fact]
    public async Task What_an_interrupted_backup_left_comes_without_what_is_lost_and_stops_no_prune()
    {
        byte[] kept = _random.Bytes(4000);
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await writer.SaveAsync(indexed.Repository, kept);
            Node[] nodes =
            [
                new() { Name = "a"u8.ToArray(), Type = NodeType.File, Size = 4000, Content = [new(Hash256.Of(kept))] },
                new() { Name = "b"u8.ToArray(), Type = NodeType.File, Size = 10, Content = [new(Hash256.Of(_random.Bytes(10)))] },
            ];
            byte[] tree = new TreeWriter(TimeZoneInfo.Utc).Encode(nodes).ToArray();
            await TreeStorage.SaveAsync(indexed, writer, tree, Cancellation);
            await writer.CompleteAsync(Cancellation);
        }

        (SnapshotRecovery recovery, List<LostTree> trees) = await FindAsync();
        trees.ShouldHaveSingleItem().IsWhole.ShouldBeFalse();
        _notes.ShouldHaveSingleItem().ShouldContain("/b: 1 of its 1 parts are lost");
        await recovery.SaveAsync(trees, "test", Cancellation);
        _notes.Clear();
        (await FindAsync()).Trees.ShouldBeEmpty();
        _notes.ShouldBeEmpty("it was told when that was recovered");

        await (await _bench.PlanAsync()).ExecuteAsync(Cancellation);
        indexed = await TestRepository.IndexedAsync(_bench.Store);
        (await indexed.LoadBlobAsync(new BlobId(Hash256.Of(kept)), Cancellation)).ShouldEqual(kept);
        (await new Checker(indexed, new(null), new()).RunAsync(Cancellation)).Errors.ShouldBe(0);
        (await FindAsync()).Trees.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_root_that_cannot_be_read_gives_what_is_below_it()
    {
        SnapshotId only = await _bench.BackUpAsync(_random.Bytes(4000), _random.Bytes(40));
        TreeId root = await RootAsync(only);
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        TreeId folder = (await indexed.LoadTreeAsync(root, Cancellation)).Single(n => n.Subtree is not null).Subtree!.Value;
        indexed.Index.TryFind(root, out BlobLocation place).ShouldBeTrue();
        await _bench.ForgetAsync(only);
        var pack = new BackendFile(FileType.Pack, place.Pack.ToString());
        byte[] content = await _bench.Store.ReadAllAsync(pack);
        content[place.Offset + 20] ^= 1;
        await _bench.Store.SaveAsync(pack, content, Cancellation);

        (await FindAsync()).Trees.ShouldHaveSingleItem().Id.ShouldBe(folder);
        _notes.ShouldHaveSingleItem().ShouldContain(root.ToString());
    }

    private async Task<TreeId> RootAsync(SnapshotId id) => (await TestRepository.Open(_bench.Store).LoadSnapshotAsync(id, Cancellation)).Snapshot.Tree!.Value;

    private async Task<(SnapshotRecovery Recovery, List<LostTree> Trees)> FindAsync()
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        var recovery = new SnapshotRecovery(indexed, new() { OnNote = _notes.Add, OnHint = _hints.Add });
        return (recovery, await recovery.FindAsync(await indexed.Repository.ListSnapshotsAsync(null, Cancellation), Cancellation));
    }
}
