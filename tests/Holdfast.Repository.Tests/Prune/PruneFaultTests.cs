using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

/// <summary>A prune that fails at each of its calls in turn, and what it leaves.</summary>
public sealed class PruneFaultTests
{
    private readonly Random _random = Seeded.Random();

    public enum Fault
    {
        /// <summary>The call is not made.</summary>
        Fails,

        /// <summary>The call is made, and its caller told that it failed.</summary>
        ReplyLost,

        /// <summary>This call and all after it are not made: the process is gone.</summary>
        Dead,
    }

    [Theory]
    [InlineData(Fault.Fails)]
    [InlineData(Fault.ReplyLost)]
    [InlineData(Fault.Dead)]
    public async Task Nothing_is_lost_and_a_rerun_ends_clean(Fault fault)
    {
        int point = 0;
        for (bool reached = true; reached;)
        {
            PruneBench bench = await SampleAsync();
            var faulty = new FaultBackend(bench.Store);
            reached = await RunAsync(bench, faulty, fault, ++point);
            string when = $"{fault} at call {point}";
            await bench.ShouldBeWholeAsync(when);

            // The process is gone, and so is what it held.
            await RepositoryLock.RemoveAsync(TestRepository.Open(bench.Store), all: true, TestRepository.Cancellation);
            await bench.PruneAsync();
            await bench.ShouldBeWholeAsync(when + ", and a rerun");
            await using PrunePlan plan = await bench.PlanAsync();
            plan.IsEmpty.ShouldBeTrue(when);
        }

        point.ShouldBeGreaterThan(fault == Fault.ReplyLost ? 10 : 30);
        TestContext.Current.TestOutputHelper?.WriteLine($"{point - 1} fault points");
    }

    private static async Task<bool> RunAsync(PruneBench bench, FaultBackend faulty, Fault fault, int point)
    {
        int calls = 0;
        Task CountAsync(BackendCall _)
        {
            int call = Interlocked.Increment(ref calls);
            return call == point || (fault == Fault.Dead && call > point) ? throw FaultBackend.Failure() : Task.CompletedTask;
        }

        if (fault == Fault.ReplyLost)
        {
            faulty.Afterwards = CountAsync;
        }
        else
        {
            faulty.Script = CountAsync;
        }

        try
        {
            await bench.PruneAsync(through: faulty);
        }
        catch (BackupException)
        {
            // As scripted.
        }

        return calls >= point;
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
