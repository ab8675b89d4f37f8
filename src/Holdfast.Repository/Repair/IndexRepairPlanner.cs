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
    private readonly ConcurrentBag<PackId> _unreadable = [];

    /// <exception cref="BackupException"/>
    public async Task<IndexRepairPlan> PlanAsync(CancellationToken cancellation)
    {
        progress.Begin("loading indexes", 0);
        List<BackendFile> files = [.. (await repository.Backend.ListAllAsync(FileType.Index, cancellation).ConfigureAwait(false)).Select(i => i.File)];
        int damaged = 0;
        IndexedRepository indexed = readAllPacks
            ? new(repository, new())
            : await repository.LoadIndexAsync(e => { damaged++; progress.Note(e.Message); }, cancellation).ConfigureAwait(false);
        progress.Begin("listing packs", 0);
        Dictionary<PackId, long> listed = await PrunePlanner.ListPacksAsync(repository, cancellation).ConfigureAwait(false);
        PackContents contents = indexed.Index.ByPack();
        PackId[] missing = [.. contents.Packs.Where(p => !listed.ContainsKey(p))];
        await PrunePlanner.RequireGoneAsync(repository, missing, cancellation).ConfigureAwait(false);
        Array.ForEach(missing, p => progress.Note($"pack {p} is missing: what it held leaves the index"));

        await ReadHeadersAsync(indexed.Index, contents, listed, cancellation).ConfigureAwait(false);
        var rewriter = new IndexRewriter(repository, indexed.Index.ByPack(), new HashSet<PackId>([.. missing, .. _corrected.Keys])) { Corrected = _corrected };
        await rewriter.ChooseAsync(files, replacesDamaged: true, progress, cancellation).ConfigureAwait(false);
        return new(repository, rewriter, progress)
        {
            DamagedIndexes = damaged,
            AddedPacks = [.. _added],
            CorrectedPacks = [.. _corrected.Keys],
            DroppedPacks = missing,
            UnreadablePacks = [.. _unreadable],
            IsComplete = readAllPacks,
        };
    }

    private async Task ReadHeadersAsync(BlobIndex index, PackContents contents, Dictionary<PackId, long> listed, CancellationToken cancellation)
    {
        (PackId Id, long Size)[] doubtful = [.. listed.Where(p => SizeOf(contents.EntriesOf(p.Key)) != p.Value).Select(p => (p.Key, p.Value))];
        progress.Begin("reading headers of packs", doubtful.Length);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(doubtful, parallel, async (pack, token) =>
        {
            await ReadHeaderAsync(index, pack.Id, pack.Size, contents.EntriesOf(pack.Id), token).ConfigureAwait(false);
            progress.Advance();
        }).ConfigureAwait(false);
    }

    /// <param name="known">What the index says is in the pack.</param>
    private async Task ReadHeaderAsync(BlobIndex index, PackId pack, long size, List<PackEntry> known, CancellationToken cancellation)
    {
        List<PackEntry> entries;
        try
        {
            entries = await PackHeader.LoadAsync(repository, pack, size, UsualHeader, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            KeepWhatIsThere(pack, size, known, e.Message);
            return;
        }

        if (known.Count > 0)
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
    private void KeepWhatIsThere(PackId pack, long size, List<PackEntry> known, string problem)
    {
        _unreadable.Add(pack);
        List<PackEntry> inside = known.FindAll(e => (long)e.Location.Offset + e.Location.Length <= size);
        progress.Note(known.Count == 0
            ? $"{problem}; no index knows what was in it, so it is left out"
            : $"{problem}; {inside.Count} of its {known.Count} blobs may be left: save them with `holdfast repair packs {pack}`");
        if (inside.Count < known.Count)
        {
            _corrected[pack] = inside;
        }
    }

    /// <summary>The size of a pack with these blobs; 0 for none.</summary>
    private static long SizeOf(List<PackEntry> entries) =>
        entries.Count == 0 ? 0 : entries.Sum(e => (long)e.Location.Length) + PackHeader.SealedLength(entries);
}
