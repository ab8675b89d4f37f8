using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Finds what snapshots need and the repository has lost, and stores it once more from another source. Only adds (D23):
/// what is damaged stays where it is, and is the business of the other repairs.
/// </summary>
/// <param name="readData">Whether all packs are read, to find the damage that only reading shows.</param>
/// <param name="dryRun">Whether to say only what would come back.</param>
public sealed class Healer(IndexedRepository repository, IBlobSource source, bool readData, bool dryRun, StageProgress progress)
{
    private readonly HashSet<BlobHandle> _healed = [];
    private BlobWriter? _writer;

    /// <exception cref="BackupException"/>
    public async Task<HealReport> RunAsync(CancellationToken cancellation)
    {
        using var packs = new PackCheck(repository, new(readData ? PackSubset.All : null), progress, progress.Note);
        await packs.RunAsync(cancellation).ConfigureAwait(false);
        List<StoredSnapshot> snapshots = await repository.Repository.ListSnapshotsAsync(e => progress.Note(e.Message), cancellation).ConfigureAwait(false);
        _writer = dryRun ? null : repository.StartWriting();
        try
        {
            var walk = new LossWalk(repository, source, packs.IsDamaged, (id, encoded) => StoreAsync(id, encoded, cancellation));
            Dictionary<SnapshotId, HashSet<BlobHandle>> losses = await WalkAsync(walk, snapshots, cancellation).ConfigureAwait(false);
            HashSet<BlobHandle> lost = [.. losses.Values.SelectMany(l => l)];
            HashSet<BlobId> wanted = [.. lost.Where(b => b.Type == BlobType.Data).Select(b => new BlobId(b.Hash))];
            if (wanted.Count > 0)
            {
                progress.Begin("looking for what is lost", wanted.Count);
                await source.FindAsync(wanted, (id, plain) => TakeAsync(id, plain, cancellation), cancellation).ConfigureAwait(false);
            }

            if (_writer is not null)
            {
                await _writer.CompleteAsync(cancellation).ConfigureAwait(false);
            }

            return new(
                [.. losses.Where(l => l.Value.Count > 0).Select(l => new HealedSnapshot(l.Key, l.Value.IsSubsetOf(_healed)))],
                [.. walk.Files.Select(f => new HealedFile(f.Snapshot, f.Path, f.Lost.IsSubsetOf(_healed)))],
                lost.Count, _healed.Count, packs.Broken);
        }
        finally
        {
            if (_writer is not null)
            {
                await _writer.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<Dictionary<SnapshotId, HashSet<BlobHandle>>> WalkAsync(LossWalk walk, List<StoredSnapshot> snapshots, CancellationToken cancellation)
    {
        var losses = new Dictionary<SnapshotId, HashSet<BlobHandle>>();
        progress.Begin("walking snapshots", snapshots.Count);
        foreach (StoredSnapshot stored in snapshots)
        {
            if (stored.Snapshot.Tree is { } root)
            {
                losses[stored.Id] = await walk.RunAsync(stored.Id, root, cancellation).ConfigureAwait(false);
            }

            progress.Advance();
        }

        return losses;
    }

    private async ValueTask TakeAsync(BlobId id, ReadOnlyMemory<byte> plain, CancellationToken cancellation)
    {
        progress.Advance();
        if (Hash256.Of(plain.Span) == id.Hash)
        {
            await StoreAsync(id, plain, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Whether or not an index names it: the place that it names is the damaged one.</summary>
    private async ValueTask StoreAsync(BlobHandle blob, ReadOnlyMemory<byte> plain, CancellationToken cancellation)
    {
        if (!_healed.Add(blob) || _writer is null)
        {
            return;
        }

        BlobCodec codec = repository.Repository.RentCodec();
        try
        {
            await _writer.SaveAgainAsync(blob, plain, codec, cancellation).ConfigureAwait(false);
        }
        finally
        {
            repository.Repository.ReturnCodec(codec);
        }
    }
}
