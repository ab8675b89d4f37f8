using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Compares the index with the packs and their headers, and plans what makes it true again. Needs an exclusive lock.</summary>
/// <param name="readAllPacks">Whether the index is made from the headers of all packs, whatever it says now.</param>
public sealed class IndexRepairPlanner(OpenRepository repository, bool readAllPacks, StageProgress progress)
{
    /// <summary>Most headers are shorter: some 800 blobs.</summary>
    private const int UsualHeader = 32 << 10;

    private readonly ConcurrentBag<PackId> _added = [];
    private readonly ConcurrentDictionary<PackId, List<PackEntry>> _corrected = [];
    private readonly ConcurrentBag<(PackId Id, long Size)> _headless = [];
    private readonly List<PackId> _unreadable = [];
    private readonly List<PackId> _correctable = [];
    private readonly PackRescue _rescue = new(repository.Backend);
    private bool _isPackUnknown;

    /// <exception cref="BackupException"/>
    public async Task<IndexRepairPlan> PlanAsync(CancellationToken cancellation)
    {
        progress.Begin("loading indexes", 0);
        List<BackendFile> files = [.. (await repository.Backend.ListAllAsync(FileType.Index, cancellation).ConfigureAwait(false)).Select(i => i.File)];
        int damaged = 0;
        BackupException? unreachable = null;
        void Tell(BackupException e)
        {
            damaged++;
            unreachable = e.Kind == BackupErrorKind.Unreachable ? e : unreachable;
            progress.Note(e.Message);
        }

        IndexedRepository before = await repository.LoadIndexAsync(Tell, cancellation).ConfigureAwait(false);
        IndexedRepository indexed = readAllPacks ? new(repository, new()) : before;
        progress.Begin("listing packs", 0);
        Dictionary<PackId, long> listed = await PrunePlanner.ListPacksAsync(repository, cancellation).ConfigureAwait(false);
        PackContents contents = indexed.Index.ByPack();
        PackContents believed = readAllPacks ? before.Index.ByPack() : contents;
        PackId[] gone = [.. believed.Packs.Where(p => !listed.ContainsKey(p))];
        await PrunePlanner.RequireGoneAsync(repository, gone, cancellation).ConfigureAwait(false);
        List<PackId> missing = await DropAsync(indexed.Index, gone, believed, cancellation).ConfigureAwait(false);
        await ReadHeadersAsync(indexed.Index, contents, believed, listed, cancellation).ConfigureAwait(false);
        if (_isPackUnknown && unreachable is not null)
        {
            throw unreachable; // it may be read another day, and be all that is known of such a pack
        }

        var rewriter = new IndexRewriter(repository, indexed.Index.ByPack(), new HashSet<PackId>([.. missing, .. _corrected.Keys])) { Corrected = _corrected };
        if (readAllPacks)
        {
            rewriter.Supersede(files);
        }
        else
        {
            await rewriter.ChooseAsync(files, replacesDamaged: true, progress, cancellation).ConfigureAwait(false);
        }

        return new(repository, rewriter, progress)
        {
            DamagedIndexes = Math.Max(damaged, rewriter.Damaged),
            AddedPacks = [.. _added],
            CorrectedPacks = [.. _corrected.Keys],
            DroppedPacks = missing,
            UnreadablePacks = _unreadable,
            CorrectablePacks = _correctable,
            IsComplete = readAllPacks,
        };
    }

    /// <summary>Those of the packs that nothing brings back. The others stay in the index: what they held is not lost (D58).</summary>
    private async Task<List<PackId>> DropAsync(BlobIndex index, PackId[] gone, PackContents believed, CancellationToken cancellation)
    {
        var dropped = new List<PackId>();
        foreach (PackId pack in gone)
        {
            if (await IsCorrectableAsync(pack, "missing", cancellation).ConfigureAwait(false))
            {
                believed.EntriesOf(pack).ForEach(entry => index.Add(entry.Blob, entry.Location));
                continue;
            }

            progress.Note($"pack {pack} is missing: what it held leaves the index");
            dropped.Add(pack);
        }

        return dropped;
    }

