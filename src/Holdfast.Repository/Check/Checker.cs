using System.Collections.Concurrent;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Finds damage: packs against the index, then, where asked for, every byte of packs, then every tree and file of every
/// snapshot, so that what a damage means can be said in names. Changes nothing.
/// </summary>
public sealed class Checker(IndexedRepository repository, CheckOptions options, CheckProgress progress)
{
    private readonly ConcurrentDictionary<PackId, bool> _brokenPacks = new();
    private readonly ConcurrentDictionary<BlobHandle, bool> _damagedBlobs = new();
    private readonly HashSet<TreeId> _visited = [];
    private int _errors;
    private bool _indexIsBroken;

    private OpenRepository Repository => repository.Repository;

    /// <exception cref="BackupException">The repository cannot be listed at all.</exception>
    public async Task<CheckReport> RunAsync(CancellationToken cancellation)
    {
        PackContents byPack = repository.Index.ByPack();
        List<BackendEntry> packs = await ListPacksAsync(cancellation).ConfigureAwait(false);
        int unused = ComparePacks(packs, byPack);
        if (options.ReadData is { } subset)
        {
            await ReadPacksAsync(subset.Choose(packs), byPack, cancellation).ConfigureAwait(false);
        }

        await CheckSnapshotsAsync(cancellation).ConfigureAwait(false);
        return new(_errors, [.. _brokenPacks.Keys], unused, _indexIsBroken);
    }

    private async Task<List<BackendEntry>> ListPacksAsync(CancellationToken cancellation)
    {
        progress.Begin("listing packs", 0);
        var packs = new List<BackendEntry>();
        await foreach (BackendEntry pack in Repository.Backend.ListAsync(FileType.Pack, cancellation).ConfigureAwait(false))
        {
            packs.Add(pack);
            progress.Advance();
        }

        return packs;
    }

    /// <summary>Compares which packs there are, and how long, with what the index says; returns the number of packs it does not know.</summary>
    private int ComparePacks(List<BackendEntry> packs, PackContents byPack)
    {
        Dictionary<PackId, long> sizes = packs.ToDictionary(p => new PackId(Hash256.Parse(p.File.Name)), p => p.Size);
        var lost = new List<PackEntry>();
        foreach (PackId id in byPack.Packs)
        {
            List<PackEntry> entries = byPack.EntriesOf(id);
            long expected = entries.Max(End);
            if (!sizes.TryGetValue(id, out long size))
            {
                Broken(id, $"pack {id} is missing, but the index needs it");
                lost.AddRange(entries);
            }
            else if (size < expected + PackHeader.LengthField + Sealer.Overhead)
            {
                Broken(id, $"pack {id} is truncated: it has {size} bytes, and the index needs more than {expected}");
                lost.AddRange(entries.Where(e => End(e) > size));
            }
        }

        lost.ForEach(MarkUnlessElsewhere);
        int unused = sizes.Keys.Count(id => !byPack.Contains(id));
        if (unused > 0)
        {
            progress.OnHint?.Invoke($"{unused} packs are in no index: interrupted runs left them, and they do no harm");
        }

        return unused;
    }

    private static long End(PackEntry entry) => entry.Location.Offset + (long)entry.Location.Length;

    private void MarkUnlessElsewhere(PackEntry entry)
    {
        if (repository.Index.FindAll(entry.Blob).All(place => _brokenPacks.ContainsKey(place.Pack)))
        {
            _damagedBlobs.TryAdd(entry.Blob, true);
        }
    }

    private async Task ReadPacksAsync(List<BackendEntry> packs, PackContents byPack, CancellationToken cancellation)
    {
        progress.Begin("reading packs", packs.Count);
        var readers = new ConcurrentBag<PackReader>();
        var lost = new ConcurrentBag<BlobHandle>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(packs, parallel, async (pack, token) =>
        {
            var id = new PackId(Hash256.Parse(pack.File.Name));
            if (byPack.Contains(id))
            {
                PackReader reader = readers.TryTake(out PackReader? used) ? used : new(repository);
                List<string> problems = await reader.FindDamageAsync(pack, byPack.EntriesOf(id), lost.Add, token).ConfigureAwait(false);
                problems.ForEach(problem => Broken(id, problem));
                readers.Add(reader);
            }

            progress.Advance();
        }).ConfigureAwait(false);
        foreach (PackReader reader in readers)
        {
            reader.Dispose();
        }

        foreach (BlobHandle blob in lost)
        {
            MarkUnlessElsewhere(new(blob, default));
        }
    }

