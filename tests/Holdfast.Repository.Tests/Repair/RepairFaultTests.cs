using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Repair;

/// <summary>Repairs that fail at each of their calls, and what the next one makes of that.</summary>
public sealed class RepairFaultTests
{
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repair_of_the_index_that_fails_at_any_call_is_ended_by_the_next(bool replyLost)
    {
        for (int point = 1; ; point++)
        {
            var bench = new PruneBench(new MemoryBackend());
            for (int i = 0; i < 3; i++)
            {
                await bench.BackUpAsync(_random.Bytes(300));
            }

            await bench.Store.RemoveAsync((await bench.Store.ListAllAsync(FileType.Index))[0].File, Cancellation);
            int calls = 0;
            Task CountAsync(BackendCall _) => ++calls == point ? throw FaultBackend.Failure() : Task.CompletedTask;
            var faulty = new FaultBackend(bench.Store) { Script = replyLost ? null : CountAsync, Afterwards = replyLost ? CountAsync : null };
            try
            {
                await (await new IndexRepairPlanner(TestRepository.Open(faulty), false, new()).PlanAsync(Cancellation)).ExecuteAsync(Cancellation);
            }
            catch (BackupException)
            {
                // As scripted.
            }

            await (await new IndexRepairPlanner(TestRepository.Open(bench.Store), false, new()).PlanAsync(Cancellation)).ExecuteAsync(Cancellation);
            await bench.ShouldBeWholeAsync($"at call {point}");
            if (calls < point)
            {
                point.ShouldBeGreaterThan(3);
                return;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repair_of_a_pack_that_fails_at_any_call_loses_nothing_that_can_be_read(bool replyLost)
    {
        await AtEachCallAsync(replyLost, async (bench, through) =>
        {
            IndexedRepository indexed = await TestRepository.IndexedAsync(through);
            PackId[] damaged = [.. indexed.Index.Packs.Where(p => indexed.Index.ByPack().EntriesOf(p)[0].Blob.Type == BlobType.Data)];
            await (await new PackRepairPlanner(indexed, new()).PlanAsync(damaged, Cancellation)).ExecuteAsync(Cancellation);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repair_of_a_snapshot_that_fails_at_any_call_leaves_the_old_or_the_new_one(bool replyLost)
    {
        for (int point = 1; ; point++)
        {
            var bench = new PruneBench(new MemoryBackend());
            byte[] lost = _random.Bytes(300);
            await bench.BackUpAsync(lost);
            await bench.BackUpAsync(lost, _random.Bytes(300));
            IndexedRepository indexed = await TestRepository.IndexedAsync(bench.Store);
            indexed.Index.TryFind(TestRepository.Handle(lost), out BlobLocation place);
            await bench.Store.RemoveAsync(FileOf(place.Pack), Cancellation);
            await (await new IndexRepairPlanner(TestRepository.Open(bench.Store), false, new()).PlanAsync(Cancellation)).ExecuteAsync(Cancellation);

            bool reached = await FailAtAsync(bench, replyLost, point, RepairAsync);
            List<StoredSnapshot> left = await TestRepository.Open(bench.Store).ListSnapshotsAsync(null, Cancellation);
            left.Select(s => s.Snapshot.Original ?? s.Id).Distinct().Count().ShouldBe(2, $"at call {point}");
            await RepairAsync(bench, bench.Store);
            left = await TestRepository.Open(bench.Store).ListSnapshotsAsync(null, Cancellation);
            left.Select(s => s.Snapshot.Original).ShouldBe(bench.Expected.Keys.Cast<SnapshotId?>(), ignoreOrder: true, $"at call {point}");
            if (!reached)
            {
                point.ShouldBeGreaterThan(4);
                return;
            }
        }

        static async Task RepairAsync(PruneBench bench, IBackend through)
        {
            IndexedRepository indexed = await TestRepository.IndexedAsync(through);
            await new SnapshotRepair(indexed, forget: true, dryRun: false, new()).RunAsync(await indexed.Repository.ListSnapshotsAsync(null, Cancellation), Cancellation);
        }
    }

    /// <summary>Repairs a repository whose packs of content have damaged headers, with a fault at each call, then once more without.</summary>
    private async Task AtEachCallAsync(bool replyLost, Func<PruneBench, IBackend, Task> repair)
    {
        for (int point = 1; ; point++)
        {
            var bench = new PruneBench(new MemoryBackend());
            for (int i = 0; i < 2; i++)
            {
                byte[] content = _random.Bytes(300);
                await bench.BackUpAsync(content);
                (await TestRepository.IndexedAsync(bench.Store)).Index.TryFind(TestRepository.Handle(content), out BlobLocation place);
                byte[] pack = await bench.Store.ReadAllAsync(FileOf(place.Pack));
                pack[^10] ^= 1;
                await bench.Store.SaveAsync(FileOf(place.Pack), pack, Cancellation);
            }

            bool reached = await FailAtAsync(bench, replyLost, point, repair);
            await repair(bench, bench.Store);
            await bench.ShouldBeWholeAsync($"at call {point}");
            if (!reached)
            {
                point.ShouldBeGreaterThan(4);
                return;
            }
        }
    }

    /// <summary>Whether there were that many calls.</summary>
    private static async Task<bool> FailAtAsync(PruneBench bench, bool replyLost, int point, Func<PruneBench, IBackend, Task> repair)
    {
        int calls = 0;
        Task CountAsync(BackendCall _) => Interlocked.Increment(ref calls) == point ? throw FaultBackend.Failure() : Task.CompletedTask;
        try
        {
            await repair(bench, new FaultBackend(bench.Store) { Script = replyLost ? null : CountAsync, Afterwards = replyLost ? CountAsync : null });
        }
        catch (BackupException)
        {
            // As scripted.
        }

        return calls >= point;
    }

    private static BackendFile FileOf(PackId pack) => new(FileType.Pack, pack.ToString());
}
