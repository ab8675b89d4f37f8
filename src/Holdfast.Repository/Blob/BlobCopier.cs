using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Copies blobs out of packs into new ones, of the same repository or of another, each proven first. A blob keeps its
/// compression: in the same repository it stays sealed as it is, for another key the compressed bytes are sealed anew.
/// Memory: a stretch of a pack, and the largest blob twice. One thread at a time.
/// </summary>
internal sealed class BlobCopier(IndexedRepository repository, BlobWriter writer)
{
    private const int StretchLength = 4 << 20;

    /// <summary>Reading past this much that is not wanted costs less than asking once more.</summary>
    private const int LargestGap = 256 << 10;

    /// <summary>A read that fails once may succeed the next time; whoever repairs takes for lost what this gives up.</summary>
    private const int Attempts = 3;

    private readonly OpenRepository _target = writer.Repository;
    private readonly bool _isSameKey = ReferenceEquals(writer.Repository, repository.Repository);
    private byte[] _stretch = [];
    private byte[] _opened = [];
    private byte[] _plain = [];
    private bool _compress;

    /// <summary>Copies blobs of one pack, in the order in which they lie there.</summary>
    /// <param name="compress">Whether blobs that are stored uncompressed become what the target makes of new ones.</param>
    /// <param name="failed">Told of each that cannot be read, and why; what it throws ends the copying.</param>
    /// <exception cref="BackupException"/>
    internal async Task CopyAsync(
        PackId pack, IEnumerable<PackEntry> blobs, bool compress, Func<PackEntry, BackupException, ValueTask> failed, CancellationToken cancellation)
    {
        _compress = compress;
        var file = new BackendFile(FileType.Pack, pack.ToString());
        PackEntry[] sorted = [.. blobs.OrderBy(b => b.Location.Offset)];
        for (int from = 0; from < sorted.Length;)
        {
            int to = EndOfStretch(sorted, from);
            await CopyStretchAsync(file, sorted.AsMemory(from..to), failed, 1, cancellation).ConfigureAwait(false);
            from = to;
        }
    }

    /// <summary>Copies one blob from one place; null where that is done, else what is wrong with that place.</summary>
    internal async Task<string?> TryCopyAsync(PackEntry blob, CancellationToken cancellation)
    {
        string? problem = null;
        await CopyAsync(
            blob.Location.Pack, [blob], compress: false, (_, why) => { problem = why.Message; return ValueTask.CompletedTask; }, cancellation).ConfigureAwait(false);
        return problem;
    }

    /// <summary>Copies a blob that cannot be read at one place from another; false where there is none that gives it back.</summary>
    internal static async Task<bool> TryCopyFromElsewhereAsync(IndexedRepository repository, BlobWriter writer, PackEntry blob, CancellationToken cancellation)
    {
        var copier = new BlobCopier(repository, writer);
        foreach (BlobLocation place in repository.Index.FindAll(blob.Blob).Where(p => p != blob.Location))
        {
            if (await copier.TryCopyAsync(blob with { Location = place }, cancellation).ConfigureAwait(false) is null)
            {
                return true;
            }
        }

        return false;
    }

    private static int EndOfStretch(PackEntry[] sorted, int from)
    {
        long end = End(sorted[from]);
        int to = from + 1;
        while (to < sorted.Length && sorted[to].Location.Offset - end <= LargestGap && End(sorted[to]) - sorted[from].Location.Offset <= StretchLength)
        {
            end = Math.Max(end, End(sorted[to++]));
        }

        return to;
    }

    private static long End(in PackEntry entry) => (long)entry.Location.Offset + entry.Location.Length;

