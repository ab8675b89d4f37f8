using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;

namespace Holdfast.Crash.Tests;

/// <summary>
/// Runs each operation once for every call that it makes and for every way in which a call can go wrong. Each time the
/// promises must hold, and the operation, run once more, must succeed.
/// </summary>
public abstract class CrashTests
{
    /// <summary>Each operation on some repositories; few of them by default.</summary>
    private protected static TheoryData<string, int> CasesFor(int seeds, int soakSeeds)
    {
        var cases = new TheoryData<string, int>();
        foreach (Operation operation in Operation.All)
        {
            for (int seed = 1; seed <= (CrashReport.IsSoak ? soakSeeds : seeds); seed++)
            {
                cases.Add(operation.Name, seed);
            }
        }

        return cases;
    }

    private protected static async Task ReplayAsync(Level level, string name, int seed)
    {
        Operation operation = Operation.All.Single(o => o.Name == name);
        using World world = await World.CreateAsync(seed, level.LargeFile);
        RepositoryImage image = await operation.PrepareAsync(world);
        Promises promises = await Promises.OfAsync(operation, image);
        int points = 0;
        foreach (Fault fault in level.Faults)
        {
            for (int number = 1; ; number++, points++)
            {
                var point = new FaultPoint(fault, number);
                BackupException? failure = await TryAsync(operation, world, await level.BeginAsync(image, point));
                RepositoryImage after = await level.EndAsync();
                if (!point.IsReached)
                {
                    failure.ShouldBeNull($"{name}, seed {seed}: without any fault");
                    break;
                }

                bool hasSucceeded = failure is null;
                string when = $"{name}, seed {seed}, {point}";
                await promises.ShouldHoldAsync(after, hasSucceeded, when);
                await RerunAsync(operation, world, after, promises, $"{when}, and a rerun");
            }
        }

        points.ShouldBeGreaterThan(20);
        CrashReport.Add(level.GetType().Name, name, points);
    }

    /// <summary>Kills an operation at every tenth call, runs it again, and gives what is there then.</summary>
    private protected static async IAsyncEnumerable<RepositoryImage> KillAndRerunAsync(Level level, Operation operation)
    {
        using World world = await World.CreateAsync(seed: 100);
        RepositoryImage image = await operation.PrepareAsync(world);
        Promises promises = await Promises.OfAsync(operation, image);
        for (int number = 5; ; number += 10)
        {
            var point = new FaultPoint(Fault.Killed, number);
            await TryAsync(operation, world, await level.BeginAsync(image, point));
            RepositoryImage after = await level.EndAsync();
            if (!point.IsReached)
            {
                yield break;
            }

            yield return await RerunAsync(operation, world, after, promises, $"{operation.Name}, {point}, and a rerun");
        }
    }

    private protected static async Task<RepositoryImage> RerunAsync(Operation operation, World world, RepositoryImage after, Promises promises, string when)
    {
        MemoryBackend memory = await after.InMemoryAsync();

        // The process is gone, and what it held goes with it.
        await RepositoryLock.RemoveAsync(World.Open(memory), all: true, TestContext.Current.CancellationToken);
        await operation.RunAsync(world, World.Open(memory));
        RepositoryImage done = await RepositoryImage.OfAsync(memory);
        await promises.ShouldHoldAsync(done, hasSucceeded: true, when);
        return done;
    }

    private protected static async Task<BackupException?> TryAsync(Operation operation, World world, IBackend backend)
    {
        try
        {
            await operation.RunAsync(world, World.Open(backend));
            return null;
        }
        catch (BackupException e)
        {
            return e;
        }
    }
}
