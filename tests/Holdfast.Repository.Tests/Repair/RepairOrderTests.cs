using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Repair;

/// <summary>Index, packs, snapshots, in the order of the manual: what parity or the cache of this machine has whole is lost at no step.</summary>
public sealed class RepairOrderTests : IDisposable
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();
    private readonly TempFolder _cache = new();
    private readonly List<string> _notes = [];

    public enum Harm
    {
        Missing,
        Cut,
        Empty,
    }

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    private StageProgress Progress => new() { OnNote = n => { lock (_notes) { _notes.Add(n); } } };

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData(Harm.Missing, false)]
    [InlineData(Harm.Cut, false)]
    [InlineData(Harm.Empty, false)]
    [InlineData(Harm.Missing, true)]
    [InlineData(Harm.Cut, true)]
    public async Task D58_what_parity_gives_back_stays_in_the_index_until_packs_are_repaired(Harm harm, bool readAllPacks)
    {
        await TestRepository.Open(_bench.Store).SaveParityAsync(harm == Harm.Cut ? 20 : 100, Cancellation);
        await _bench.BackUpAsync(_random.Bytes(60_000), _random.Bytes(40_000));
        PackId pack = await LargestAsync();
        await HarmAsync(pack, harm);

        IndexRepairPlan plan = await RepairIndexAsync(_bench.Store, readAllPacks);
        plan.CorrectablePacks.ShouldBe([pack]);
        plan.DroppedPacks.ShouldBeEmpty();
        plan.UnreadablePacks.ShouldBeEmpty();
        _notes.ShouldContain(n => n.Contains($"its parity has what makes it whole: `holdfast repair packs {pack}`"));
        _notes.ShouldNotContain(n => n.Contains("leaves the index"));
        await SnapshotsBeforePacksAsync(_bench.Store, harm);
        (await RepairPacksAsync(_bench.Store, pack)).ShouldBe(new PackRepairOutcome(0, 0, 1));
        (await RepairSnapshotsAsync(_bench.Store)).ShouldBeEmpty();
        await _bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(Harm.Missing)]
    [InlineData(Harm.Cut)]
    public async Task D59_a_pack_that_another_program_dropped_from_the_index_comes_back_from_its_parity(Harm harm)
    {
        await TestRepository.Open(_bench.Store).SaveParityAsync(100, Cancellation);
        await _bench.BackUpAsync(_random.Bytes(60_000), _random.Bytes(40_000));
        PackId pack = await LargestAsync();
        await LeaveIndexAsync(pack, butFirst: harm == Harm.Cut);
        await HarmAsync(pack, harm);

        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        ParityRepairPlan parity = await new ParityRepairPlanner(indexed, 100, Progress).PlanAsync(Cancellation);
        parity.Orphans.ShouldBeEmpty();
        if (harm == Harm.Missing)
        {
            _notes.ShouldHaveSingleItem().ShouldContain($"`holdfast repair packs {pack}` brings it back");
        }

        (await RepairPacksAsync(_bench.Store, pack)).ShouldBe(new PackRepairOutcome(0, 0, 1));
        await _bench.ShouldBeWholeAsync();
        (await RepairIndexAsync(_bench.Store)).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Parity_of_a_pack_that_is_gone_and_that_it_cannot_bring_back_is_removed()
    {
        await TestRepository.Open(_bench.Store).SaveParityAsync(5, Cancellation);
        await _bench.BackUpAsync(_random.Bytes(60_000), _random.Bytes(40_000));
        PackId pack = await LargestAsync();
        await HarmAsync(pack, Harm.Missing);
        (await RepairIndexAsync(_bench.Store)).DroppedPacks.ShouldBe([pack]);
        ParityRepairPlan plan = await new ParityRepairPlanner(await TestRepository.IndexedAsync(_bench.Store), 5, Progress).PlanAsync(Cancellation);
        plan.Orphans.ShouldBe([pack]);
        (await Should.ThrowAsync<BackupException>(() => RepairPacksAsync(_bench.Store, pack))).Kind.ShouldBe(BackupErrorKind.NotFound);
    }

    [Theory]
    [InlineData(Harm.Missing, true)]
    [InlineData(Harm.Cut, true)]
    [InlineData(Harm.Cut, false)]
    [InlineData(Harm.Empty, true)]
    [InlineData(Harm.Empty, false)]
    public async Task D58_a_tree_pack_that_only_the_cache_has_is_lost_at_no_step(Harm harm, bool repairsPacks)
    {
        (IBackend cached, PackId pack) = await CachedSampleAsync();
        await HarmAsync(pack, harm);
        IndexRepairPlan plan = await RepairIndexAsync(cached);
        plan.CorrectablePacks.ShouldBe([pack]);
        plan.DroppedPacks.ShouldBeEmpty();
        if (repairsPacks)
        {
            await SnapshotsBeforePacksAsync(cached, harm);
            (await RepairPacksAsync(cached, pack)).ShouldBe(new PackRepairOutcome(0, 0, 1));
            await _bench.ShouldBeWholeAsync();
        }

        (await RepairSnapshotsAsync(cached)).ShouldBeEmpty("no tree is lost");
        (await RepairSnapshotsAsync(_bench.Store)).ShouldBeEmpty("for another machine neither");
    }

    [Fact]
    public async Task D58_a_flipped_tree_comes_back_from_the_cache_when_its_pack_is_repaired()
    {
        (IBackend cached, PackId pack) = await CachedSampleAsync();
        byte[] content = await _bench.Store.ReadAllAsync(FileOf(pack));
        content[20] ^= 1;
        await _bench.Store.SaveAsync(FileOf(pack), content, Cancellation);
        (await RepairPacksAsync(cached, pack)).ShouldBe(new PackRepairOutcome(0, 0, 1));
        _notes.ShouldContain($"pack {pack} is whole again, from the cache of this machine");
        await _bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(Harm.Cut, false)]
    [InlineData(Harm.Empty, false)]
    [InlineData(Harm.Empty, true)]
    public async Task A_snapshot_file_that_only_the_cache_has_whole_is_written_again(Harm harm, bool dryRun)
    {
        IBackend cached = CacheBackend.Wrap(_bench.Store, _cache.Path, "id", _notes.Add);
        SnapshotId id = await _bench.BackUpAsync(_random.Bytes(900));
        await TestRepository.Open(cached).LoadSnapshotAsync(id, Cancellation);
        var file = new BackendFile(FileType.Snapshot, id.ToString());
        byte[] whole = await _bench.Store.ReadAllAsync(file);
        await _bench.Store.SaveAsync(file, harm == Harm.Cut ? whole.AsMemory(0, 40) : default, Cancellation);

        (await RepairSnapshotsAsync(cached, dryRun)).ShouldBe([new(id, IsLost: false, id, IsForgotten: false)]);
        _notes.ShouldHaveSingleItem().ShouldContain($"cannot be read whole, and the cache of this machine can: it {(dryRun ? "would be" : "is")} written again");
        (await _bench.Store.ReadAllAsync(file)).AsSpan().SequenceEqual(whole).ShouldBe(!dryRun);
        if (!dryRun)
        {
            (await RepairSnapshotsAsync(cached)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_cached_pack_that_its_name_does_not_prove_brings_nothing_back()
    {
        (IBackend cached, PackId pack) = await CachedSampleAsync();
        string copy = Path.Combine(((CacheBackend)cached).Folder, BackendFile.Folder(FileType.Pack), pack.ToString());
        byte[] content = await File.ReadAllBytesAsync(copy, Cancellation);
        content[^1] ^= 1;
        await File.WriteAllBytesAsync(copy, content, Cancellation);
        await HarmAsync(pack, Harm.Missing);
        (await RepairIndexAsync(cached)).DroppedPacks.ShouldBe([pack]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_correction_that_fails_at_any_call_is_ended_by_index_and_packs(bool replyLost)
    {
        for (int point = 1; ; point++)
        {
            var bench = new PruneBench(new MemoryBackend());
            await TestRepository.Open(bench.Store).SaveParityAsync(100, Cancellation);
            await bench.BackUpAsync(_random.Bytes(9000));
            PackId pack = new(Hash256.Parse((await bench.Store.ListAllAsync(FileType.Pack)).MaxBy(p => p.Size).File.Name));
            await LeaveIndexAsync(pack, butFirst: false, bench.Store);
            await bench.Store.RemoveAsync(FileOf(pack), Cancellation);
            int calls = 0;
            Task CountAsync(BackendCall _) => Interlocked.Increment(ref calls) == point ? throw FaultBackend.Failure() : Task.CompletedTask;
            try
            {
                await RepairPacksAsync(new FaultBackend(bench.Store) { Script = replyLost ? null : CountAsync, Afterwards = replyLost ? CountAsync : null }, pack);
            }
            catch (BackupException)
            {
                // As scripted.
            }

            await RepairPacksAsync(bench.Store, pack);
            await RepairIndexAsync(bench.Store);
            await bench.ShouldBeWholeAsync($"at call {point}");
            if (calls < point)
            {
                point.ShouldBeGreaterThan(replyLost ? 2 : 6);
                return;
            }
        }
    }

    /// <summary>A repository whose trees this machine has in its cache, and the pack that they are in.</summary>
    private async Task<(IBackend Cached, PackId Pack)> CachedSampleAsync()
    {
        IBackend cached = CacheBackend.Wrap(_bench.Store, _cache.Path, "id", _notes.Add);
        SnapshotId id = await _bench.BackUpAsync(_random.Bytes(900), _random.Bytes(900));
        IndexedRepository indexed = await TestRepository.IndexedAsync(cached);
        TreeId root = (await indexed.Repository.LoadSnapshotAsync(id, Cancellation)).Snapshot.Tree!.Value;
        await indexed.LoadTreeAsync(root, Cancellation);
        indexed.Index.TryFind(root, out BlobLocation place).ShouldBeTrue();
        return (cached, place.Pack);
    }

    private async Task<PackId> LargestAsync() => new(Hash256.Parse((await _bench.Store.ListAllAsync(FileType.Pack)).MaxBy(p => p.Size).File.Name));

    private async Task HarmAsync(PackId pack, Harm harm)
    {
        if (harm == Harm.Missing)
        {
            await _bench.Store.RemoveAsync(FileOf(pack), Cancellation);
            return;
        }

        byte[] content = await _bench.Store.ReadAllAsync(FileOf(pack));
        await _bench.Store.SaveAsync(FileOf(pack), harm == Harm.Cut ? content.AsMemory(0, content.Length - Math.Min(6000, content.Length / 2)) : default, Cancellation);
    }

    /// <summary>An index without a pack, as `restic repair index` leaves it; or with its first blob only.</summary>
    private async Task LeaveIndexAsync(PackId pack, bool butFirst, IBackend? store = null)
    {
        IBackend target = store ?? _bench.Store;
        IndexedRepository indexed = await TestRepository.IndexedAsync(target);
        List<PackEntry> left = [.. indexed.Index.Entries().Where(e => e.Location.Pack != pack || (butFirst && e.Location.Offset == 0)).OrderBy(e => e.Location.Pack.Hash)];
        foreach (BackendEntry file in await target.ListAllAsync(FileType.Index))
        {
            await target.RemoveAsync(file.File, Cancellation);
        }

        using var writer = new IndexWriter(indexed.Repository, null);
        await writer.AddAsync(left, Cancellation);
        await writer.FlushAsync(Cancellation);
    }

    private async Task<IndexRepairPlan> RepairIndexAsync(IBackend store, bool readAllPacks = false)
    {
        IndexRepairPlan plan = await new IndexRepairPlanner(TestRepository.Open(store), readAllPacks, Progress).PlanAsync(Cancellation);
        await plan.ExecuteAsync(Cancellation);
        return plan;
    }

    private async Task<PackRepairOutcome> RepairPacksAsync(IBackend store, PackId pack) =>
        await (await new PackRepairPlanner(await TestRepository.IndexedAsync(store), Progress).PlanAsync([pack], Cancellation)).ExecuteAsync(Cancellation);

    /// <summary>A pack that is gone is for the index and the packs first; of what is cut or empty no snapshot misses anything.</summary>
    private async Task SnapshotsBeforePacksAsync(IBackend store, Harm harm)
    {
        if (harm == Harm.Missing)
        {
            BackupException e = await Should.ThrowAsync<BackupException>(() => RepairSnapshotsAsync(store));
            e.Kind.ShouldBe(BackupErrorKind.Refused);
            e.Message.ShouldContain("packs that the index names are not in the repository (1, such as");
            return;
        }

        (await RepairSnapshotsAsync(store)).ShouldBeEmpty("even before the packs are repaired");
    }

    private async Task<List<RepairedSnapshot>> RepairSnapshotsAsync(IBackend store, bool dryRun = false)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(store);
        return await new SnapshotRepair(indexed, forget: true, dryRun, Progress).RunAsync(await indexed.Repository.ListSnapshotsAsync(null, Cancellation), Cancellation);
    }

    private static BackendFile FileOf(PackId pack) => new(FileType.Pack, pack.ToString());
}