    private async Task CopyStretchAsync(
        BackendFile file, ReadOnlyMemory<PackEntry> blobs, Func<PackEntry, BackupException, ValueTask> failed, int attempt, CancellationToken cancellation)
    {
        uint start = blobs.Span[0].Location.Offset;
        int length = (int)(LastEnd(blobs.Span) - start);
        Reserve(ref _stretch, length);
        int read;
        try
        {
            read = await repository.Repository.Backend.ReadAsync(file, start, _stretch.AsMemory(0, length), cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.NotFound or BackupErrorKind.Unreachable or BackupErrorKind.Corrupt)
        {
            await CopyApartAsync(file, blobs, failed, e, attempt, cancellation).ConfigureAwait(false);
            return;
        }

        for (int i = 0; i < blobs.Length; i++)
        {
            PackEntry blob = blobs.Span[i];
            int at = (int)(blob.Location.Offset - start);
            string? problem = at + (long)blob.Location.Length > read
                ? $"pack {blob.Location.Pack} is truncated"
                : await CopyAsync(blob, _stretch.AsMemory(at, (int)blob.Location.Length), cancellation).ConfigureAwait(false);
            if (problem is not null)
            {
                await failed(blob, BackupException.Corrupt(problem)).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Where a stretch cannot be read, perhaps for one bad sector, each blob is asked for by itself.</summary>
    private async Task CopyApartAsync(
        BackendFile file, ReadOnlyMemory<PackEntry> blobs, Func<PackEntry, BackupException, ValueTask> failed, BackupException failure, int attempt,
        CancellationToken cancellation)
    {
        if (blobs.Length == 1 && attempt == Attempts)
        {
            await failed(blobs.Span[0], new(failure.Kind, $"pack {file.Name} cannot be read: {failure.Message}", failure)).ConfigureAwait(false);
            return;
        }

        for (int i = 0; i < blobs.Length; i++)
        {
            await CopyStretchAsync(file, blobs.Slice(i, 1), failed, blobs.Length == 1 ? attempt + 1 : 1, cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask<string?> CopyAsync(PackEntry blob, Memory<byte> message, CancellationToken cancellation)
    {
        int length = (int)blob.Location.PlainLength;
        Reserve(ref _opened, message.Length);
        Reserve(ref _plain, length);
        message.CopyTo(_opened);
        BlobCodec codec = repository.Repository.RentCodec();
        try
        {
            if (IndexedRepository.Decode(blob.Blob, blob.Location, _opened.AsSpan(0, message.Length), _plain.AsSpan(0, length), codec) is { } problem)
            {
                return problem;
            }

            await StoreAsync(blob, message, length, codec, cancellation).ConfigureAwait(false);
            return null;
        }
        finally
        {
            repository.Repository.ReturnCodec(codec);
        }
    }

    /// <param name="message">The blob as it lies in the pack; what it unpacks to is in <see cref="_plain"/>, what it opens to in <see cref="_opened"/>.</param>
    private async ValueTask StoreAsync(PackEntry blob, Memory<byte> message, int length, BlobCodec codec, CancellationToken cancellation)
    {
        if (_isSameKey && (blob.Location.IsCompressed || !_compress))
        {
            await writer.SaveSealedAsync(blob.Blob, message, blob.Location.UncompressedLength, cancellation).ConfigureAwait(false);
            return;
        }

        BlobCodec sealing = _isSameKey ? codec : _target.RentCodec();
        try
        {
            if (blob.Location.IsCompressed && _target.Config.CanCompress)
            {
                Memory<byte> opened = _opened.AsMemory(0, message.Length);
                sealing.Sealer.SealInPlace(opened.Span);
                await writer.SaveSealedAsync(blob.Blob, opened, blob.Location.UncompressedLength, cancellation).ConfigureAwait(false);
            }
            else
            {
                await writer.SaveAgainAsync(blob.Blob, _plain.AsMemory(0, length), sealing, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            if (!_isSameKey)
            {
                _target.ReturnCodec(sealing);
            }
        }
    }

    private static long LastEnd(ReadOnlySpan<PackEntry> blobs)
    {
        long end = 0;
        foreach (PackEntry blob in blobs)
        {
            end = Math.Max(end, End(blob));
        }

        return end;
    }

    private static void Reserve(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            // At once for the largest chunk: memory that is never touched costs nothing.
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, Chunker.MaxSize + Sealer.Overhead));
        }
    }
}
