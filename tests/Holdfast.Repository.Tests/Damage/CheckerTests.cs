using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Damage;

public sealed class CheckerTests
{
    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task D52_what_a_backup_adds_while_a_check_runs_is_no_damage()
    {
        await using var store = new MemoryBackend();
        var bench = new PruneBench(store);
        await bench.BackUpAsync(Seeded.Random().Bytes(10_000));
        IReadOnlySet<SnapshotId> before = await TestRepository.Open(store).ListSnapshotIdsAsync(Cancellation);
        IndexedRepository indexed = await TestRepository.IndexedAsync(store);
        SnapshotId added = await bench.BackUpAsync(Seeded.Random().Bytes(20_000));

        before.Count.ShouldBe(1);
        before.ShouldNotContain(added);
        (await CheckAsync(before)).ShouldBe(0);
        (await CheckAsync(null)).ShouldBeGreaterThan(0, "the index that was loaded knows nothing of the second");

        async Task<int> CheckAsync(IReadOnlySet<SnapshotId>? snapshots) =>
            (await new Checker(indexed, new(PackSubset.All) { Snapshots = snapshots }, new()).RunAsync(Cancellation)).Errors;
    }
}
