using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Copy;

/// <summary>A copy that fails at each of its calls in turn, on either side, and what a rerun makes of it.</summary>
public sealed class CopyFaultTests
{
    private readonly Random _random = Seeded.Random();

    [Theory]
    [InlineData(Fault.Fails, true)]
    [InlineData(Fault.Killed, true)]
    [InlineData(Fault.Fails, false)]
    [InlineData(Fault.ReplyLost, false)]
    [InlineData(Fault.Killed, false)]
    public async Task A_rerun_ends_complete(Fault fault, bool inSource)
    {
        int number = 0;
        for (FaultPoint? point = null; point?.IsReached != false;)
        {
            CopyBench bench = await SampleAsync();
            point = new FaultPoint(fault, ++number);
            await RunAsync(bench, point, inSource);
            string when = $"{point} of the {(inSource ? "source" : "destination")}";

            // D15: whatever is there by now is whole.
            IndexedRepository target = await bench.TargetAsync();
            var damages = new List<string>();
            await new Checker(target, new(PackSubset.All), new() { OnNote = damages.Add }).RunAsync(TestRepository.Cancellation);
            damages.ShouldBeEmpty(when);

            foreach (IBackend side in (IBackend[])[bench.Source.Store, bench.Target])
            {
                foreach (BackendEntry left in await side.ListAllAsync(FileType.Lock))
                {
                    await side.RemoveAsync(left.File, TestRepository.Cancellation); // the process is gone, and so is what it held
                }
            }

            (await bench.CopyAsync()).Damaged.ShouldBeEmpty(when);
            await bench.ShouldBeCompleteAsync(when);
            (await bench.PlanAsync()).Snapshots.ShouldBeEmpty(when);
        }

        number.ShouldBeGreaterThan(fault == Fault.ReplyLost ? 6 : 12);
        TestContext.Current.TestOutputHelper?.WriteLine($"{number - 1} fault points");
    }

    private static async Task RunAsync(CopyBench bench, FaultPoint point, bool inSource)
    {
        var faulty = new PointedBackend(inSource ? bench.Source.Store : bench.Target, point);
        try
        {
            await LockedCopyAsync(bench, inSource ? faulty : bench.Source.Store, inSource ? bench.Target : faulty);
        }
        catch (BackupException)
        {
            // As scripted.
        }
    }

    /// <summary>As the command does it: both under a shared lock.</summary>
    private static async Task LockedCopyAsync(CopyBench bench, IBackend from, IBackend into)
    {
        IndexedRepository source = await bench.SourceAsync(from), target = await bench.TargetAsync(into);
        await using RepositoryLock held = await RepositoryLock.AcquireAsync(source.Repository, exclusive: false, TestRepository.Cancellation);
        await using RepositoryLock alsoHeld = await RepositoryLock.AcquireAsync(target.Repository, exclusive: false, TestRepository.Cancellation);
        List<StoredSnapshot> all = await source.Repository.ListSnapshotsAsync(null, TestRepository.Cancellation);
        CopyPlan plan = await new CopyPlanner(source, target, new()).PlanAsync(all, TestRepository.Cancellation);
        await plan.ExecuteAsync(TestRepository.Cancellation);
    }

    private async Task<CopyBench> SampleAsync()
    {
        var bench = new CopyBench();
        byte[] shared = _random.Bytes(900);
        await bench.Source.BackUpAsync(shared, _random.Bytes(900));
        await bench.Source.BackUpAsync(_random.Bytes(900));
        await bench.Source.BackUpAsync(shared, _random.Bytes(300));
        return bench;
    }
}
