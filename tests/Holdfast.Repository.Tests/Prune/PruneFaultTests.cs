using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

/// <summary>A prune that fails at each of its calls in turn, and what it leaves.</summary>
public sealed class PruneFaultTests
{
    private readonly Random _random = Seeded.Random();

    [Theory]
    [InlineData(Fault.Fails)]
    [InlineData(Fault.ReplyLost)]
    [InlineData(Fault.Killed)]
    public async Task Nothing_is_lost_and_a_rerun_ends_clean(Fault fault)
    {
        int number = 0;
        for (FaultPoint? point = null; point?.IsReached != false;)
        {
            PruneBench bench = await SampleAsync();
            point = new FaultPoint(fault, ++number);
            await RunAsync(bench, point);
            string when = $"{point}";
            await bench.ShouldBeWholeAsync(when);

            // The process is gone, and so is what it held.
            await RepositoryLock.RemoveAsync(TestRepository.Open(bench.Store), all: true, TestRepository.Cancellation);
            await bench.PruneAsync();
            await bench.ShouldBeWholeAsync(when + ", and a rerun");
            await using PrunePlan plan = await bench.PlanAsync();
            plan.IsEmpty.ShouldBeTrue(when);
        }

        number.ShouldBeGreaterThan(fault == Fault.ReplyLost ? 10 : 30);
        TestContext.Current.TestOutputHelper?.WriteLine($"{number - 1} fault points");
    }

    private static async Task RunAsync(PruneBench bench, FaultPoint point)
    {
        try
        {
            await bench.PruneAsync(through: new PointedBackend(bench.Store, point));
        }
        catch (BackupException)
        {
            // As scripted.
        }
    }

    private async Task<PruneBench> SampleAsync()
    {
        var bench = new PruneBench(new MemoryBackend());
        byte[] kept = _random.Bytes(900), other = _random.Bytes(900);
        SnapshotId first = await bench.BackUpAsync(kept, _random.Bytes(900), other);
        SnapshotId second = await bench.BackUpAsync(_random.Bytes(900));
        await bench.BackUpAsync(kept, _random.Bytes(300));
        await bench.BackUpAsync(other);
        await bench.ForgetAsync(first);
        await bench.ForgetAsync(second);
        return bench;
    }
}
