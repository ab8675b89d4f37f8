using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Reads a copy back from where it lies: packs from the first byte to the last, each blob proven, and the trees of
/// snapshots. Changes nothing.
/// </summary>
/// <param name="destination">With an index that was read after the copy was made.</param>
public sealed class CopyVerifier(IndexedRepository destination, StageProgress progress)
{
    private readonly ConcurrentQueue<string> _damages = [];
    private readonly ConcurrentDictionary<BlobHandle, bool> _lost = new();

    /// <summary>What is wrong, sentence by sentence.</summary>
    /// <param name="packs">The packs to read; null for all that the snapshots need.</param>
    /// <param name="snapshots">Snapshots of the destination.</param>
    /// <exception cref="BackupException"/>
    public async Task<IReadOnlyCollection<string>> RunAsync(
        IReadOnlyCollection<BackendEntry>? packs, IReadOnlyCollection<SnapshotId> snapshots, CancellationToken cancellation)
    {
        List<StoredSnapshot> stored = await LoadAsync(snapshots, cancellation).ConfigureAwait(false);
        progress.Begin("walking trees of the copy", 0);
        var used = new UsedBlobs(destination, blob => _lost.TryAdd(blob, true));
        await used.AddAsync(stored, progress, cancellation).ConfigureAwait(false);
        PackContents contents = destination.Index.ByPack();
        await ReadAsync(packs ?? await FindPacksAsync(contents, used, cancellation).ConfigureAwait(false), contents, cancellation).ConfigureAwait(false);
        if (!_lost.IsEmpty)
        {
            (_, List<DamagedSnapshot> damaged) = await new DamageTrace(destination, _lost.ContainsKey).DivideAsync(stored, cancellation).ConfigureAwait(false);
            damaged.ForEach(d => _damages.Enqueue($"snapshot {d.Stored.Id.Hash.ToShortString()} of the copy is damaged: {Linux.PathText.Printable(d.Path)} cannot be read"));
        }

        return _damages;
    }

    private async Task<List<StoredSnapshot>> LoadAsync(IReadOnlyCollection<SnapshotId> snapshots, CancellationToken cancellation)
    {
        var stored = new List<StoredSnapshot>();
        foreach (SnapshotId id in snapshots)
        {
            try
            {
                stored.Add(await destination.Repository.LoadSnapshotAsync(id, cancellation).ConfigureAwait(false));
            }
            catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.NotFound)
            {
                _damages.Enqueue(e.Message);
            }
        }

        return stored;
    }

    private async Task<List<BackendEntry>> FindPacksAsync(PackContents contents, UsedBlobs used, CancellationToken cancellation)
    {
        Dictionary<PackId, long> listed = await PrunePlanner.ListPacksAsync(destination.Repository, cancellation).ConfigureAwait(false);
        var packs = new List<BackendEntry>();
        foreach (PackId pack in contents.Packs.Where(p => used.ContainsAny(contents.NumbersOf(p))))
        {
            // One that the listing lacks is read all the same, and found to be missing then.
            packs.Add(new(new(FileType.Pack, pack.ToString()), listed.GetValueOrDefault(pack)));
        }

        return packs;
    }

    private async Task ReadAsync(IReadOnlyCollection<BackendEntry> packs, PackContents contents, CancellationToken cancellation)
    {
        progress.Begin("reading back packs", packs.Count);
        var readers = new ConcurrentBag<PackReader>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(packs, parallel, async (pack, token) =>
        {
            PackReader reader = readers.TryTake(out PackReader? idle) ? idle : new(destination);
            List<PackEntry> expected = contents.EntriesOf(new(Hash256.Parse(pack.File.Name)));

            // Not as a pack of trees: the cache has those, and what lies in the repository is to be read.
            BackendEntry direct = pack with { File = pack.File with { HoldsTrees = false } };
            foreach (string problem in await reader.FindDamageAsync(direct, expected, blob => _lost.TryAdd(blob, true), token).ConfigureAwait(false))
            {
                _damages.Enqueue(problem);
            }

            readers.Add(reader);
            progress.Advance();
        }).ConfigureAwait(false);
        foreach (PackReader reader in readers)
        {
            reader.Dispose();
        }
    }
}
