using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Which packs are to be salvaged, made by <see cref="PackRepairPlanner"/>. Execute it under the same lock, once.</summary>
public sealed class PackRepairPlan
{
    private readonly IndexedRepository _repository;
    private readonly List<DamagedPack> _packs;
    private readonly StageProgress _progress;

    internal PackRepairPlan(IndexedRepository repository, List<DamagedPack> packs, StageProgress progress)
    {
        _repository = repository;
        _packs = packs;
        _progress = progress;
    }

    /// <summary>Whether all packs are sound.</summary>
    public bool IsEmpty => _packs.Count == 0;

    /// <summary>The damaged packs, and those that are missing.</summary>
    public IEnumerable<PackId> Packs => _packs.Select(p => p.Id);

    /// <summary>The damaged packs that are there, and their sizes in bytes; whoever executes the plan may want to keep a copy of each.</summary>
    public IEnumerable<BackendEntry> StoredPacks =>
        _packs.Where(p => p.Size is not null).Select(p => new BackendEntry(new(FileType.Pack, p.Id.ToString()), p.Size!.Value));

    /// <summary>Stores what can be read of the packs once more, elsewhere; then they leave the index, and go.</summary>
    /// <exception cref="BackupException"/>
    public async Task<PackRepairOutcome> ExecuteAsync(CancellationToken cancellation)
    {
        OpenRepository repository = _repository.Repository;
        HashSet<PackId> dropped = [.. Packs];
        var lost = new HashSet<BlobHandle>();
        int saved = await SalvageAsync(lost, cancellation).ConfigureAwait(false);

        // A blob may be lost here and whole there: in another pack, or at another place that its header knows.
        lost.RemoveWhere(blob => _repository.Index.FindAll(blob).Any(place => !dropped.Contains(place.Pack)));
        foreach (BlobHandle blob in lost)
        {
            _progress.Note($"{blob} ({blob.Hash}) is lost");
        }

        List<BackendFile> indexes = [.. (await repository.Backend.ListAllAsync(FileType.Index, cancellation).ConfigureAwait(false)).Select(i => i.File)];
        var rewriter = new IndexRewriter(repository, _repository.Index.ByPack(), dropped);
        await rewriter.ChooseAsync(indexes, replacesDamaged: false, _progress, cancellation).ConfigureAwait(false);
        await rewriter.WriteAsync(_progress, cancellation).ConfigureAwait(false); // D9
        if (repository.Held is { } hold)
        {
            await hold.RequireAsync(cancellation).ConfigureAwait(false); // D10
        }

        await rewriter.RemoveSupersededAsync(file => repository.Backend.RemoveAsync(file, cancellation), _progress).ConfigureAwait(false);
        foreach (BackendEntry pack in StoredPacks)
        {
            await repository.Backend.RemoveAsync(pack.File, cancellation).ConfigureAwait(false);
        }

        return new(saved, lost.Count);
    }

    private async Task<int> SalvageAsync(HashSet<BlobHandle> lost, CancellationToken cancellation)
    {
        _progress.Begin("saving what can be read", _packs.Count);
        int blobs = 0, failures = 0;
        BlobWriter writer = _repository.StartWriting();
        await using (writer.ConfigureAwait(false))
        {
            var copier = new BlobCopier(_repository, writer);
            foreach (DamagedPack pack in _packs.Where(p => p.Size is null))
            {
                lost.UnionWith(pack.Blobs.Select(b => b.Blob));
            }

            foreach (DamagedPack pack in _packs.Where(p => p.Size is not null))
            {
                blobs += pack.Blobs.Count;
                await copier.CopyAsync(pack.Id, pack.Blobs, compress: false, (blob, _) => { failures++; lost.Add(blob.Blob); return ValueTask.CompletedTask; }, cancellation)
                    .ConfigureAwait(false);
                _progress.Advance();
            }

            await writer.CompleteAsync(cancellation).ConfigureAwait(false);
        }

        return blobs - failures;
    }
}
