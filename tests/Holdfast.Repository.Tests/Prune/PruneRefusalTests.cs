using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

/// <summary>A damaged repository is not pruned: nothing is removed, and the sentence says what to do.</summary>
public sealed class PruneRefusalTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Theory]
    [InlineData(FileType.Snapshot, "repair snapshots")]
    [InlineData(FileType.Index, "repair index")]
    public async Task A_damaged_file(FileType type, string advice)
    {
        await SampleAsync();
        BackendFile file = (await _bench.Store.ListAllAsync(type))[0].File;
        byte[] content = await _bench.Store.ReadAllAsync(file);
        content[40] ^= 1;
        await _bench.Store.SaveAsync(file, content, Cancellation);
        await ShouldRefuseAsync(BackupErrorKind.Corrupt, file.Name, advice);
    }

    [Fact]
    public async Task A_lost_index()
    {
        await SampleAsync();
        foreach (BackendEntry index in await _bench.Store.ListAllAsync(FileType.Index))
        {
            await _bench.Store.RemoveAsync(index.File, Cancellation);
        }

        await ShouldRefuseAsync(BackupErrorKind.Corrupt, "repair index");
    }

    [Theory]
    [InlineData(BlobType.Tree)]
    [InlineData(BlobType.Data)]
    public async Task A_missing_pack(BlobType type)
    {
        await SampleAsync();
        BackendFile pack = await PackInUseAsync(type);
        await _bench.Store.RemoveAsync(pack, Cancellation);
        await ShouldRefuseAsync(BackupErrorKind.Corrupt, pack.Name, "check");
    }

    [Fact]
    public async Task A_truncated_pack()
    {
        await SampleAsync();
        BackendFile pack = await PackInUseAsync(BlobType.Data);
        byte[] content = await _bench.Store.ReadAllAsync(pack);
        await _bench.Store.SaveAsync(pack, content.AsMemory(..^1), Cancellation);
        await ShouldRefuseAsync(BackupErrorKind.Corrupt, pack.Name, "repair index");
    }

    [Fact]
    public async Task A_used_blob_that_cannot_be_read_while_it_is_copied()
    {
        byte[] kept = _random.Bytes(9000);
        SnapshotId first = await _bench.BackUpAsync(kept, _random.Bytes(9000));
        await _bench.BackUpAsync(kept);
        await _bench.ForgetAsync(first);
        (await TestRepository.IndexedAsync(_bench.Store)).Index.TryFind(TestRepository.Handle(kept), out BlobLocation place).ShouldBeTrue();
        var pack = new BackendFile(FileType.Pack, place.Pack.ToString());
        byte[] content = await _bench.Store.ReadAllAsync(pack);
        content[place.Offset + 50] ^= 1;
        await _bench.Store.SaveAsync(pack, content, Cancellation);
        await ShouldRefuseAsync(BackupErrorKind.Corrupt, place.Pack.ToString(), "repair packs");
    }

    [Fact]
    public async Task A_listing_that_leaves_packs_out()
    {
        await SampleAsync();
        var blind = new FaultBackend(_bench.Store) { Hidden = file => file.Type == FileType.Pack };
        await ShouldRefuseAsync(BackupErrorKind.Corrupt, blind, "missing");
    }

    [Fact]
    public async Task A_listing_that_leaves_out_only_packs_that_nobody_needs()
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(9000));
        HashSet<string> unneeded = await _bench.NamesAsync(FileType.Pack);
        await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.ForgetAsync(first);
        var blind = new FaultBackend(_bench.Store) { Hidden = file => unneeded.Contains(file.ToString()) };
        await ShouldRefuseAsync(BackupErrorKind.Unreachable, blind, "not complete");
    }

    [Fact]
    public async Task A_listing_that_leaves_packs_out_the_second_time()
    {
        await SampleAsync();
        var blind = new FaultBackend(_bench.Store);
        await using PrunePlan plan = await _bench.PlanAsync(through: blind);
        HashSet<string> before = await _bench.NamesAsync(FileType.Pack, FileType.Index, FileType.Snapshot);
        blind.Hidden = file => file.Type == FileType.Pack;
        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Message.ShouldContain("not complete");
        before.ShouldBeSubsetOf(await _bench.NamesAsync(FileType.Pack, FileType.Index, FileType.Snapshot));
    }

    [Fact]
    public async Task A_pack_that_is_gone_and_that_nobody_needs_leaves_the_index()
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.ForgetAsync(first);
        foreach (BackendEntry pack in await _bench.Store.ListAllAsync(FileType.Pack))
        {
            await _bench.Store.RemoveAsync(pack.File, Cancellation);
        }

        await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.PruneAsync();
        await _bench.ShouldBeWholeAsync();
        (await TestRepository.IndexedAsync(_bench.Store)).Index.Packs.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_folder_of_snapshots_that_is_away_before_the_plan_or_after_it(bool before)
    {
        using var temp = new TempFolder();
        var local = new LocalBackend(temp.Path);
        await local.CreateAsync(Cancellation);
        var bench = new PruneBench(local);
        SnapshotId first = await bench.BackUpAsync(_random.Bytes(9000));
        await bench.BackUpAsync(_random.Bytes(9000));
        await bench.ForgetAsync(first);
        HashSet<string> packs = await bench.NamesAsync(FileType.Pack, FileType.Index);
        await using PrunePlan? plan = before ? null : await bench.PlanAsync();
        Directory.Move(temp["snapshots"], temp["elsewhere"]);
        BackupException e = await Should.ThrowAsync<BackupException>(
            async () => await (plan is null ? bench.PruneAsync() : plan.ExecuteAsync(Cancellation)));
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        e.Message.ShouldContain("`snapshots` is missing");
        packs.ShouldBeSubsetOf(await bench.NamesAsync(FileType.Pack, FileType.Index));
        await (plan?.DisposeAsync() ?? ValueTask.CompletedTask);
        (await bench.NamesAsync(FileType.Lock)).ShouldBeEmpty();
        Directory.Move(temp["elsewhere"], temp["snapshots"]);
        await bench.PruneAsync();
        await bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Not_an_empty_folder_of_snapshots()
    {
        using var temp = new TempFolder();
        var local = new LocalBackend(temp.Path);
        await local.CreateAsync(Cancellation);
        var bench = new PruneBench(local);
        await bench.ForgetAsync(await bench.BackUpAsync(_random.Bytes(9000)));
        await bench.PruneAsync();
        (await bench.NamesAsync(FileType.Pack, FileType.Index)).ShouldBeEmpty();
    }

    private async Task SampleAsync()
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.BackUpAsync(_random.Bytes(9000), _random.Bytes(100));
        await _bench.ForgetAsync(first);
    }

    private async Task<BackendFile> PackInUseAsync(BlobType type)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        BlobHandle blob = type == BlobType.Data
            ? TestRepository.Handle(_bench.Expected.Values.Single()[0])
            : (await indexed.Repository.LoadSnapshotAsync(_bench.Expected.Keys.Single(), Cancellation)).Snapshot.Tree!.Value;
        indexed.Index.TryFind(blob, out BlobLocation place).ShouldBeTrue();
        return new(FileType.Pack, place.Pack.ToString());
    }

    private Task ShouldRefuseAsync(BackupErrorKind kind, params string[] words) => ShouldRefuseAsync(kind, _bench.Store, words);

    private async Task ShouldRefuseAsync(BackupErrorKind kind, IBackend through, params string[] words)
    {
        HashSet<string> before = await _bench.AllNamesAsync();
        BackupException e = await Should.ThrowAsync<BackupException>(() => _bench.PruneAsync(through: through));
        e.Kind.ShouldBe(kind, e.Message);
        Array.ForEach(words, w => e.Message.ShouldContain(w));
        before.ShouldBeSubsetOf(await _bench.AllNamesAsync());
        (await _bench.NamesAsync(FileType.Lock)).ShouldBeEmpty();
    }
}
