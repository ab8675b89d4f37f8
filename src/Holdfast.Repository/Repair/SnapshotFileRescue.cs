using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Writes snapshot files again that are damaged in the repository, and whole in the cache of this machine: no other machine can read them.</summary>
internal static class SnapshotFileRescue
{
    /// <summary>Those that were damaged.</summary>
    /// <exception cref="BackupException"/>
    internal static async Task<List<SnapshotId>> RunAsync(
        OpenRepository repository, IEnumerable<StoredSnapshot> snapshots, bool dryRun, StageProgress progress, CancellationToken cancellation)
    {
        var rescued = new List<SnapshotId>();
        foreach (StoredSnapshot stored in repository.Backend is CacheBackend ? snapshots : [])
        {
            var cache = (CacheBackend)repository.Backend;
            BackendFile file = SnapshotRewrite.File(stored.Id);
            if (cache.FindCopy(file) is not { } copy || Hash256.Of(copy) != stored.Id.Hash
                || await IsWholeAsync(cache.Inner, file, cancellation).ConfigureAwait(false))
            {
                continue;
            }

            progress.Note($"{file} cannot be read whole, and the cache of this machine can: it {(dryRun ? "would be" : "is")} written again");
            if (!dryRun)
            {
                await cache.SaveAsync(file, copy, cancellation).ConfigureAwait(false);
            }

            rescued.Add(stored.Id);
        }

        return rescued;
    }

    private static async Task<bool> IsWholeAsync(IBackend backend, BackendFile file, CancellationToken cancellation)
    {
        try
        {
            return Hash256.Of(await backend.ReadAllAsync(file, Limits.Unpacked, cancellation).ConfigureAwait(false)).ToString() == file.Name;
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unreachable)
        {
            return false; // a bad sector is no better than damage
        }
    }
}
