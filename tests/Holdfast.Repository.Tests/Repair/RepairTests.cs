using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Repair;

/// <summary>Repositories damaged by code, and what each repair makes of them.</summary>
public sealed class RepairTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();
    private readonly List<string> _notes = [];

    public enum IndexDamage
    {
        Flipped,
        Cut,
        Empty,
        Removed,
        NotAuthentic,
    }

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    private StageProgress Progress => new() { OnNote = n => { lock (_notes) { _notes.Add(n); } } };

    public static TheoryData<IndexDamage, bool, bool> Damages =>
        new(Enum.GetValues<IndexDamage>().SelectMany(d => ((bool, bool)[])[(false, false), (true, false), (true, true)], (d, b) => (d, b.Item1, b.Item2)));

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task An_index_that_is_lost_comes_back_from_the_packs(IndexDamage damage, bool all, bool readAllPacks)
    {
        await SampleAsync();
        foreach (BackendEntry index in (await _bench.Store.ListAllAsync(FileType.Index)).Take(all ? 10 : 1))
        {
            await DamageAsync(index.File, damage);
        }

        IndexRepairPlan plan = await PlanIndexAsync(readAllPacks);
        plan.IsEmpty.ShouldBeFalse();
        plan.AddedPacks.Count.ShouldBe(all || readAllPacks ? 6 : 2);
        await plan.ExecuteAsync(Cancellation);
        await _bench.ShouldBeWholeAsync();
        (await PlanIndexAsync()).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task An_index_on_a_bad_sector_is_replaced_by_what_the_packs_say()
    {
        await SampleAsync();
        BackendFile bad = (await _bench.Store.ListAllAsync(FileType.Index))[0].File;
        var disk = new FaultBackend(_bench.Store) { Script = call => call.Operation == "read" && call.File == bad ? throw FaultBackend.Failure("input/output error") : Task.CompletedTask };
        IndexRepairPlan plan = await new IndexRepairPlanner(TestRepository.Open(disk), false, Progress).PlanAsync(Cancellation);
        plan.DamagedIndexes.ShouldBe(1);
        plan.AddedPacks.Count.ShouldBe(2);
        await plan.ExecuteAsync(Cancellation);
        await _bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(IndexDamage.Flipped)]
    [InlineData(IndexDamage.Empty)]
    public async Task An_index_that_only_the_cache_has_whole_is_replaced(IndexDamage damage)
    {
        using var temp = new TempFolder();
        IBackend cached = CacheBackend.Wrap(_bench.Store, temp.Path, "id", _notes.Add);
        await SampleAsync();
        await TestRepository.IndexedAsync(cached);
        await DamageAsync((await _bench.Store.ListAllAsync(FileType.Index))[0].File, damage);
        IndexRepairPlan plan = await new IndexRepairPlanner(TestRepository.Open(cached), false, Progress).PlanAsync(Cancellation);
        plan.DamagedIndexes.ShouldBe(1);
        plan.IsEmpty.ShouldBeFalse();
        await plan.ExecuteAsync(Cancellation);
        await _bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tree_that_only_the_cache_has_whole_is_stored_again(bool dryRun)
    {
        using var temp = new TempFolder();
        IBackend cached = CacheBackend.Wrap(_bench.Store, temp.Path, "id", _notes.Add);
        SnapshotId id = await _bench.BackUpAsync(_random.Bytes(900), _random.Bytes(900));
        IndexedRepository indexed = await TestRepository.IndexedAsync(cached);
        TreeId root = (await indexed.Repository.LoadSnapshotAsync(id, Cancellation)).Snapshot.Tree!.Value;
        await indexed.LoadTreeAsync(root, Cancellation);
        await BreakBlobAsync(indexed, root);
        HashSet<string> before = await _bench.AllNamesAsync();
        List<RepairedSnapshot> repaired = await new SnapshotRepair(indexed, forget: true, dryRun, Progress).RunAsync(
            await indexed.Repository.ListSnapshotsAsync(null, Cancellation), Cancellation);
        repaired.ShouldBeEmpty("it misses nothing any more");
        _notes.ShouldContain(n => n.Contains("only the cache"));
        if (dryRun)
        {
            (await _bench.AllNamesAsync()).ShouldBe(before, ignoreOrder: true);
            return;
        }

        (await (await TestRepository.IndexedAsync(_bench.Store)).LoadTreeAsync(root, Cancellation)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_sound_index_is_left_alone()
    {
        await SampleAsync();
        HashSet<string> before = await _bench.AllNamesAsync();
        IndexRepairPlan plan = await PlanIndexAsync();
        plan.IsEmpty.ShouldBeTrue();
        await plan.ExecuteAsync(Cancellation);
        (await _bench.AllNamesAsync()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task A_plan_alone_changes_nothing()
    {
        await SampleAsync();
        await DamageAsync((await _bench.Store.ListAllAsync(FileType.Index))[0].File, IndexDamage.Removed);
        HashSet<string> before = await _bench.AllNamesAsync();
        (await PlanIndexAsync()).IsEmpty.ShouldBeFalse();
        (await _bench.AllNamesAsync()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task A_pack_that_is_gone_leaves_the_index()
    {
        byte[] lost = _random.Bytes(9000);
        await _bench.BackUpAsync(lost);
        await _bench.BackUpAsync(_random.Bytes(9000));
        PackId pack = await PackOfAsync(lost);
        await _bench.Store.RemoveAsync(FileOf(pack), Cancellation);
        IndexRepairPlan plan = await PlanIndexAsync();
        plan.DroppedPacks.ShouldBe([pack]);
        await plan.ExecuteAsync(Cancellation);
        (await TestRepository.IndexedAsync(_bench.Store)).Index.Contains(TestRepository.Handle(lost)).ShouldBeFalse();
        (await PlanIndexAsync()).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task A_pack_that_only_the_listing_leaves_out_stays_in_the_index()
    {
        await SampleAsync();
        var blind = new FaultBackend(_bench.Store) { Hidden = file => file.Type == FileType.Pack };
        BackupException e = await Should.ThrowAsync<BackupException>(() => new IndexRepairPlanner(TestRepository.Open(blind), false, Progress).PlanAsync(Cancellation));
        e.Message.ShouldContain("not complete");
    }

    [Fact]
    public async Task An_index_that_is_wrong_and_as_long_as_the_right_one_is_made_anew_from_all_packs()
    {
        byte[] first = _random.Bytes(9000), second = _random.Bytes(5000);
        await _bench.BackUpAsync(first, second);
        await WriteIndexAnewAsync(entries => entries.Select(e => e.Location.Offset == 0 ? e with { Location = e.Location with { Offset = 7 } } : e));
        (await PlanIndexAsync()).IsEmpty.ShouldBeTrue("only reading all packs can tell");
        IndexRepairPlan plan = await PlanIndexAsync(readAllPacks: true);
        await plan.ExecuteAsync(Cancellation);
        await _bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_only_the_index_knows_of_a_pack_stays_in_it(bool readAllPacks)
    {
        byte[] first = _random.Bytes(9000), second = _random.Bytes(9000);
        await _bench.BackUpAsync(first, second);
        PackId pack = await PackOfAsync(first);
        byte[] content = await _bench.Store.ReadAllAsync(FileOf(pack));
        content[^20] ^= 1; // in the header
        await _bench.Store.SaveAsync(FileOf(pack), content, Cancellation);
        await (await PlanIndexAsync(readAllPacks)).ExecuteAsync(Cancellation);
        (await RepairPacksAsync(pack)).ShouldBe(new PackRepairOutcome(2, 0));
        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Of_a_cut_pack_the_index_keeps_what_is_left_and_repair_packs_saves_it()
    {
        byte[] first = _random.Bytes(9000), second = _random.Bytes(9000);
        await _bench.BackUpAsync(first, second);
        PackId pack = await PackOfAsync(first);
        byte[] content = await _bench.Store.ReadAllAsync(FileOf(pack));
        await _bench.Store.SaveAsync(FileOf(pack), content.AsMemory(0, 12_000), Cancellation);
        IndexRepairPlan plan = await PlanIndexAsync();
        plan.UnreadablePacks.ShouldBe([pack]);
        await plan.ExecuteAsync(Cancellation);
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        indexed.Index.Contains(TestRepository.Handle(second)).ShouldBeFalse();
        (await indexed.LoadBlobAsync(TestRepository.Handle(first), Cancellation)).ShouldEqual(first);
        (await PlanIndexAsync()).IsEmpty.ShouldBeTrue("what is left is known");

        (await RepairPacksAsync(pack)).ShouldBe(new PackRepairOutcome(1, 0));
        (await (await TestRepository.IndexedAsync(_bench.Store)).LoadBlobAsync(TestRepository.Handle(first), Cancellation)).ShouldEqual(first);
        (await _bench.NamesAsync(FileType.Pack)).ShouldNotContain(FileOf(pack).ToString());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(20, 1)]
    [InlineData(-10, 0)]
    public async Task What_can_be_read_of_a_flipped_pack_is_saved(int at, int lostBlobs)
    {
        byte[] first = _random.Bytes(9000), second = _random.Bytes(9000);
        await _bench.BackUpAsync(first, second);
        PackId pack = await PackOfAsync(first);
        byte[] content = await _bench.Store.ReadAllAsync(FileOf(pack));
        content[at < 0 ? content.Length + at : at == 0 ? content.Length - 1 : at] ^= 1;
        await _bench.Store.SaveAsync(FileOf(pack), content, Cancellation);

        PackRepairOutcome outcome = await RepairPacksAsync(pack);
        outcome.ShouldBe(new PackRepairOutcome(2 - lostBlobs, lostBlobs));
        (await _bench.NamesAsync(FileType.Pack)).ShouldNotContain(FileOf(pack).ToString());
        if (lostBlobs == 0)
        {
            await _bench.ShouldBeWholeAsync();
            return;
        }

        List<RepairedSnapshot> repaired = await RepairSnapshotsAsync(forget: false);
        SnapshotId replacement = repaired.ShouldHaveSingleItem().Replacement.ShouldNotBeNull();
        Snapshot snapshot = (await TestRepository.Open(_bench.Store).LoadSnapshotAsync(replacement, Cancellation)).Snapshot;
        snapshot.Original.ShouldBe(_bench.Expected.Keys.Single());
        snapshot.Tags.ShouldBe(["repaired"]);
        _notes.ShouldContain(n => n.StartsWith("/000000: 1 of its 1 parts are lost", StringComparison.Ordinal));

        (await RepairSnapshotsAsync(forget: false)).ShouldBeEmpty("it was repaired already");

        // The damaged snapshot is still there; a backup of what was lost makes it whole again.
        await _bench.BackUpAsync(first);
        (await RepairSnapshotsAsync(forget: false)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task D57_a_pack_that_cannot_be_reached_stays_unless_it_is_given_up(bool givesUp)
    {
        byte[] content = _random.Bytes(9000);
        await _bench.BackUpAsync(content);
        PackId pack = await PackOfAsync(content);
        var disk = new FaultBackend(_bench.Store)
        {
            Script = call => call.Operation == "read" && call.File == FileOf(pack) ? throw FaultBackend.Failure("input/output error") : Task.CompletedTask,
        };
        PackRepairPlan plan = await new PackRepairPlanner(await TestRepository.IndexedAsync(disk), new()) { GivesUpUnreadable = givesUp }.PlanAsync([pack], Cancellation);
        PackRepairOutcome outcome = await plan.ExecuteAsync(Cancellation);
        if (givesUp)
        {
            outcome.ShouldBe(new PackRepairOutcome(0, 1));
            (await _bench.NamesAsync(FileType.Pack)).ShouldNotContain(FileOf(pack).ToString());
            return;
        }

        outcome.KeptPacks.ShouldBe([pack]);
        outcome.LostBlobs.ShouldBe(0);
        await _bench.ShouldBeWholeAsync();
        (await PlanPacksAsync(pack)).IsEmpty.ShouldBeTrue("the disk answers again");
    }

    [Fact]
    public async Task Sound_and_unknown_packs_are_told_apart_from_damaged_ones()
    {
        byte[] content = _random.Bytes(9000);
        await _bench.BackUpAsync(content);
        HashSet<string> before = await _bench.AllNamesAsync();
        (await PlanPacksAsync(await PackOfAsync(content))).IsEmpty.ShouldBeTrue();
        _notes.ShouldContain(n => n.Contains("is sound"));
        (await Should.ThrowAsync<BackupException>(() => PlanPacksAsync(new PackId(Hash256.Of("x"u8))))).Kind.ShouldBe(BackupErrorKind.NotFound);
        (await _bench.AllNamesAsync()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task A_snapshot_whose_folder_is_lost_keeps_the_rest_and_the_damaged_one_goes_only_with_forget()
    {
        SnapshotId id = await _bench.BackUpAsync(_random.Bytes(900), _random.Bytes(900));
        SnapshotId sound = await _bench.BackUpAsync(_random.Bytes(900));
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        Snapshot before = (await indexed.Repository.LoadSnapshotAsync(id, Cancellation)).Snapshot;
        Node folder = (await indexed.LoadTreeAsync(before.Tree!.Value, Cancellation))[^1];
        await BreakBlobAsync(indexed, folder.Subtree!.Value);

        (await RepairSnapshotsAsync(forget: true, dryRun: true)).ShouldHaveSingleItem().Replacement.ShouldBeNull();
        (await _bench.NamesAsync(FileType.Snapshot)).Count.ShouldBe(2);
        RepairedSnapshot repaired = (await RepairSnapshotsAsync(forget: true)).ShouldHaveSingleItem();
        repaired.Damaged.ShouldBe(id);
        List<StoredSnapshot> left = await TestRepository.Open(_bench.Store).ListSnapshotsAsync(null, Cancellation);
        left.Select(s => s.Id).ShouldBe([sound, repaired.Replacement!.Value], ignoreOrder: true);
        indexed = await TestRepository.IndexedAsync(_bench.Store);
        List<Node> nodes = await indexed.LoadTreeAsync(left.Single(s => s.Id != sound).Snapshot.Tree!.Value, Cancellation);
        nodes.Count.ShouldBe(2);
        (await indexed.LoadTreeAsync(nodes[^1].Subtree!.Value, Cancellation)).ShouldBeEmpty();
        (await RepairSnapshotsAsync(forget: true)).ShouldBeEmpty();
        (await RepairSnapshotsAsync(forget: true, dryRun: true)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_snapshot_of_which_nothing_is_left_goes_only_with_forget()
    {
        SnapshotId id = await _bench.BackUpAsync(_random.Bytes(900));
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        await BreakBlobAsync(indexed, (await indexed.Repository.LoadSnapshotAsync(id, Cancellation)).Snapshot.Tree!.Value);
        (await RepairSnapshotsAsync(forget: false)).ShouldBe([new(id, IsLost: true, null, IsForgotten: false)]);
        (await _bench.NamesAsync(FileType.Snapshot)).Count.ShouldBe(1);
        (await RepairSnapshotsAsync(forget: true)).ShouldBe([new(id, IsLost: true, null, IsForgotten: true)]);
        (await _bench.NamesAsync(FileType.Snapshot)).ShouldBeEmpty();
    }

    private async Task SampleAsync()
    {
        for (int i = 0; i < 3; i++)
        {
            await _bench.BackUpAsync(_random.Bytes(9000), _random.Bytes(500));
        }
    }

    /// <summary>One index file in place of all.</summary>
    private async Task WriteIndexAnewAsync(Func<IEnumerable<PackEntry>, IEnumerable<PackEntry>> change)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        List<PackEntry> entries = [.. change(indexed.Index.Entries().OrderBy(e => e.Location.Pack.Hash))];
        foreach (BackendEntry file in await _bench.Store.ListAllAsync(FileType.Index))
        {
            await _bench.Store.RemoveAsync(file.File, Cancellation);
        }

        using var writer = new IndexWriter(indexed.Repository, null);
        await writer.AddAsync(entries, Cancellation);
        await writer.FlushAsync(Cancellation);
    }

    private Task<IndexRepairPlan> PlanIndexAsync(bool readAllPacks = false) =>
        new IndexRepairPlanner(TestRepository.Open(_bench.Store), readAllPacks, Progress).PlanAsync(Cancellation);

    private async Task<PackRepairPlan> PlanPacksAsync(PackId pack) =>
        await new PackRepairPlanner(await TestRepository.IndexedAsync(_bench.Store), Progress).PlanAsync([pack], Cancellation);

    private async Task<PackRepairOutcome> RepairPacksAsync(PackId pack) => await (await PlanPacksAsync(pack)).ExecuteAsync(Cancellation);

    private async Task<List<RepairedSnapshot>> RepairSnapshotsAsync(bool forget, bool dryRun = false)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        return await new SnapshotRepair(indexed, forget, dryRun, Progress).RunAsync(await indexed.Repository.ListSnapshotsAsync(null, Cancellation), Cancellation);
    }

    private async Task<PackId> PackOfAsync(byte[] content)
    {
        (await TestRepository.IndexedAsync(_bench.Store)).Index.TryFind(TestRepository.Handle(content), out BlobLocation place).ShouldBeTrue();
        return place.Pack;
    }

    private async Task BreakBlobAsync(IndexedRepository indexed, BlobHandle blob)
    {
        indexed.Index.TryFind(blob, out BlobLocation place).ShouldBeTrue();
        byte[] content = await _bench.Store.ReadAllAsync(FileOf(place.Pack));
        content[place.Offset + 20] ^= 1;
        await _bench.Store.SaveAsync(FileOf(place.Pack), content, Cancellation);
    }

    private async Task DamageAsync(BackendFile file, IndexDamage damage)
    {
        byte[] content = await _bench.Store.ReadAllAsync(file);
        switch (damage)
        {
            case IndexDamage.Removed:
                await _bench.Store.RemoveAsync(file, Cancellation);
                return;
            case IndexDamage.Flipped:
                content[30] ^= 1;
                break;
            case IndexDamage.NotAuthentic:
                // Under the name that fits it, so that only its authentication code tells.
                content[30] ^= 1;
                await _bench.Store.RemoveAsync(file, Cancellation);
                file = file with { Name = Hash256.Of(content).ToString() };
                break;
            default:
                content = damage == IndexDamage.Empty ? [] : content[..(content.Length / 2)];
                break;
        }

        await _bench.Store.SaveAsync(file, content, Cancellation);
    }

    private static BackendFile FileOf(PackId pack) => new(FileType.Pack, pack.ToString());
}
