using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;

namespace Holdfast.Crash.Tests;

/// <content>What each does, as its command does it.</content>
internal sealed partial record Operation
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task ForgetAsync(OpenRepository repository, ForgetOptions options)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        List<StoredSnapshot> all = await repository.ListForChangeAsync(finish: true, Cancellation);
        await new ForgetRun(repository, new ForgetPlanner(options, World.Options.Time).Plan(all, all)).RunAsync(Cancellation);
    }

    private static async Task PinAsync(OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        StoredSnapshot newest = (await repository.ListForChangeAsync(finish: true, Cancellation))[^1];
        if (!newest.Snapshot.IsPinned(World.Options.Time.GetUtcNow()))
        {
            await repository.ReplaceSnapshotAsync(newest, newest.Snapshot.WithPin(new("a reason", null)), Cancellation);
        }
    }

    private static async Task PruneAsync(OpenRepository repository)
    {
        await using PrunePlan plan = await new PrunePlanner(repository, new() { MaxUnused = UnusedLimit.Bytes(0) }, new()).PlanAsync(Cancellation);
        await plan.ExecuteAsync(Cancellation);
    }

    private static async Task RepairIndexAsync(OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        await (await new IndexRepairPlanner(repository, readAllPacks: false, new()).PlanAsync(Cancellation)).ExecuteAsync(Cancellation);
    }

    private static async Task RepairPacksAsync(OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        var packs = (await repository.Backend.ListAllAsync(FileType.Pack)).Select(p => new PackId(Hash256.Parse(p.File.Name))).ToList();
        await (await new PackRepairPlanner(indexed, new()).PlanAsync(packs, Cancellation)).ExecuteAsync(Cancellation);
    }

    private static async Task RepairSnapshotsAsync(OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        await (await new IndexRepairPlanner(repository, readAllPacks: false, new()).PlanAsync(Cancellation)).ExecuteAsync(Cancellation);
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        await new SnapshotRepair(indexed, forget: true, dryRun: false, new()).RunAsync(await repository.ListSnapshotsAsync(null, Cancellation), Cancellation);
    }

    private static async Task CopyAsync(World world, OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: false, Cancellation);
        IndexedRepository source = await world.OpenOther().LoadIndexAsync(null, Cancellation), destination = await repository.LoadIndexAsync(null, Cancellation);
        List<StoredSnapshot> all = await source.Repository.ListSnapshotsAsync(null, Cancellation);
        await (await new CopyPlanner(source, destination, new()).PlanAsync(all, Cancellation)).ExecuteAsync(Cancellation);
    }

    private static async Task RewriteAsync(OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        List<StoredSnapshot> all = await repository.ListForChangeAsync(finish: true, Cancellation);
        var options = new RewriteOptions { Excludes = p => p.Contains("/file") && p[^1] is '1' or '3' or '5', MayExcludeBelow = _ => true, Forget = true };
        await new SnapshotRewriter(await repository.LoadIndexAsync(null, Cancellation), options, new()).RunAsync(all, all, Cancellation);
    }

    private static async Task MakeParityAsync(OpenRepository repository)
    {
        await repository.SaveParityAsync(World.Parity, Cancellation);
        await RepairParityAsync(repository);
    }

    private static async Task RepairParityAsync(OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        ParityRepairPlan plan = await new ParityRepairPlanner(indexed, World.Parity, new()).PlanAsync(Cancellation);
        if (await plan.ExecuteAsync(Cancellation) is { Count: > 0 } passedOver)
        {
            throw new BackupException(BackupErrorKind.Corrupt, $"{passedOver.Count} packs could not be read, and have no parity");
        }
    }

    private static async Task CorrectAsync(OpenRepository repository)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
        var options = new CheckOptions(PackSubset.All) { Corrects = true, Notes = true };
        CheckReport report = await new Checker(await repository.LoadIndexAsync(null, Cancellation), options, new()).RunAsync(Cancellation);
        if (report.Errors > 0)
        {
            throw BackupException.Corrupt("damage is left, and the command ends with an error");
        }
    }

    /// <summary>From a copy of the repository; then the index forgets the pack that is lost, as the command advises.</summary>
    private static async Task HealAsync(World world, OpenRepository repository)
    {
        await using (await RepositoryLock.AcquireAsync(repository, exclusive: false, Cancellation))
        {
            IndexedRepository copy = await World.Open(await world.Image.InMemoryAsync()).LoadIndexAsync(null, Cancellation);
            IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
            HealReport report = await new Healer(indexed, new RepositorySource(copy), readData: true, dryRun: false, new()).RunAsync(Cancellation);
            if (!report.IsWhole)
            {
                throw BackupException.Corrupt("something could not be healed, and the command ends with an error");
            }
        }

        await RepairIndexAsync(repository);
    }

    private static async Task LockAsync(OpenRepository repository)
    {
        await using (await RepositoryLock.AcquireAsync(repository, exclusive: false, Cancellation))
        {
            await RepositoryLock.RemoveAsync(repository, all: false, Cancellation);
        }

        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
    }
}
