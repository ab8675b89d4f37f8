using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Changing and removing snapshots. Only under an exclusive lock: others may be reading what goes.</summary>
public sealed partial class OpenRepository
{
    /// <summary>
    /// Stores a snapshot with the tags, marks, tree, time, host and totals of <paramref name="changed"/> in place of the old
    /// one; everything else stays as it was. Its id is another afterwards.
    /// </summary>
    /// <exception cref="BackupException">One of the two is there, or both: the next change removes the old one then.</exception>
    public async Task<StoredSnapshot> ReplaceSnapshotAsync(StoredSnapshot old, Snapshot changed, CancellationToken cancellation)
    {
        await RequireLockAsync(cancellation).ConfigureAwait(false);
        changed = changed with
        {
            Original = old.Snapshot.Original ?? old.Id,
            Marks = (changed.Marks ?? new()) with { Replaces = old.Id },
        };
        ReadOnlyMemory<byte> document = await LoadUnpackedAsync(SnapshotRewrite.File(old.Id), cancellation).ConfigureAwait(false);
        byte[] edited = SnapshotRewrite.Edit(document, old.Snapshot, changed);
        var id = new SnapshotId(await SaveUnpackedAsync(FileType.Snapshot, edited, cancellation).ConfigureAwait(false));

        // D12: the new one is durable; only now the old one goes.
        await Backend.RemoveAsync(SnapshotRewrite.File(old.Id), cancellation).ConfigureAwait(false);
        return new(id, changed);
    }

    /// <summary>Stores a snapshot made of another, which stays. What is not changed is as in the other one.</summary>
    internal async Task<StoredSnapshot> SaveChangedAsync(StoredSnapshot old, Snapshot changed, CancellationToken cancellation)
    {
        changed = changed with { Original = old.Id, Marks = changed.Marks is { } marks ? marks with { Replaces = null } : null };
        ReadOnlyMemory<byte> document = await LoadUnpackedAsync(SnapshotRewrite.File(old.Id), cancellation).ConfigureAwait(false);
        return new(await SaveDocumentAsync(SnapshotRewrite.Edit(document, old.Snapshot, changed), cancellation).ConfigureAwait(false), changed);
    }

    /// <summary>Removes a snapshot for good; its data goes with the next prune.</summary>
    /// <exception cref="BackupException"/>
    public async Task RemoveSnapshotAsync(SnapshotId id, CancellationToken cancellation)
    {
        await RequireLockAsync(cancellation).ConfigureAwait(false);
        await Backend.RemoveAsync(SnapshotRewrite.File(id), cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// All snapshots, oldest first, without those whose successor is stored already (D12): for commands that change snapshots.
    /// </summary>
    /// <param name="finish">Remove what is left out, which needs an exclusive lock; otherwise only leave it out.</param>
    public Task<List<StoredSnapshot>> ListForChangeAsync(bool finish, CancellationToken cancellation) =>
        ListForChangeAsync(finish, e => Options.Warn(e.Message), cancellation);

    /// <inheritdoc cref="ListForChangeAsync(bool, CancellationToken)"/>
    /// <param name="damaged">Told of every snapshot that cannot be read.</param>
    public async Task<List<StoredSnapshot>> ListForChangeAsync(bool finish, Action<BackupException> damaged, CancellationToken cancellation)
    {
        List<StoredSnapshot> all = await ListSnapshotsAsync(damaged, cancellation).ConfigureAwait(false);
        HashSet<SnapshotId> replaced = [.. SnapshotRewrite.Replaced(all).Select(s => s.Id)];
        foreach (SnapshotId id in finish ? replaced : [])
        {
            await RemoveSnapshotAsync(id, cancellation).ConfigureAwait(false);
        }

        all.RemoveAll(s => replaced.Contains(s.Id));
        return all;
    }

    private async Task RequireLockAsync(CancellationToken cancellation)
    {
        if (Held is { } hold)
        {
            await hold.RequireAsync(cancellation).ConfigureAwait(false);
        }
    }
}
