using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Which packs are to be salvaged, made by <see cref="PackRepairPlanner"/>. Execute it under the same lock, once.</summary>
public sealed class PackRepairPlan
{
    private readonly IndexedRepository _repository;
    private readonly List<DamagedPack> _packs;
    private readonly List<DamagedPack> _correctable;
    private readonly bool _givesUpUnreadable;
    private readonly StageProgress _progress;

    internal PackRepairPlan(IndexedRepository repository, List<DamagedPack> packs, bool givesUpUnreadable, StageProgress progress)
    {
        _repository = repository;
        _givesUpUnreadable = givesUpUnreadable;
        _packs = packs.FindAll(p => !p.IsCorrectable);
        _correctable = packs.FindAll(p => p.IsCorrectable);
        _progress = progress;
    }

    /// <summary>Whether all packs are sound.</summary>
    public bool IsEmpty => _packs.Count + _correctable.Count == 0;

    /// <summary>The damaged packs, and those that are missing, of which only a part can be saved.</summary>
    public IEnumerable<PackId> Packs => _packs.Select(p => p.Id);

    /// <summary>Those that their parity, or the cache of this machine, makes whole again.</summary>
    public IEnumerable<PackId> CorrectablePacks => _correctable.Select(p => p.Id);

    /// <summary>The damaged packs that are there and are given up, and their sizes in bytes; whoever executes the plan may want to keep a copy of each.</summary>
    public IEnumerable<BackendEntry> StoredPacks =>
        _packs.Where(p => p.Size is not null).Select(p => new BackendEntry(new(FileType.Pack, p.Id.ToString()), p.Size!.Value));

    /// <summary>Corrects what parity can correct. What can be read of the others is stored once more, elsewhere; then they leave the index, and go.</summary>
    /// <exception cref="BackupException"/>
    public async Task<PackRepairOutcome> ExecuteAsync(CancellationToken cancellation)
    {
        OpenRepository repository = _repository.Repository;
        Dictionary<PackId, List<PackEntry>> rejoining = await CorrectAsync(cancellation).ConfigureAwait(false);
        if (_packs.Count + rejoining.Count == 0)
        {
            return new(0, 0, _correctable.Count);
        }

        HashSet<PackId> dropped = [.. Packs];
        var lost = new HashSet<BlobHandle>();
        var unreachable = new List<PackEntry>();
        int saved = await SalvageAsync(lost, unreachable, cancellation).ConfigureAwait(false);

        // A blob may be lost here and whole there: in another pack, or at another place that its header knows.
        lost.RemoveWhere(blob => _repository.Index.FindAll(blob).Any(place => !dropped.Contains(place.Pack)));
        HashSet<PackId> kept = Keep(unreachable, lost);
        dropped.ExceptWith(kept);
        foreach (BlobHandle blob in lost)
        {
            _progress.Note($"{blob} ({blob.Hash}) is lost");
        }

        List<BackendFile> indexes = [.. (await repository.Backend.ListAllAsync(FileType.Index, cancellation).ConfigureAwait(false)).Select(i => i.File)];
        var rewriter = new IndexRewriter(repository, _repository.Index.ByPack(), new HashSet<PackId>([.. dropped, .. rejoining.Keys])) { Corrected = rejoining };
        await rewriter.ChooseAsync(indexes, replacesDamaged: false, _progress, cancellation).ConfigureAwait(false);
        await rewriter.WriteAsync(_progress, cancellation).ConfigureAwait(false); // D9
        if (repository.Held is { } hold)
        {
            await hold.RequireAsync(cancellation).ConfigureAwait(false); // D10
        }

        await rewriter.RemoveSupersededAsync(file => repository.Backend.RemoveAsync(file, cancellation), _progress).ConfigureAwait(false);
        foreach (BackendEntry pack in StoredPacks.Where(p => dropped.Contains(new(Hash256.Parse(p.File.Name)))))
        {
            await repository.Backend.RemoveAsync(pack.File, cancellation).ConfigureAwait(false);
            await repository.Backend.RemoveAsync(new(FileType.Parity, pack.File.Name), cancellation).ConfigureAwait(false); // D22
        }

        return new(saved, lost.Count, _correctable.Count, kept.Count > 0 ? kept : null);
    }

    /// <summary>A disk that answers with an error today may answer tomorrow: nothing goes that only could not be reached (D57).</summary>
    private HashSet<PackId> Keep(List<PackEntry> unreachable, HashSet<BlobHandle> lost)
    {
        HashSet<PackId> kept = _givesUpUnreadable ? [] : [.. unreachable.Where(e => lost.Contains(e.Blob)).Select(e => e.Location.Pack)];
        foreach (PackId pack in kept)
        {
            _progress.Note($"pack {pack} stays: a part of it cannot be reached now, and may be another time; --give-up-unreadable removes the pack all the same");
        }

        lost.ExceptWith(unreachable.Where(e => kept.Contains(e.Location.Pack)).Select(e => e.Blob));
        return kept;
    }

    /// <summary>Computed once more: to keep all packs in memory since they were examined could be too much.</summary>
    /// <returns>What is in those of which the index says something else.</returns>
    private async Task<Dictionary<PackId, List<PackEntry>>> CorrectAsync(CancellationToken cancellation)
    {
        var rescue = new PackRescue(_repository.Repository.Backend);
        var rejoining = new Dictionary<PackId, List<PackEntry>>();
        PackContents contents = _repository.Index.ByPack();
        _progress.Begin("correcting packs", _correctable.Count);
        foreach (DamagedPack pack in _correctable)
        {
            PackRescue.Result result = await rescue.TryAsync(pack.Id, cancellation).ConfigureAwait(false);
            byte[] content = result.Content ?? throw BackupException.Corrupt($"pack {pack.Id} cannot be corrected any more: {result.Problem ?? "its parity is gone"}; run the repair again");
            await rescue.ReplaceAsync(pack.Id, content, cancellation).ConfigureAwait(false);
            _progress.Note($"pack {pack.Id} is whole again, from {result.From}");
            List<PackEntry> header = await PackHeader.LoadAsync(_repository.Repository, pack.Id, content.Length, PackRepairPlanner.UsualHeader, cancellation).ConfigureAwait(false);
            if (!contents.EntriesOf(pack.Id).ToHashSet().SetEquals(header))
            {
                _progress.Note($"pack {pack.Id} joins the index");
                header.ForEach(entry => _repository.Index.Add(entry.Blob, entry.Location));
                rejoining.Add(pack.Id, header);
            }

            _progress.Advance();
        }

        return rejoining;
    }

    private async Task<int> SalvageAsync(HashSet<BlobHandle> lost, List<PackEntry> unreachable, CancellationToken cancellation)
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
                await copier.CopyAsync(pack.Id, pack.Blobs, compress: false, Failed, cancellation).ConfigureAwait(false);
                _progress.Advance();
            }

            await writer.CompleteAsync(cancellation).ConfigureAwait(false);
        }

        return blobs - failures;

        ValueTask Failed(PackEntry blob, BackupException why)
        {
            failures++;
            lost.Add(blob.Blob);
            if (why.Kind == BackupErrorKind.Unreachable)
            {
                unreachable.Add(blob);
            }

            return ValueTask.CompletedTask;
        }
    }
}
