using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Makes new snapshots, without what is lost, of those that miss something. Needs an exclusive lock, and an index that is
/// true: repair that first.
/// </summary>
/// <param name="forget">Whether the damaged snapshots are removed.</param>
/// <param name="dryRun">Whether to say only what would be done.</param>
public sealed class SnapshotRepair(IndexedRepository repository, bool forget, bool dryRun, StageProgress progress)
{
    /// <summary>The tag of a repaired snapshot whose damaged one stays, as restic has it.</summary>
    private const string Tag = "repaired";

    /// <summary>Repairs snapshots; those that miss nothing are not in the result.</summary>
    /// <exception cref="BackupException">Kind Refused: the index names packs that are gone, so what is lost cannot be told.</exception>
    public async Task<List<RepairedSnapshot>> RunAsync(IReadOnlyList<StoredSnapshot> snapshots, CancellationToken cancellation)
    {
        await RequireTrueIndexAsync(cancellation).ConfigureAwait(false);
        List<SnapshotId> rescued = await SnapshotFileRescue.RunAsync(repository.Repository, snapshots, dryRun, progress, cancellation).ConfigureAwait(false);
        progress.Begin("walking trees", snapshots.Count);
        BlobWriter? writer = dryRun ? null : repository.StartWriting();
        try
        {
            var pending = new List<(StoredSnapshot Damaged, TreeId? Tree)>();
            var trees = new TreeRepair(repository, writer, progress.Note);
            foreach (StoredSnapshot stored in snapshots)
            {
                TreeId? tree = stored.Snapshot.Tree is { } root ? await trees.RunAsync(root, cancellation).ConfigureAwait(false) : null;
                if (tree is null || tree != stored.Snapshot.Tree)
                {
                    progress.Note($"snapshot {stored.Id.Hash.ToShortString()} of {stored.Snapshot.Time.ToLocalTime():yyyy-MM-dd HH:mm:ss}: {(tree is null ? "nothing of it is left" : "it misses something")}");
                    pending.Add((stored, tree));
                }

                progress.Advance();
            }

            if (writer is not null)
            {
                await writer.CompleteAsync(cancellation).ConfigureAwait(false);
            }

            List<RepairedSnapshot> repaired = await ReplaceAsync(pending, cancellation).ConfigureAwait(false);
            return [.. rescued.Except(repaired.Select(r => r.Damaged)).Select(id => new RepairedSnapshot(id, IsLost: false, id, IsForgotten: false)), .. repaired];
        }
        finally
        {
            if (writer is not null)
            {
                await writer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task RequireTrueIndexAsync(CancellationToken cancellation)
    {
        HashSet<PackId> there = [.. (await repository.Repository.Backend.ListAllAsync(FileType.Pack, cancellation).ConfigureAwait(false)).Select(p => new PackId(Hash256.Parse(p.File.Name)))];
        HashSet<PackId> gone = [.. repository.Index.NamedPacks().Where(p => !there.Contains(p))];
        if (gone.Count > 0)
        {
            throw new BackupException(
                BackupErrorKind.Refused,
                $"packs that the index names are not in the repository ({gone.Count}, such as {gone.First()}), so what is lost cannot be told: `holdfast repair index` comes first, and then what that says");
        }
    }

    private async Task<List<RepairedSnapshot>> ReplaceAsync(List<(StoredSnapshot Damaged, TreeId? Tree)> pending, CancellationToken cancellation)
    {
        var repaired = new List<RepairedSnapshot>();
        List<StoredSnapshot> all = pending.Count == 0 ? [] : await repository.Repository.ListSnapshotsAsync(_ => { }, cancellation).ConfigureAwait(false);
        foreach ((StoredSnapshot damaged, TreeId? tree) in pending)
        {
            // A run before this one may have been stopped between the two steps, or have kept the damaged snapshot.
            SnapshotId? replacement = all.Find(s => (s.Snapshot.Original == damaged.Id || s.Snapshot.Marks?.Replaces == damaged.Id) && s.Snapshot.Tree == tree)?.Id;
            if (replacement is { } known && !forget)
            {
                progress.Note($"snapshot {damaged.Id.Hash.ToShortString()} was repaired already: {known.Hash.ToShortString()} is without what is lost");
                continue;
            }

            if (!dryRun)
            {
                replacement = await SaveAsync(damaged, tree, replacement, cancellation).ConfigureAwait(false);
            }

            repaired.Add(new(damaged.Id, tree is null, replacement, forget));
        }

        return repaired;
    }

    private async Task<SnapshotId?> SaveAsync(StoredSnapshot damaged, TreeId? tree, SnapshotId? replacement, CancellationToken cancellation)
    {
        OpenRepository target = repository.Repository;
        if (tree is { } whole && replacement is null)
        {
            // D11: the new one is durable before the damaged one goes.
            Snapshot changed = damaged.Snapshot with { Tree = whole, Tags = forget ? damaged.Snapshot.Tags : [.. (damaged.Snapshot.Tags ?? []).Union([Tag])] };
            return forget
                ? (await target.ReplaceSnapshotAsync(damaged, changed, cancellation).ConfigureAwait(false)).Id
                : (await target.SaveChangedAsync(damaged, changed, cancellation).ConfigureAwait(false)).Id;
        }

        if (forget)
        {
            await target.RemoveSnapshotAsync(damaged.Id, cancellation).ConfigureAwait(false);
        }

        return replacement;
    }
}