    private async Task CheckSnapshotsAsync(CancellationToken cancellation)
    {
        List<StoredSnapshot> snapshots = await Repository.ListSnapshotsAsync(e => Error(e.Message), cancellation).ConfigureAwait(false);
        progress.Begin("checking snapshots and trees", snapshots.Count);
        foreach (StoredSnapshot stored in snapshots)
        {
            if (stored.Snapshot.Tree is { } root)
            {
                await CheckTreesAsync(stored, root, cancellation).ConfigureAwait(false);
            }
            else
            {
                Error($"snapshot {stored.Id} has no tree");
            }

            progress.Advance();
        }
    }

    /// <summary>Checks a tree and all below it, each tree once. The stack is explicit: trees may nest deeper than calls can.</summary>
    private async Task CheckTreesAsync(StoredSnapshot stored, TreeId root, CancellationToken cancellation)
    {
        var open = new Stack<(TreeId Id, string Path)>();
        open.Push((root, string.Empty));
        while (open.TryPop(out (TreeId Id, string Path) at))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!_visited.Add(at.Id))
            {
                continue;
            }

            try
            {
                foreach (Node node in await repository.LoadTreeAsync(at.Id, cancellation).ConfigureAwait(false))
                {
                    CheckNode(stored, node, at.Path);
                    if (node is { Type: NodeType.Dir, Subtree: { } subtree })
                    {
                        open.Push((subtree, $"{at.Path}/{node.NameText}"));
                    }
                }
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
            {
                _indexIsBroken |= !repository.Index.Contains(at.Id);
                Error($"snapshot {stored.Id.Hash.ToShortString()}: all below {Shown(at.Path)} is lost: {e.Message}");
            }
        }
    }

    private void CheckNode(StoredSnapshot stored, Node node, string folder)
    {
        string Where() => $"snapshot {stored.Id.Hash.ToShortString()}: {Shown($"{folder}/{node.NameText}")}";
        if (node.Name.Length == 0 || node.Name.AsSpan().IndexOfAny((byte)'/', (byte)0) >= 0)
        {
            Error($"{Where()} has an impossible name");
        }

        if (node.Type == NodeType.Dir && node.Subtree is null)
        {
            Error($"{Where()} is a folder without a tree");
        }

        if (node.Type == NodeType.File)
        {
            CheckContent(Where, node);
        }
    }

    private void CheckContent(Func<string> where, Node node)
    {
        if (node.Content is null)
        {
            Error($"{where()} is a file without content");
            return;
        }

        int missing = 0;
        int damaged = 0;
        ulong size = 0;
        foreach (BlobId id in node.Content)
        {
            if (!repository.Index.TryFind(id, out BlobLocation place))
            {
                missing++;
                _indexIsBroken = true;
                continue;
            }

            size += place.PlainLength;
            damaged += _damagedBlobs.ContainsKey(id) ? 1 : 0;
        }

        if (missing > 0)
        {
            Error($"{where()} is damaged: {missing} of its {node.Content.Length} parts are in no index");
        }
        else if (damaged > 0)
        {
            Error($"{where()} is damaged: {damaged} of its {node.Content.Length} parts cannot be read");
        }
        else if (size != node.Size)
        {
            Error($"{where()} says it has {node.Size} bytes, but its parts have {size}");
        }
    }

    private static string Shown(string path) => path.Length == 0 ? "/" : PathText.Printable(path);

    private void Broken(PackId pack, string problem)
    {
        _brokenPacks.TryAdd(pack, true);
        Error(problem);
    }

    private void Error(string problem)
    {
        Interlocked.Increment(ref _errors);
        progress.OnDamage?.Invoke(problem);
    }
}
