using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Heal;

/// <summary>Content that a repository lost, and a second one still has.</summary>
public sealed class HealTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly PruneBench _mirror = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Theory]
    [InlineData(BlobType.Data)]
    [InlineData(BlobType.Tree)]
    public async Task What_is_lost_comes_back_and_the_other_repairs_clear_away_the_rest(BlobType type)
    {
        byte[] one = _random.Bytes(9000), two = _random.Bytes(5000);
        await BackUpBothAsync(one, two);
        await BackUpBothAsync(two, _random.Bytes(700));
        foreach (BackendFile pack in await PacksOfAsync(type))
        {
            await _bench.Store.RemoveAsync(pack, Cancellation);
        }

        HashSet<string> before = await _bench.AllNamesAsync();
        HealReport planned = await HealAsync(dryRun: true);
        (await _bench.AllNamesAsync()).ShouldBe(before, ignoreOrder: true);
        HealReport report = await HealAsync();
        report.LostBlobs.ShouldBe(type == BlobType.Data ? 3 : 4);
        report.IsWhole.ShouldBeTrue();
        report.Snapshots.Select(s => s.Id).ShouldBe(_bench.Expected.Keys, ignoreOrder: true);
        report.Snapshots.ShouldAllBe(s => s.IsWhole);
        report.Files.Count.ShouldBe(4);
        report.Files.ShouldAllBe(f => f.IsWhole);
        (planned.LostBlobs, planned.HealedBlobs).ShouldBe((report.LostBlobs, report.HealedBlobs));
        (await _bench.AllNamesAsync()).IsSupersetOf(before).ShouldBeTrue("healing only adds");

        await ClearAwayAsync(report);
        await _bench.ShouldBeWholeAsync();
        HealReport again = await HealAsync();
        (again.LostBlobs, again.Snapshots.Count, again.BrokenPacks.Count).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task What_only_reading_shows_is_found_with_read_data()
    {
        byte[] content = _random.Bytes(9000);
        await BackUpBothAsync(content);
        BackendFile pack = (await PacksOfAsync(BlobType.Data)).Single();
        byte[] stored = await _bench.Store.ReadAllAsync(pack);
        stored[100] ^= 1;
        await _bench.Store.SaveAsync(pack, stored, Cancellation);
        (await HealAsync(readData: false)).LostBlobs.ShouldBe(0);
        HealReport report = await HealAsync();
        report.IsWhole.ShouldBeTrue();
        report.HealedBlobs.ShouldBe(1);
        await ClearAwayAsync(report);
        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task What_the_source_has_not_or_has_damaged_is_said_to_be_lost_still()
    {
        byte[] shared = _random.Bytes(9000), own = _random.Bytes(800);
        await _mirror.BackUpAsync(shared);
        SnapshotId half = await _bench.BackUpAsync(shared, own);
        SnapshotId whole = await _bench.BackUpAsync(shared);
        foreach (BackendFile pack in await PacksOfAsync(BlobType.Data))
        {
            await _bench.Store.RemoveAsync(pack, Cancellation);
        }

        HealReport report = await HealAsync();
        (report.LostBlobs, report.HealedBlobs).ShouldBe((2, 1));
        report.Snapshots.ShouldBe([new(half, false), new(whole, true)], ignoreOrder: true);
        report.Files.ShouldContain(new HealedFile(half, "/folder/000001", false));
        report.Files.ShouldContain(new HealedFile(half, "/000000", true));
    }

    [Fact]
    public async Task A_bad_sector_in_the_source_costs_what_lies_on_it_and_no_more()
    {
        byte[] one = _random.Bytes(9000), two = _random.Bytes(5000);
        await _bench.BackUpAsync(one, two);
        await _mirror.BackUpAsync(one);
        await _mirror.BackUpAsync(two);
        foreach (BackendFile pack in await PacksOfAsync(BlobType.Data))
        {
            await _bench.Store.RemoveAsync(pack, Cancellation);
        }

        (await TestRepository.IndexedAsync(_mirror.Store)).Index.TryFind(TestRepository.Handle(one), out BlobLocation bad).ShouldBeTrue();
        var disk = new FaultBackend(_mirror.Store) { Script = call => call.Operation == "read" && call.File.Name == bad.Pack.ToString() ? throw FaultBackend.Failure("input/output error") : Task.CompletedTask };
        HealReport report = await new Healer(
            await TestRepository.IndexedAsync(_bench.Store), new RepositorySource(await TestRepository.IndexedAsync(disk)), readData: false, dryRun: false, new()).RunAsync(Cancellation);
        (report.LostBlobs, report.HealedBlobs).ShouldBe((2, 1));
    }

    [Fact]
    public async Task A_prune_before_the_other_repairs_keeps_what_came_back()
    {
        // Which of two places an index names first is chance; the worse one is that the damaged place comes first.
        for (bool isWorse = false; !isWorse;)
        {
            var bench = new PruneBench(new MemoryBackend());
            byte[] lost = _random.Bytes(9000), other = _random.Bytes(5000);
            await bench.BackUpAsync(lost, other);
            await _mirror.BackUpAsync(lost);
            (await TestRepository.IndexedAsync(bench.Store)).Index.TryFind(TestRepository.Handle(lost), out BlobLocation damaged).ShouldBeTrue();
            var pack = new BackendFile(FileType.Pack, damaged.Pack.ToString());
            byte[] stored = await bench.Store.ReadAllAsync(pack);
            stored[(int)damaged.Offset + 100] ^= 1;
            await bench.Store.SaveAsync(pack, stored, Cancellation);
            (await HealAsync(through: bench.Store)).IsWhole.ShouldBeTrue();
            isWorse = (await TestRepository.IndexedAsync(bench.Store)).Index.FindAll(TestRepository.Handle(lost))[0] == damaged;

            await bench.PruneAsync();
            IndexedRepository indexed = await TestRepository.IndexedAsync(bench.Store);
            (await indexed.LoadBlobAsync(TestRepository.Handle(lost), Cancellation)).ShouldEqual(lost);
            (await indexed.LoadBlobAsync(TestRepository.Handle(other), Cancellation)).ShouldEqual(other);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fault_at_any_call_loses_nothing_and_the_next_run_ends_whole(bool replyLost)
    {
        for (int point = 1; ; point++)
        {
            var bench = new PruneBench(new MemoryBackend());
            byte[] content = _random.Bytes(300);
            await bench.BackUpAsync(content);
            await _mirror.BackUpAsync(content);
            IndexedRepository indexed = await TestRepository.IndexedAsync(bench.Store);
            indexed.Index.TryFind(TestRepository.Handle(content), out BlobLocation place).ShouldBeTrue();
            await bench.Store.RemoveAsync(new(FileType.Pack, place.Pack.ToString()), Cancellation);
            HashSet<string> before = await bench.AllNamesAsync();
            int calls = 0;
            Task CountAsync(BackendCall _) => Interlocked.Increment(ref calls) == point ? throw FaultBackend.Failure() : Task.CompletedTask;
            try
            {
                await HealAsync(through: new FaultBackend(bench.Store) { Script = replyLost ? null : CountAsync, Afterwards = replyLost ? CountAsync : null });
            }
            catch (BackupException)
            {
                // As scripted.
            }

            (await bench.AllNamesAsync()).IsSupersetOf(before).ShouldBeTrue($"at call {point}");
            HealReport report = await HealAsync(through: bench.Store);
            report.IsWhole.ShouldBeTrue($"at call {point}");
            await ClearAwayAsync(report, bench.Store);
            await bench.ShouldBeWholeAsync($"at call {point}");
            if (calls < point)
            {
                point.ShouldBeGreaterThan(replyLost ? 2 : 6);
                return;
            }
        }
    }

    private async Task BackUpBothAsync(params byte[][] files)
    {
        await _bench.BackUpAsync(files);
        await _mirror.BackUpAsync(files);
    }

    private async Task<List<BackendFile>> PacksOfAsync(BlobType type)
    {
        PackContents contents = (await TestRepository.IndexedAsync(_bench.Store)).Index.ByPack();
        return [.. contents.Packs.Where(p => contents.EntriesOf(p)[0].Blob.Type == type).Select(p => new BackendFile(FileType.Pack, p.ToString()))];
    }

    private async Task<HealReport> HealAsync(bool dryRun = false, bool readData = true, IBackend? through = null) => await new Healer(
        await TestRepository.IndexedAsync(through ?? _bench.Store), new RepositorySource(await TestRepository.IndexedAsync(_mirror.Store)), readData, dryRun, new()).RunAsync(Cancellation);

    private async Task ClearAwayAsync(HealReport report, IBackend? store = null)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(store ?? _bench.Store);
        (await (await new PackRepairPlanner(indexed, new()).PlanAsync(report.BrokenPacks, Cancellation)).ExecuteAsync(Cancellation)).LostBlobs.ShouldBe(0);
    }
}
