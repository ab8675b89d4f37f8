using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Makes new snapshots of others: without some files, or with another host or time. All new trees are durable before the
/// first snapshot is written; what cannot be read stops the run before. Needs an exclusive lock where the old ones go.
/// </summary>
public sealed class SnapshotRewriter(IndexedRepository repository, RewriteOptions options, StageProgress progress)
{
    /// <summary>The tag of a rewritten snapshot whose old one stays, as restic has it.</summary>
    private const string Tag = "rewrite";

    /// <summary>Rewrites snapshots; those in which nothing changes are not in the result.</summary>
    /// <param name="all">All snapshots, to find what an earlier run has done.</param>
    /// <exception cref="Backend.BackupException"/>
    public async Task<List<RewrittenSnapshot>> RunAsync(
        IReadOnlyList<StoredSnapshot> all, IReadOnlyList<StoredSnapshot> chosen, CancellationToken cancellation)
    {
        List<(StoredSnapshot Old, FilteredTree Tree)> pending = await FilterAsync(chosen, cancellation).ConfigureAwait(false);
        var rewritten = new List<RewrittenSnapshot>();
        progress.Begin("saving snapshots", pending.Count);
        foreach ((StoredSnapshot old, FilteredTree tree) in pending)
        {
            Snapshot changed = Change(old.Snapshot, tree);
            StoredSnapshot? earlier = all.FirstOrDefault(s => IsMadeOf(s.Snapshot, old, changed));
            if (earlier is not null && !options.Forget)
            {
                progress.Note($"snapshot {old.Id.Hash.ToShortString()} was rewritten already: {earlier.Id.Hash.ToShortString()}");
                continue;
            }

            SnapshotId? id = options.DryRun ? null : await SaveAsync(old, changed, earlier?.Id, cancellation).ConfigureAwait(false);
            rewritten.Add(new(old, id, tree.Files, tree.Bytes));
            progress.Advance();
        }

        return rewritten;
    }

    private async Task<List<(StoredSnapshot Old, FilteredTree Tree)>> FilterAsync(IReadOnlyList<StoredSnapshot> chosen, CancellationToken cancellation)
    {
        progress.Begin("walking trees", chosen.Count);
        BlobWriter? writer = options.DryRun ? null : repository.StartWriting();
        try
        {
            var filter = new TreeFilter(repository, writer, options, path => progress.Detail($"leaving out {PathText.Printable(path)}"));
            var pending = new List<(StoredSnapshot Old, FilteredTree Tree)>();
            foreach (StoredSnapshot stored in chosen)
            {
                TreeId root = stored.Snapshot.Tree ?? throw Backend.BackupException.Corrupt($"snapshot {stored.Id} has no tree: `holdfast repair snapshots` first");
                FilteredTree tree = await filter.RunAsync(root, cancellation).ConfigureAwait(false);
                if (tree.IsGone)
                {
                    progress.Note($"snapshot {stored.Id.Hash.ToShortString()} has nothing of what is to be kept: it stays as it is");
                }
                else if (tree.Id != root || (options.Host ?? stored.Snapshot.Hostname) != stored.Snapshot.Hostname || (options.Time ?? stored.Snapshot.Time) != stored.Snapshot.Time)
                {
                    pending.Add((stored, tree));
                }

                progress.Advance();
            }

            if (writer is not null)
            {
                await writer.CompleteAsync(cancellation).ConfigureAwait(false);
            }

            return pending;
        }
        finally
        {
            if (writer is not null)
            {
                await writer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private Snapshot Change(Snapshot old, FilteredTree tree) => old with
    {
        Tree = tree.Id,
        Hostname = options.Host ?? old.Hostname,
        Time = options.Time ?? old.Time,
        Tags = options.Forget || old.Tags?.Contains(Tag) == true ? old.Tags : [.. old.Tags ?? [], Tag],
        Summary = old.Summary is { } summary
            ? summary with { TotalFilesProcessed = summary.TotalFilesProcessed - tree.Files, TotalBytesProcessed = summary.TotalBytesProcessed - tree.Bytes }
            : null,
    };

    /// <summary>Whether a run before this one made it, and was stopped before the old one went, or let it stay.</summary>
    private bool IsMadeOf(Snapshot snapshot, StoredSnapshot old, Snapshot changed) =>
        (options.Forget ? snapshot.Marks?.Replaces : snapshot.Original) == old.Id
        && snapshot.Tree == changed.Tree && snapshot.Hostname == changed.Hostname && snapshot.Time == changed.Time;

    private async Task<SnapshotId> SaveAsync(StoredSnapshot old, Snapshot changed, SnapshotId? earlier, CancellationToken cancellation)
    {
        if (!options.Forget)
        {
            return (await repository.Repository.SaveChangedAsync(old, changed, cancellation).ConfigureAwait(false)).Id;
        }

        if (earlier is { } known)
        {
            await repository.Repository.RemoveSnapshotAsync(old.Id, cancellation).ConfigureAwait(false);
            return known;
        }

        // D16
        return (await repository.Repository.ReplaceSnapshotAsync(old, changed, cancellation).ConfigureAwait(false)).Id;
    }
}
