using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;
using Holdfast.Repository.Tests;

namespace Holdfast.Crash.Tests;

/// <summary>Something that changes a repository, as a command does it, lock and all.</summary>
internal sealed record Operation(string Name, Func<World, OpenRepository, Task> RunAsync)
{
    internal static IReadOnlyList<Operation> All { get; } =
    [
        new("backup", (world, repository) => world.BackUpAsync(repository)) { IsDone = all => all.Exists(s => s.Snapshot.Time.Year == 2026 && s.Snapshot.Time.Month == 4) },
        new("forget", (_, repository) => ForgetAsync(repository, new() { Policy = new() { Last = 1 }, WithoutTrash = true }))
        {
            Promise = all => all.TakeLast(1), IsDone = all => all.Count == 1,
        },
        new("forget into the trash", (_, repository) => ForgetAsync(repository, new() { Policy = new() { Last = 1 } }))
        {
            IsDone = all => all.Count(s => !s.Snapshot.IsInTrash()) == 1,
        },
        new("pin", (_, repository) => PinAsync(repository)) { IsDone = all => all[^1].Snapshot.IsPinned(World.Options.Time.GetUtcNow()) },
        new("prune", (_, repository) => PruneAsync(repository)) { Prepare = WithoutOldest, Promise = all => all },
        new("repair index", (_, repository) => RepairIndexAsync(repository))
        {
            Prepare = image => image.Without(image.FilesOf(FileType.Index)[0]), StartsDamaged = true,
        },
        new("repair packs", (_, repository) => RepairPacksAsync(repository)) { Prepare = WithBrokenHeader, StartsDamaged = true },
        new("repair snapshots", (_, repository) => RepairSnapshotsAsync(repository)) { Prepare = WithLostPack, StartsDamaged = true, ChangesTrees = true },
        new("copy", CopyAsync) { IsDone = all => all.Exists(s => s.Snapshot.Time.Year == 2026 && s.Snapshot.Time.Month == 4) },
        new("rewrite", (_, repository) => RewriteAsync(repository))
        {
            ChangesTrees = true, IsDone = all => all.Select(s => s.Snapshot.Time).Distinct().Count() == all.Count,
        },
        new("lock", (_, repository) => LockAsync(repository)),
    ];

    /// <summary>What is done to the repository before, or happens to it.</summary>
    internal Func<RepositoryImage, RepositoryImage> Prepare { get; init; } = image => image;

    /// <summary>The snapshots that must be there whatever happens.</summary>
    internal Func<List<StoredSnapshot>, IEnumerable<StoredSnapshot>> Promise { get; init; } = all => all;

    /// <summary>What is true where it says that it succeeded.</summary>
    internal Func<List<StoredSnapshot>, bool> IsDone { get; init; } = _ => true;

    /// <summary>Until it has succeeded, the repository need only be no worse than it was.</summary>
    internal bool StartsDamaged { get; init; }

    /// <summary>A promised snapshot is known by its time alone.</summary>
    internal bool ChangesTrees { get; init; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public override string ToString() => Name;

    private static RepositoryImage WithoutOldest(RepositoryImage image) => image.Without(image.FilesOf(FileType.Snapshot)[0]);

    private static RepositoryImage WithBrokenHeader(RepositoryImage image) => image.With(image.FilesOf(FileType.Pack)[0], pack => pack[^10] ^= 1);

    /// <summary>Without the largest pack, which holds content: with a pack of trees, all of a snapshot may be lost.</summary>
    private static RepositoryImage WithLostPack(RepositoryImage image) => image.Without(image.FilesOf(FileType.Pack).MaxBy(p => image[p].Length));

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

    private static async Task LockAsync(OpenRepository repository)
    {
        await using (await RepositoryLock.AcquireAsync(repository, exclusive: false, Cancellation))
        {
            await RepositoryLock.RemoveAsync(repository, all: false, Cancellation);
        }

        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation);
    }
}
