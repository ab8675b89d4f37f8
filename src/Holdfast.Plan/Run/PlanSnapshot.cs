using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Plan;

/// <summary>A plan's last snapshot, and its inventory.</summary>
internal sealed record PlanSnapshot(StoredSnapshot Stored, Manifest Manifest)
{
    /// <summary>
    /// The newest snapshot of a plan on a host, and its manifest; null for none. The tag finds it and the manifest proves it: anybody may
    /// give a snapshot that tag, and one without an inventory to compare with would let everything pass.
    /// </summary>
    /// <param name="until">Newer ones do not count.</param>
    internal static async Task<PlanSnapshot?> FindAsync(
        IndexedRepository repository, string plan, string host, DateTimeOffset until, IReadOnlyList<StoredSnapshot> all, CancellationToken cancellation)
    {
        foreach (StoredSnapshot stored in all.Reverse().Where(s =>
            !s.Snapshot.IsInTrash() && s.Snapshot.Hostname == host && s.Snapshot.Time <= until && s.Snapshot.HasTags([plan])))
        {
            try
            {
                if (stored.Snapshot.Tree is { } tree && await Manifest.FindAsync(repository, tree, cancellation).ConfigureAwait(false) is { } manifest && manifest.Plan == plan)
                {
                    return new(stored, manifest);
                }
            }
            catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unsupported or BackupErrorKind.NotFound)
            {
                repository.Repository.Options.Warn($"snapshot {stored.Id.Hash.ToShortString()} cannot be compared with: {e.Message}");
            }
        }

        return null;
    }
}
