using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Crash.Tests;

/// <summary>Something that changes a repository, as a command does it, lock and all.</summary>
internal sealed partial record Operation(string Name, Func<World, OpenRepository, Task> RunAsync)
{
    internal static IReadOnlyList<Operation> All { get; } =
    [
        new("backup", (world, repository) => world.BackUpAsync(repository)) { IsDone = HasNewest },
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
        new("copy", CopyAsync) { IsDone = HasNewest },
        new("rewrite", (_, repository) => RewriteAsync(repository))
        {
            ChangesTrees = true, IsDone = all => all.Select(s => s.Snapshot.Time).Distinct().Count() == all.Count,
        },
        new("lock", (_, repository) => LockAsync(repository)),
        new("parity", (_, repository) => MakeParityAsync(repository)) { Leaves = HasAllParity },
        new("repair parity", (_, repository) => RepairParityAsync(repository))
        {
            HasParity = true, Prepare = WithWrongParity, StartsDamaged = true, Leaves = HasAllParity,
        },
        new("check --correct", (_, repository) => CorrectAsync(repository)) { HasParity = true, Prepare = WithFlippedBits, StartsDamaged = true },
        new("repair heal", HealAsync) { Prepare = WithLostPack, StartsDamaged = true },
        new("backup with parity", (world, repository) => world.BackUpAsync(repository)) { HasParity = true, IsDone = HasNewest },
        new("prune with parity", (_, repository) => PruneAsync(repository)) { HasParity = true, Prepare = WithoutOldest },
    ];

    /// <summary>What is done to the repository before, or happens to it.</summary>
    internal Func<RepositoryImage, RepositoryImage> Prepare { get; init; } = image => image;

    /// <summary>The snapshots that must be there whatever happens.</summary>
    internal Func<List<StoredSnapshot>, IEnumerable<StoredSnapshot>> Promise { get; init; } = all => all;

    /// <summary>What is true where it says that it succeeded.</summary>
    internal Func<List<StoredSnapshot>, bool> IsDone { get; init; } = _ => true;

    /// <summary>What is true of the files then.</summary>
    internal Func<RepositoryImage, bool> Leaves { get; init; } = _ => true;

    /// <summary>Whether the packs have parity before.</summary>
    internal bool HasParity { get; init; }

    /// <summary>Until it has succeeded, the repository need only be no worse than it was.</summary>
    internal bool StartsDamaged { get; init; }

    /// <summary>A promised snapshot is known by its time alone.</summary>
    internal bool ChangesTrees { get; init; }

    /// <summary>The repository as the operation finds it.</summary>
    internal async Task<RepositoryImage> PrepareAsync(World world) => Prepare(HasParity ? await world.WithParityAsync() : world.Image);

    public override string ToString() => Name;

    private static bool HasNewest(List<StoredSnapshot> all) => all.Exists(s => s.Snapshot.Time.Year == 2026 && s.Snapshot.Time.Month == 4);

    private static bool HasAllParity(RepositoryImage image) => NamesOf(image, FileType.Parity).SetEquals(NamesOf(image, FileType.Pack));

    private static HashSet<string> NamesOf(RepositoryImage image, FileType type) => [.. image.FilesOf(type).Select(f => f.Name)];

    private static RepositoryImage WithoutOldest(RepositoryImage image) => image.Without(image.FilesOf(FileType.Snapshot)[0]);

    private static RepositoryImage WithBrokenHeader(RepositoryImage image) => image.With(image.FilesOf(FileType.Pack)[0], pack => pack[^10] ^= 1);

    /// <summary>Without the largest pack, which holds content: with a pack of trees, all of a snapshot may be lost.</summary>
    private static RepositoryImage WithLostPack(RepositoryImage image) => image.Without(image.FilesOf(FileType.Pack).MaxBy(p => image[p].Length));

    private static RepositoryImage WithFlippedBits(RepositoryImage image) =>
        image.With(image.FilesOf(FileType.Pack).MaxBy(p => image[p].Length), pack => pack[pack.Length / 2] ^= 0x55);

    /// <summary>One pack has no parity, one a damaged one, and one parity has no pack.</summary>
    private static RepositoryImage WithWrongParity(RepositoryImage image)
    {
        BackendFile[] parities = image.FilesOf(FileType.Parity);
        return image.Without(parities[0]).With(parities[1], p => p[^1] ^= 1).With(new(FileType.Parity, new('a', 64)), [1, 2, 3]);
    }
}
