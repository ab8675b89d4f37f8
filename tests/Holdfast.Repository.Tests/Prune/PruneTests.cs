using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

public sealed class PruneTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task What_no_snapshot_needs_goes_and_all_the_rest_stays()
    {
        byte[] shared = _random.Bytes(9000), left = _random.Bytes(9000);
        SnapshotId first = await _bench.BackUpAsync(shared, left);
        await _bench.BackUpAsync(shared, _random.Bytes(9000));
        SnapshotId alone = await _bench.BackUpAsync(_random.Bytes(50_000));
        await _bench.ForgetAsync(first);
        await _bench.ForgetAsync(alone);
        long before = await _bench.PackBytesAsync();

        PruneOutcome outcome = await _bench.PruneAsync();
        outcome.RemovedPacks.ShouldBeGreaterThan(3);
        outcome.SparedPacks.ShouldBe(0);
        (before - await _bench.PackBytesAsync()).ShouldBeInRange(58_000, 70_000);
        await _bench.ShouldBeWholeAsync();
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        indexed.Index.Contains(TestRepository.Handle(left)).ShouldBeFalse();
        indexed.Index.Contains(TestRepository.Handle(shared)).ShouldBeTrue();
        await ShouldHaveNothingToDoAsync();
    }

    [Fact]
    public async Task Blobs_are_copied_sealed_as_they_are()
    {
        byte[] kept = new byte[9000];
        SnapshotId first = await _bench.BackUpAsync(kept, _random.Bytes(9000));
        await _bench.BackUpAsync(kept);
        await _bench.ForgetAsync(first);
        byte[] before = await SealedAsync(kept);
        await _bench.PruneAsync();
        (await SealedAsync(kept)).ShouldEqual(before);
        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task A_dry_run_changes_nothing_and_tells_what_the_real_run_does()
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.ForgetAsync(first);
        HashSet<string> before = await _bench.AllNamesAsync();
        await using (PrunePlan plan = await _bench.PlanAsync(PruneBench.Tight with { WithoutLock = true }))
        {
            plan.Statistics.RemovePacks.ShouldBe(2);
            plan.PacksToRemove.Count().ShouldBe(2);
            (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Kind.ShouldBe(BackupErrorKind.Refused);
        }

        (await _bench.AllNamesAsync()).ShouldBe(before, ignoreOrder: true);
        (await _bench.PruneAsync()).RemovedPacks.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_backup_beside_it_comes_to_need_is_spared()
    {
        byte[] revived = _random.Bytes(9000), kept = _random.Bytes(9000), mixed = _random.Bytes(9000);
        SnapshotId old = await _bench.BackUpAsync(revived);
        SnapshotId partly = await _bench.BackUpAsync(kept, mixed);
        await _bench.BackUpAsync(kept);
        IndexedRepository beside = await TestRepository.IndexedAsync(_bench.Store, PruneBench.Options);
        await _bench.ForgetAsync(old);
        await _bench.ForgetAsync(partly);
        await using (PrunePlan plan = await _bench.PlanAsync())
        {
            plan.PacksToRemove.Count().ShouldBeGreaterThan(0);
            plan.PacksToRepack.Count().ShouldBeGreaterThan(0);
            await _bench.BackUpAsync(beside, revived, mixed, _random.Bytes(100));
            (await plan.ExecuteAsync(Cancellation)).SparedPacks.ShouldBe(2);
        }

        await _bench.ShouldBeWholeAsync();
        await _bench.PruneAsync();
        await _bench.ShouldBeWholeAsync();
        await ShouldHaveNothingToDoAsync();
    }

    [Fact]
    public async Task A_pack_in_no_index_goes_only_where_the_plan_saw_it()
    {
        await _bench.BackUpAsync(_random.Bytes(9000));
        BackendFile seen = await SavePackAsync();
        await using PrunePlan plan = await _bench.PlanAsync();
        BackendFile late = await SavePackAsync();
        plan.Statistics.UnreferencedPacks.ShouldBe(1);
        await plan.ExecuteAsync(Cancellation);
        (await _bench.NamesAsync(FileType.Pack)).ShouldNotContain(seen.ToString());
        (await _bench.NamesAsync(FileType.Pack)).ShouldContain(late.ToString());
    }

    [Fact]
    public async Task A_pack_that_was_in_no_index_and_then_is_stays()
    {
        byte[] content = _random.Bytes(9000);
        await _bench.BackUpAsync(content);
        var slow = new FaultBackend(_bench.Store);
        IndexedRepository beside = await TestRepository.IndexedAsync(slow, PruneBench.Options);
        PrunePlan? plan = null;
        slow.Script = async call =>
        {
            if (call is { Operation: "save", File.Type: FileType.Index })
            {
                plan ??= await _bench.PlanAsync();
            }
        };
        await _bench.BackUpAsync(beside, _random.Bytes(9000));
        await using (plan)
        {
            plan.ShouldNotBeNull().Statistics.UnreferencedPacks.ShouldBe(2);
            await plan.ExecuteAsync(Cancellation);
        }

        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Where_the_exclusive_lock_cannot_be_had_nothing_is_lost_and_the_next_run_goes_on()
    {
        byte[] kept = _random.Bytes(9000);
        SnapshotId first = await _bench.BackUpAsync(kept, _random.Bytes(9000));
        await _bench.BackUpAsync(kept);
        await _bench.ForgetAsync(first);
        OpenRepository other = TestRepository.Open(_bench.Store, PruneBench.Options);
        await using (await RepositoryLock.AcquireAsync(other, exclusive: false, Cancellation))
        {
            (await Should.ThrowAsync<BackupException>(() => _bench.PruneAsync())).Kind.ShouldBe(BackupErrorKind.Locked);
        }

        (await _bench.NamesAsync(FileType.Lock)).ShouldBeEmpty();
        await _bench.ShouldBeWholeAsync();
        await using (PrunePlan plan = await _bench.PlanAsync())
        {
            plan.PacksToRepack.ShouldBeEmpty("what was copied is found as stored twice");
            plan.Statistics.Duplicate.Blobs.ShouldBe(1);
            await plan.ExecuteAsync(Cancellation);
        }

        await _bench.ShouldBeWholeAsync();
        await ShouldHaveNothingToDoAsync();
    }

    [Fact]
    public async Task Two_at_once_both_end_well()
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.ForgetAsync(first);
        await using (PrunePlan one = await _bench.PlanAsync())
        {
            PrunePlan two = await _bench.PlanAsync();
            await two.DisposeAsync();
            await one.ExecuteAsync(Cancellation);
        }

        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task A_plan_is_dropped_where_somebody_else_pruned_since()
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.ForgetAsync(first);
        await using PrunePlan plan = await _bench.PlanAsync();
        await RepositoryLock.RemoveAsync(TestRepository.Open(_bench.Store), all: true, Cancellation);
        await _bench.PruneAsync();
        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Kind.ShouldBe(BackupErrorKind.Aborted);
        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Many_small_indexes_become_one()
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(100));
        for (int i = 0; i < 12; i++)
        {
            await _bench.BackUpAsync(_random.Bytes(100), _random.Bytes(100));
        }

        await _bench.ForgetAsync(first);
        await _bench.PruneAsync();
        (await _bench.NamesAsync(FileType.Index)).Count.ShouldBe(1);
        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Content_that_was_stored_twice_is_kept_once()
    {
        byte[] twice = _random.Bytes(9000);
        IndexedRepository one = await TestRepository.IndexedAsync(_bench.Store, PruneBench.Options), two = await TestRepository.IndexedAsync(_bench.Store, PruneBench.Options);
        await _bench.BackUpAsync(one, twice, _random.Bytes(500));
        await _bench.BackUpAsync(two, twice, _random.Bytes(500));
        await _bench.PruneAsync();
        (await TestRepository.IndexedAsync(_bench.Store)).Index.FindAll(TestRepository.Handle(twice)).Count.ShouldBe(1);
        await _bench.ShouldBeWholeAsync();
        await ShouldHaveNothingToDoAsync();
    }

    [Fact]
    public async Task Random_sets_of_snapshots_survive_random_forgetting()
    {
        var contents = new List<byte[]>();
        for (int round = 0; round < 12; round++)
        {
            for (int i = _random.Next(1, 4); i > 0; i--)
            {
                contents.AddRange(Enumerable.Range(0, _random.Next(6)).Select(_ => _random.Bytes(_random.Next(1, 30_000))));
                byte[][] files = [.. contents.Where(_ => _random.Next(3) == 0)];
                await _bench.BackUpAsync(files);
            }

            foreach (SnapshotId id in _bench.Expected.Keys.Where(_ => _random.Next(3) == 0).ToList())
            {
                await _bench.ForgetAsync(id);
            }

            PruneOptions options = new()
            {
                MaxUnused = (_random.Next(4)) switch { 0 => UnusedLimit.Unlimited, 1 => UnusedLimit.Bytes(_random.Next(100_000)), 2 => UnusedLimit.Percent(_random.Next(100)), _ => UnusedLimit.Bytes(0) },
                MaxRepackBytes = _random.Next(3) == 0 ? _random.Next(200_000) : long.MaxValue,
                CacheableOnly = _random.Next(5) == 0,
                SmallerThan = _random.Next(3) == 0 ? 1 << 20 : null,
                RecoverWithoutSpace = _random.Next(6) == 0,
            };
            await _bench.PruneAsync(options);
            await _bench.ShouldBeWholeAsync($"round {round}: {options}");
        }

        await _bench.PruneAsync();
        await _bench.PruneAsync(); // the first's new pack may be the tenth small one, and ten are put together
        await _bench.ShouldBeWholeAsync();
        await ShouldHaveNothingToDoAsync();
    }

    private async Task ShouldHaveNothingToDoAsync()
    {
        await using PrunePlan plan = await _bench.PlanAsync();
        plan.IsEmpty.ShouldBeTrue();
    }

    private async Task<BackendFile> SavePackAsync()
    {
        byte[] content = _random.Bytes(500);
        var file = new BackendFile(FileType.Pack, Hash256.Of(content).ToString());
        await _bench.Store.SaveAsync(file, content, Cancellation);
        return file;
    }

    private async Task<byte[]> SealedAsync(byte[] plain)
    {
        (await TestRepository.IndexedAsync(_bench.Store)).Index.TryFind(TestRepository.Handle(plain), out BlobLocation place).ShouldBeTrue();
        place.IsCompressed.ShouldBeTrue();
        byte[] message = new byte[place.Length];
        (await _bench.Store.ReadAsync(new(FileType.Pack, place.Pack.ToString()), place.Offset, message, Cancellation)).ShouldBe(message.Length);
        return message;
    }
}
