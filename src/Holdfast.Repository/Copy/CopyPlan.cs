using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>What a copy is going to do; the copy itself is <see cref="ExecuteAsync"/>. Memory: that of a writer, and 4 MiB and a blob for each processor.</summary>
public sealed class CopyPlan
{
    private readonly IndexedRepository _source;
    private readonly IndexedRepository _destination;
    private readonly StageProgress _progress;
    private readonly CopyScope _scope;
    private readonly ConcurrentDictionary<BlobHandle, bool> _lost = new();

    internal CopyPlan(
        IndexedRepository source, IndexedRepository destination, StageProgress progress, CopyScope scope, IReadOnlyList<StoredSnapshot> snapshots)
    {
        _source = source;
        _destination = destination;
        _progress = progress;
        _scope = scope;
        Snapshots = snapshots;
    }

    /// <summary>To be copied, oldest first.</summary>
    public IReadOnlyList<StoredSnapshot> Snapshots { get; }

    /// <summary>In the destination already.</summary>
    public required IReadOnlyList<CopiedSnapshot> There { get; init; }

    /// <summary>Not to be copied: something that they need cannot be read.</summary>
    public required IReadOnlyList<DamagedSnapshot> Damaged { get; init; }

    /// <summary>Blobs that the destination lacks.</summary>
    public required long Blobs { get; init; }

    /// <summary>The same in bytes, as the source has them.</summary>
    public required long Bytes { get; init; }

    /// <summary>Packs to be read.</summary>
    public int Packs => _scope.Packs.Count;

    /// <summary>Copies blobs, then snapshots. What a failure leaves is indexed, and the next run goes on from there.</summary>
    /// <exception cref="BackupException"/>
    public async Task<CopyOutcome> ExecuteAsync(CancellationToken cancellation)
    {
        IReadOnlyCollection<BackendEntry> packs = await CopyBlobsAsync(cancellation).ConfigureAwait(false);
        (IReadOnlyList<StoredSnapshot> whole, List<DamagedSnapshot> damaged) = (Snapshots, []);
        if (!_lost.IsEmpty)
        {
            _progress.Begin("finding what is damaged", 0);
            (whole, damaged) = await new DamageTrace(_source, _lost.ContainsKey).DivideAsync(Snapshots, cancellation).ConfigureAwait(false);
        }

        // D15: all that they need is durable and indexed.
        _progress.Begin("saving snapshots", whole.Count);
        var copied = new List<CopiedSnapshot>();
        foreach (StoredSnapshot stored in whole)
        {
            copied.Add(new(stored, await SaveAsync(stored, cancellation).ConfigureAwait(false)));
            _progress.Advance();
        }

        return new(copied, damaged, packs);
    }

    private async Task<IReadOnlyCollection<BackendEntry>> CopyBlobsAsync(CancellationToken cancellation)
    {
        if (_scope.Packs.Count == 0)
        {
            return [];
        }

        _progress.Begin("copying packs", _scope.Packs.Count);
        BlobWriter writer = _destination.StartWriting();
        await using (writer.ConfigureAwait(false))
        {
            await CopyBlobsAsync(writer, cancellation).ConfigureAwait(false);
            await writer.CompleteAsync(cancellation).ConfigureAwait(false);
            return writer.Stored;
        }
    }

    private async Task CopyBlobsAsync(BlobWriter writer, CancellationToken cancellation)
    {
        var copiers = new ConcurrentBag<BlobCopier>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(_scope.Packs, parallel, async (pack, token) =>
        {
            if (!copiers.TryTake(out BlobCopier? copier))
            {
                copier = new(_source, writer);
            }

            await copier.CopyAsync(pack, Lacking(pack), compress: true, (blob, _) => CopyFromElsewhereAsync(writer, blob, token), token).ConfigureAwait(false);
            copiers.Add(copier);
            _progress.Advance();
        }).ConfigureAwait(false);
    }

    private List<PackEntry> Lacking(PackId pack)
    {
        var lacking = new List<PackEntry>();
        foreach (int number in _scope.Contents.NumbersOf(pack))
        {
            if (_scope.Lacking[number])
            {
                lacking.Add(_source.Index.Entry(number));
            }
        }

        return lacking;
    }

    private async ValueTask CopyFromElsewhereAsync(BlobWriter writer, PackEntry blob, CancellationToken cancellation)
    {
        if (!await BlobCopier.TryCopyFromElsewhereAsync(_source, writer, blob, cancellation).ConfigureAwait(false))
        {
            _lost.TryAdd(blob.Blob, true);
        }
    }

    /// <summary>The document as the source has it: a copy is known by its first id, by restic as well.</summary>
    private async Task<SnapshotId> SaveAsync(StoredSnapshot stored, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> document = await _source.Repository.LoadUnpackedAsync(SnapshotRewrite.File(stored.Id), cancellation).ConfigureAwait(false);
        return await _destination.Repository.SaveDocumentAsync(
            SnapshotRewrite.Copy(document, stored.Snapshot.Original ?? stored.Id), cancellation).ConfigureAwait(false);
    }
}