    /// <summary>Whether <c>repair packs</c> makes a pack whole; says so then.</summary>
    private async Task<bool> IsCorrectableAsync(PackId pack, string state, CancellationToken cancellation)
    {
        PackRescue.Result result = await _rescue.TryAsync(pack, cancellation).ConfigureAwait(false);
        if (result.Content is null)
        {
            return false;
        }

        progress.Note($"pack {pack} is {state}, and {result.From} has what makes it whole: `holdfast repair packs {pack}` does");
        _correctable.Add(pack);
        return true;
    }

    /// <param name="fallback">What is believed of a pack without a readable header.</param>
    private async Task ReadHeadersAsync(BlobIndex index, PackContents contents, PackContents fallback, Dictionary<PackId, long> listed, CancellationToken cancellation)
    {
        (PackId Id, long Size)[] doubtful = [.. listed.Where(p => SizeOf(contents.EntriesOf(p.Key)) != p.Value).Select(p => (p.Key, p.Value))];
        progress.Begin("reading headers of packs", doubtful.Length);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(doubtful, parallel, async (pack, token) =>
        {
            if (await TryReadHeaderAsync(pack.Id, pack.Size, isKnown: fallback.Contains(pack.Id), token).ConfigureAwait(false) is { } entries)
            {
                Believe(index, pack.Id, entries, isKnown: contents.Contains(pack.Id));
            }
            else
            {
                _headless.Add(pack);
            }

            progress.Advance();
        }).ConfigureAwait(false);

        foreach ((PackId id, long size) in _headless)
        {
            List<PackEntry> known = fallback.EntriesOf(id);
            if (!await IsCorrectableAsync(id, "damaged", cancellation).ConfigureAwait(false))
            {
                KeepWhatIsThere(index, id, size, known);
            }
            else
            {
                known.ForEach(entry => index.Add(entry.Blob, entry.Location)); // D58
            }
        }
    }

    /// <summary>What the header says; null where it cannot be read, for damage or for a bad sector.</summary>
    /// <param name="isKnown">Whether an index knows what is in the pack.</param>
    /// <exception cref="BackupException">It cannot be reached, and no index knows what is in the pack: another day it may tell.</exception>
    private async Task<List<PackEntry>?> TryReadHeaderAsync(PackId pack, long size, bool isKnown, CancellationToken cancellation)
    {
        try
        {
            return await PackHeader.LoadAsync(repository, pack, size, UsualHeader, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt || (isKnown && e.Kind == BackupErrorKind.Unreachable))
        {
            progress.Note(e.Message);
            return null;
        }
    }

    /// <param name="isKnown">Whether the index says something else of the pack.</param>
    private void Believe(BlobIndex index, PackId pack, List<PackEntry> entries, bool isKnown)
    {
        if (isKnown)
        {
            progress.Note($"pack {pack} holds other blobs than the index says: its header is right");
            _corrected[pack] = entries;
            return;
        }

        entries.ForEach(entry => index.Add(entry.Blob, entry.Location));
        progress.Detail($"pack {pack} joins the index");
        _added.Add(pack);
    }

    /// <summary>
    /// A pack without a readable header is known only from the index. What lies beyond its end is lost; the rest may be
    /// good, and only as long as the index has it can <c>repair packs</c> save it.
    /// </summary>
    /// <param name="known">What the index says is in the pack.</param>
    private void KeepWhatIsThere(BlobIndex index, PackId pack, long size, List<PackEntry> known)
    {
        _unreadable.Add(pack);
        _isPackUnknown |= known.Count == 0;
        List<PackEntry> inside = known.FindAll(e => (long)e.Location.Offset + e.Location.Length <= size);
        progress.Note(known.Count == 0
            ? $"no index knows what was in pack {pack}, so it is left out"
            : $"{inside.Count} of the {known.Count} blobs of pack {pack} may be left: save them with `holdfast repair packs {pack}`");
        if (readAllPacks)
        {
            inside.ForEach(entry => index.Add(entry.Blob, entry.Location));
        }
        else if (inside.Count < known.Count)
        {
            _corrected[pack] = inside;
        }
    }

    /// <summary>The size of a pack with these blobs; 0 for none.</summary>
    private static long SizeOf(List<PackEntry> entries) =>
        entries.Count == 0 ? 0 : entries.Sum(e => (long)e.Location.Length) + PackHeader.SealedLength(entries);
}
