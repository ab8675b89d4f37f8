using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

/// <summary>Nothing is removed under a lock that is gone (D10), whatever the clock says.</summary>
public sealed class PruneLockTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();
    private readonly FakeTime _time = new();

    [Theory]
    [InlineData(0, 11)]
    [InlineData(-60, 11)]
    [InlineData(60, 0)]
    public async Task A_sweep_asks_for_its_lock_again_also_when_the_clock_is_set_back_or_the_machine_slept(int setMinutes, int seconds)
    {
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(9000), _random.Bytes(9000), _random.Bytes(9000));
        await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.ForgetAsync(first);
        int removed = 0;
        var through = new FaultBackend(_bench.Store) { ShowsAtOnce = true };
        through.Afterwards = async call =>
        {
            if (call.Operation == "remove" && call.File.Type is FileType.Pack or FileType.Index && ++removed == 1)
            {
                await RepositoryLock.RemoveAsync(TestRepository.Open(_bench.Store), all: true, TestRepository.Cancellation);
                _time.Set(TimeSpan.FromMinutes(setMinutes));
                _time.Advance(TimeSpan.FromSeconds(seconds));
            }
        };
        OpenRepository repository = TestRepository.Open(through, PruneBench.Options with { Time = _time });
        await using PrunePlan plan = await new PrunePlanner(repository, PruneBench.Tight, new()).PlanAsync(TestRepository.Cancellation);
        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(TestRepository.Cancellation))).Kind.ShouldBe(BackupErrorKind.Locked);
        removed.ShouldBe(1);
    }
}
