using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// The second half of a prune, under an exclusive lock: learns what others did since the plan was made, spares what they
/// need, then removes.
/// </summary>
internal sealed class PruneSweep(IndexedRepository indexed, PruneScope scope, StageProgress progress, RepositoryLock hold)
{
    /// <summary>A machine that slept wakes up between two removals: not for longer than this is a lock taken to be still there.</summary>
    private static readonly TimeSpan TrustInLock = TimeSpan.FromSeconds(10);

    private readonly OpenRepository _repository = indexed.Repository;
    private readonly List<int> _places = [];
    private HashSet<PackId> _doomed = [];
    private Dictionary<PackId, long> _listed = [];
    private HashSet<PackId> _parities = [];
    private IndexRewriter _indexes = null!;
    private Moment? _lockSeen;
    private int _spared;

    /// <summary>Looks at what changed, and decides anew which packs go. Changes nothing.</summary>
    /// <exception cref="BackupException"/>
    internal async Task PrepareAsync(CancellationToken cancellation)
    {
        progress.Begin("looking at what changed meanwhile", 0);
        List<BackendFile> indexes = await LearnIndexesAsync(cancellation).ConfigureAwait(false);
        await LearnSnapshotsAsync(cancellation).ConfigureAwait(false);
        _listed = await PrunePlanner.ListPacksAsync(_repository, cancellation).ConfigureAwait(false);
        _parities = [.. (await _repository.Backend.ListAllAsync(FileType.Parity, cancellation).ConfigureAwait(false)).Select(p => new PackId(Hash256.Parse(p.File.Name)))];
        PackContents contents = indexed.Index.ByPack();
        await RequireAsync(contents, cancellation).ConfigureAwait(false);
        _doomed = [.. scope.Remove, .. scope.Repack, .. scope.Missing, .. scope.Unindexed.Where(p => !contents.Contains(p))];
        SpareWhatIsNeeded(contents);
        _indexes = new(_repository, contents, _doomed);
        await _indexes.ChooseAsync(indexes, replacesDamaged: false, progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>D9: new indexes are durable before old ones go, and packs go when no index names them.</summary>
    internal async Task<PruneOutcome> RemoveLastAsync(Reserve reserve, CancellationToken cancellation)
    {
        await reserve.WithRoomAsync(async () => { await _indexes.WriteAsync(progress, cancellation).ConfigureAwait(false); return true; }, cancellation).ConfigureAwait(false);
        await _indexes.RemoveSupersededAsync(file => RemoveAsync(file, cancellation), progress).ConfigureAwait(false);
        return await RemovePacksAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>For a disk without any room: an index that names packs that are gone would be trusted, so the old ones go even before the packs.</summary>
    internal async Task<PruneOutcome> RemoveFirstAsync(CancellationToken cancellation)
    {
        await _indexes.RemoveSupersededAsync(file => RemoveAsync(file, cancellation), progress).ConfigureAwait(false);
        PruneOutcome outcome = await RemovePacksAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _indexes.WriteAsync(progress, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw new BackupException(
                e.Kind, $"unused packs are removed, but the index could not be written anew: {e.Message}; make room, then `holdfast repair index`", e);
        }

        return outcome;
    }

    /// <summary>The index files there are; those that are new are loaded. Where old ones went, somebody else pruned.</summary>
    private async Task<List<BackendFile>> LearnIndexesAsync(CancellationToken cancellation)
    {
        List<BackendFile> files = [.. (await _repository.Backend.ListAllAsync(FileType.Index, cancellation).ConfigureAwait(false)).Select(i => i.File)];
        if (scope.Indexes.Except(files).Any())
        {
            throw new BackupException(
                BackupErrorKind.Aborted, $"another program wrote the index at {_repository.Backend.Location} anew while prune waited for its lock: nothing is removed, run prune again", isTransient: true);
        }

        foreach (BackendFile file in files.Except(scope.Indexes))
        {
            ReadOnlyMemory<byte> text = await _repository.LoadUnpackedAsync(file, cancellation).ConfigureAwait(false);
            IndexFile.Read(text.Span, file.ToString(), entry => indexed.Index.Add(entry.Blob, entry.Location));
        }

        return files;
    }

    private async Task LearnSnapshotsAsync(CancellationToken cancellation)
    {
        List<StoredSnapshot> snapshots = await PrunePlanner.ListSnapshotsAsync(_repository, cancellation).ConfigureAwait(false);
        HashSet<SnapshotId> known = [.. scope.Snapshots.Select(s => s.Id)];
        await scope.Used.AddAsync(snapshots.Where(s => !known.Contains(s.Id)), progress, cancellation).ConfigureAwait(false);
    }

    /// <summary>Every pack that stays and is needed must be there, still.</summary>
    private async Task RequireAsync(PackContents contents, CancellationToken cancellation)
    {
        List<PackId> unlisted = [.. contents.Packs.Where(p => !_listed.ContainsKey(p))];
        await PrunePlanner.RequireGoneAsync(_repository, unlisted, cancellation).ConfigureAwait(false);
        foreach (PackId pack in unlisted)
        {
            foreach (PackEntry entry in contents.EntriesOf(pack).Where(e => scope.Used.Contains(e.Blob)))
            {
                if (!indexed.Index.FindAll(entry.Blob).Any(place => _listed.ContainsKey(place.Pack)))
                {
                    throw BackupException.Corrupt($"nothing is removed: pack {pack} is missing, and snapshots need {entry.Blob} in it; `holdfast check` names what is lost");
                }
            }
        }
    }

    /// <summary>Keeps each pack that is to go and has something in use that is nowhere else: one place must stay.</summary>
    private void SpareWhatIsNeeded(PackContents contents)
    {
        foreach (PackId pack in _doomed.Where(p => _listed.ContainsKey(p)).ToList())
        {
            if (contents.EntriesOf(pack).Exists(entry => scope.Used.Contains(entry.Blob) && !HasAnotherPlace(entry.Blob)))
            {
                _doomed.Remove(pack);
                _spared++;
                progress.Detail($"pack {pack} stays: what it holds is needed by now");
            }
        }
    }

    /// <summary>
    /// Whether a place stays that can be trusted (D27): one that counted as used when the plan was made, or one that was
    /// written since.
    /// </summary>
    private bool HasAnotherPlace(BlobHandle blob)
    {
        _places.Clear();
        indexed.Index.FindNumbers(blob, _places);
        return _places.Exists(place =>
            (place >= scope.Entries || scope.Chosen[place])
            && indexed.Index.Entry(place).Location.Pack is var pack && !_doomed.Contains(pack) && _listed.ContainsKey(pack));
    }

    private async Task<PruneOutcome> RemovePacksAsync(CancellationToken cancellation)
    {
        PackId[] packs = [.. _doomed.Where(_listed.ContainsKey)];
        progress.Begin("removing packs", packs.Length);
        foreach (PackId pack in packs)
        {
            await RemoveAsync(new(FileType.Pack, pack.ToString()), cancellation).ConfigureAwait(false);
            progress.Detail($"removed pack {pack}");
            progress.Advance();
        }

        await RemoveParityAsync(cancellation).ConfigureAwait(false);
        return new(packs.Length, packs.Sum(p => _listed[p]), _spared);
    }

    /// <summary>Parity goes after its pack (D22), also that of packs which another program removed; not that of a pack which is missing.</summary>
    private async Task RemoveParityAsync(CancellationToken cancellation)
    {
        HashSet<PackId> named = indexed.Index.NamedPacks().ToHashSet();
        PackId[] orphans = [.. _parities.Where(p => _doomed.Contains(p) || (!_listed.ContainsKey(p) && !named.Contains(p)))];
        progress.Begin("removing parity", orphans.Length);
        foreach (PackId orphan in orphans)
        {
            await RemoveAsync(new(FileType.Parity, orphan.ToString()), cancellation).ConfigureAwait(false);
            progress.Advance();
        }
    }

    /// <summary>D10: nothing is removed under a lock that is gone: others would count on what it names.</summary>
    private async Task RemoveAsync(BackendFile file, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_lockSeen?.IsOlderThan(TrustInLock, _repository.Options.Time) != false)
        {
            var now = Moment.Now(_repository.Options.Time);
            await hold.RequireAsync(cancellation).ConfigureAwait(false);
            _lockSeen = now;
        }

        await _repository.Backend.RemoveAsync(file, cancellation).ConfigureAwait(false);
    }
}
