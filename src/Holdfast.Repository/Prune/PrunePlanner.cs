using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Finds out, under a shared lock, what no snapshot needs, and plans how to be rid of it. Backups go on meanwhile: what the
/// plan says is looked at once more, under an exclusive lock, before anything is removed.
/// </summary>
public sealed class PrunePlanner(OpenRepository repository, PruneOptions options, StageProgress progress)
{
    /// <exception cref="BackupException">Kind Locked; or Corrupt: something is damaged, and the message says what to do first.</exception>
    public async Task<PrunePlan> PlanAsync(CancellationToken cancellation)
    {
        var reserve = new Reserve(repository.Backend, progress);
        RepositoryLock? hold = options.WithoutLock
            ? null
            : await reserve.WithRoomAsync(() => RepositoryLock.AcquireAsync(repository, exclusive: false, cancellation), cancellation).ConfigureAwait(false);
        try
        {
            return await hold.RunAsync(token => PlanAsync(hold, reserve, token), cancellation).ConfigureAwait(false);
        }
        catch
        {
            if (hold is not null)
            {
                await hold.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private async Task<PrunePlan> PlanAsync(RepositoryLock? hold, Reserve reserve, CancellationToken cancellation)
    {
        // In this order, against the one in which a backup beside us writes: what a snapshot needs is in an index by then,
        // and what an index names is there.
        progress.Begin("loading snapshots", 0);
        List<StoredSnapshot> snapshots = await ListSnapshotsAsync(repository, cancellation).ConfigureAwait(false);
        progress.Begin("loading indexes", 0);
        HashSet<BackendFile> indexes = [.. (await repository.Backend.ListAllAsync(FileType.Index, cancellation).ConfigureAwait(false)).Select(i => i.File)];
        IndexedRepository indexed = await LoadIndexAsync(cancellation).ConfigureAwait(false);
        progress.Begin("listing packs", 0);
        Dictionary<PackId, long> listed = await ListPacksAsync(repository, cancellation).ConfigureAwait(false);

        var used = new UsedBlobs(indexed);
        progress.Begin("walking trees in use", 0);
        await used.AddAsync(snapshots, progress, cancellation).ConfigureAwait(false);

        progress.Begin("finding what is used of each pack", 0);
        var statistics = new PruneStatistics();
        PackContents contents = indexed.Index.ByPack();
        var survey = new PackSurvey(indexed, contents, used, statistics);
        List<PackUse> packs = await survey.RunAsync(listed, progress, cancellation).ConfigureAwait(false);
        packs.ForEach(Require);
        HashSet<PackId> missing = [.. packs.Where(p => p.ListedSize is null).Select(p => p.Id)];
        await RequireGoneAsync(repository, missing, cancellation).ConfigureAwait(false);

        var choice = new PackChoice(Limited(reserve), repository.Config.CanCompress, statistics);
        foreach (PackUse pack in packs.Where(p => p.ListedSize is null))
        {
            statistics.Remove += new PruneCount(pack.Unused, pack.UnusedBytes);
        }

        choice.Decide([.. packs.Where(p => p.ListedSize is not null)]);
        HashSet<PackId> unindexed = [.. listed.Keys.Where(p => !contents.Contains(p))];
        statistics.UnreferencedPacks = unindexed.Count;
        statistics.UnreferencedBytes = unindexed.Sum(p => listed[p]);
        var scope = new PruneScope(snapshots, indexes, used, survey.Chosen, indexed.Index.Count, choice.Remove, choice.Repack, unindexed, missing);
        return new(indexed, options, statistics, progress, scope, new(indexed, contents, survey.Chosen, options), reserve, hold);
    }

    /// <summary>All snapshots, each of which must be readable: what a damaged one needs would be taken for unused.</summary>
    internal static async Task<List<StoredSnapshot>> ListSnapshotsAsync(OpenRepository repository, CancellationToken cancellation)
    {
        // Before and after: a copy under way, or somebody who moves it, makes the folder come and go.
        await RequireSnapshotFolderAsync(repository, cancellation).ConfigureAwait(false);
        List<StoredSnapshot> snapshots = await LoadSnapshotsAsync(repository, cancellation).ConfigureAwait(false);
        await RequireSnapshotFolderAsync(repository, cancellation).ConfigureAwait(false);
        return snapshots;
    }

    internal static async Task<Dictionary<PackId, long>> ListPacksAsync(OpenRepository repository, CancellationToken cancellation) =>
        (await repository.Backend.ListAllAsync(FileType.Pack, cancellation).ConfigureAwait(false))
            .ToDictionary(p => new PackId(Hash256.Parse(p.File.Name)), p => p.Size);

    /// <summary>Makes sure that packs which a listing left out are really gone: a listing may be cut short, and look whole.</summary>
    /// <exception cref="BackupException">Kind Unreachable.</exception>
    internal static async Task RequireGoneAsync(OpenRepository repository, IEnumerable<PackId> packs, CancellationToken cancellation)
    {
        foreach (PackId pack in packs)
        {
            if (await repository.Backend.FindSizeAsync(new(FileType.Pack, pack.ToString()), cancellation).ConfigureAwait(false) is not null)
            {
                throw new BackupException(
                    BackupErrorKind.Unreachable, $"the list of packs at {repository.Backend.Location} is not complete: pack {pack} is there and not in it; nothing is changed, run again", isTransient: true);
            }
        }
    }

    /// <summary>A listing of a folder that is not there looks like one of no snapshots, and then everything would go.</summary>
    private static async Task RequireSnapshotFolderAsync(OpenRepository repository, CancellationToken cancellation)
    {
        if (!await repository.Backend.HasPlaceAsync(FileType.Snapshot, cancellation).ConfigureAwait(false))
        {
            throw BackupException.Corrupt(
                $"nothing is removed: the folder `snapshots` is missing in the repository at {repository.Backend.Location}; bring it back "
                + "or let the copy come to its end, or make it anew, empty, if there is no snapshot to be kept");
        }
    }

    private static async Task<List<StoredSnapshot>> LoadSnapshotsAsync(OpenRepository repository, CancellationToken cancellation)
    {
        try
        {
            return await repository.ListSnapshotsAsync(null, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            throw BackupException.Corrupt(
                $"nothing is removed while a snapshot cannot be read, because nobody knows what it needs: {e.Message}; "
                + "fetch that file from a copy of the repository, or give the snapshot up with `holdfast repair snapshots --forget ID`", e);
        }
    }

    private async Task<IndexedRepository> LoadIndexAsync(CancellationToken cancellation)
    {
        try
        {
            return await repository.LoadIndexAsync(null, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            throw BackupException.Corrupt($"nothing is removed while an index cannot be read: {e.Message}; `holdfast repair index` mends it", e);
        }
    }

    /// <summary>What lies in a pack counts only where the pack is there, and as long as the index has it.</summary>
    private static void Require(PackUse pack)
    {
        if (pack.Used == 0 || pack.ListedSize == pack.IndexedSize)
        {
            return;
        }

        throw BackupException.Corrupt(pack.ListedSize is { } size
            ? $"nothing is removed: pack {pack.Id} has {size} bytes, and by the index it has {pack.IndexedSize}; `holdfast repair index` reads what is in it"
            : $"nothing is removed: pack {pack.Id} is missing, and snapshots need what was in it; `holdfast check` names what is lost, and `holdfast repair index` "
                + "and then `holdfast repair snapshots` make snapshots without it");
    }

    /// <summary>On a full disk, no more is written than fits into what the reserve gave.</summary>
    private PruneOptions Limited(Reserve reserve) =>
        options.RecoverWithoutSpace ? options with { MaxRepackBytes = 0 }
        : reserve.GivenUp > 0 ? options with { MaxRepackBytes = Math.Min(options.MaxRepackBytes, reserve.GivenUp / 2) }
        : options;
}
