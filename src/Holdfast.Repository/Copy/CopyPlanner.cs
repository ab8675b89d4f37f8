using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Finds out what a copy of snapshots to another repository takes: which are there already, which need something that
/// cannot be read, and which blobs of the others the destination lacks. Changes nothing.
/// </summary>
public sealed class CopyPlanner(IndexedRepository source, IndexedRepository destination, StageProgress progress)
{
    /// <summary>Refuses to copy a repository into itself, before anything is locked or loaded.</summary>
    /// <exception cref="BackupException">Kind Refused.</exception>
    public static void RequireTwo(OpenRepository source, OpenRepository destination)
    {
        if (source.Config.Id == destination.Config.Id)
        {
            throw new BackupException(
                BackupErrorKind.Refused,
                $"{source.Backend.Location} and {destination.Backend.Location} are the same repository, or one is a plain copy of the other's files: "
                + "make another with `holdfast init` to copy into");
        }
    }

    /// <exception cref="BackupException"/>
    public async Task<CopyPlan> PlanAsync(IReadOnlyList<StoredSnapshot> chosen, CancellationToken cancellation)
    {
        RequireTwo(source.Repository, destination.Repository);
        progress.Begin("comparing snapshots", 0);
        var known = new KnownCopies(
            await destination.Repository.ListSnapshotsAsync(e => progress.Note(e.Message), cancellation).ConfigureAwait(false));
        List<CopiedSnapshot> there = [.. chosen.Select(s => (Source: s, Copy: known.Find(s))).Where(p => p.Copy is not null).Select(p => new CopiedSnapshot(p.Source, p.Copy!.Id))];
        HashSet<SnapshotId> done = [.. there.Select(p => p.Source.Id)];
        List<StoredSnapshot> wanted = [.. chosen.Where(s => !done.Contains(s.Id)).OrderBy(s => s.Snapshot.Time)];
        if (wanted.Count > 0 && source.Repository.Config.Polynomial != destination.Repository.Config.Polynomial)
        {
            progress.Note(
                "the two repositories cut content at different places, so that what both back up by themselves is stored twice in the copy; "
                + "`holdfast init --copy-chunker-params --from-repo` makes a destination that cuts as the source does");
        }

        (UsedBlobs used, List<StoredSnapshot> whole, List<DamagedSnapshot> damaged) = await WalkAsync(wanted, cancellation).ConfigureAwait(false);
        return Choose(used, whole, damaged, there);
    }

    /// <summary>What the snapshots need. Those that miss something are left out, and what only they need with them.</summary>
    private async Task<(UsedBlobs Used, List<StoredSnapshot> Whole, List<DamagedSnapshot> Damaged)> WalkAsync(
        List<StoredSnapshot> wanted, CancellationToken cancellation)
    {
        var whole = wanted.FindAll(s => s.Snapshot.Tree is not null);
        List<DamagedSnapshot> damaged = [.. wanted.Where(s => s.Snapshot.Tree is null).Select(s => new DamagedSnapshot(s, "/"))];
        var lost = new ConcurrentDictionary<BlobHandle, bool>();
        while (true)
        {
            int before = lost.Count;
            progress.Begin("walking trees", 0);
            var used = new UsedBlobs(source, blob => lost.TryAdd(blob, true));
            await used.AddAsync(whole, progress, cancellation).ConfigureAwait(false);
            if (lost.Count == before)
            {
                return (used, whole, damaged);
            }

            (whole, List<DamagedSnapshot> found) = await new DamageTrace(source, lost.ContainsKey).DivideAsync(whole, cancellation).ConfigureAwait(false);
            damaged.AddRange(found);
        }
    }

    /// <summary>The blobs that the destination lacks, by the pack in which the first place of each lies.</summary>
    private CopyPlan Choose(UsedBlobs used, List<StoredSnapshot> whole, List<DamagedSnapshot> damaged, List<CopiedSnapshot> there)
    {
        progress.Begin("comparing blobs", 0);
        PackContents contents = source.Index.ByPack();
        var lacking = new EntryBits(source.Index.Count);
        var packs = new List<PackId>();
        long blobs = 0, bytes = 0;
        foreach (PackId pack in contents.Packs)
        {
            long before = blobs;
            foreach (int number in contents.NumbersOf(pack))
            {
                if (used.Contains(number) && source.Index.Entry(number) is var entry && !destination.Index.Contains(entry.Blob))
                {
                    lacking.TrySet(number);
                    blobs++;
                    bytes += entry.Location.Length;
                }
            }

            if (blobs > before)
            {
                packs.Add(pack);
            }
        }

        return new(source, destination, progress, new(contents, lacking, packs), whole)
        {
            There = there, Damaged = damaged, Blobs = blobs, Bytes = bytes,
        };
    }
}
