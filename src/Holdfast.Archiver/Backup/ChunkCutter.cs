using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Cuts content into chunks as it comes, and stores these here or with an idle worker. Used for one file after another, by one thread.</summary>
internal sealed class ChunkCutter(Worker worker)
{
    /// <summary>Bytes added at once: what fits a core's cache and is small to carry over to the next chunk.</summary>
    internal const int Stride = 128 * 1024;

    /// <summary>Nine in ten chunks are shorter than this, with room for what is carried over.</summary>
    private const int UsualChunk = 3 << 20;

    private Chunker _chunker = worker.Run.ChunkerFor(ChunkGrain.Coarse);
    private int _leastShared;
    private PendingFile? _file;
    private byte[] _buffer = [];
    private int _filled;
    private int _scanned;

    /// <summary>Bytes of the file so far.</summary>
    internal long Length { get; private set; }

    /// <summary>Where content goes next: at least one byte, for <see cref="AddedAsync"/> to be told how many.</summary>
    internal Memory<byte> Free => _buffer.AsMemory(_filled, Math.Min(Stride, _buffer.Length - _filled));

    internal void Begin(PendingFile file, ChunkGrain grain)
    {
        _file = file;
        _chunker = worker.Run.ChunkerFor(grain);
        _leastShared = grain == ChunkGrain.Fine ? ArchiveRun.FineMinSize : Chunker.MinSize;
        _buffer = worker.Run.RentChunkBuffer();
        (_filled, _scanned, Length) = (0, 0, 0);
    }

    /// <summary>So many bytes were written into <see cref="Free"/>.</summary>
    internal async ValueTask AddedAsync(int count)
    {
        _filled += count;
        Length += count;
        worker.Run.Progress.AddBytes(count);

        int cut;
        while ((cut = _chunker.FindCut(_buffer.AsSpan(0, _filled), _scanned)) > 0)
        {
            await StoreAsync(cut).ConfigureAwait(false);
            _scanned = 0;
        }

        _scanned = _filled;
    }

    /// <summary>Stores what is left as the last chunk.</summary>
    internal async ValueTask EndAsync()
    {
        if (_filled > 0)
        {
            await StoreAsync(_filled).ConfigureAwait(false);
        }
    }

    /// <summary>Gives the buffer back; after <see cref="EndAsync"/>, or where the file is given up.</summary>
    internal void Release()
    {
        if (_buffer.Length > 0)
        {
            worker.Run.ReturnChunkBuffer(_buffer);
            _buffer = [];
        }
    }

    /// <summary>Stores the first <paramref name="length"/> bytes of the buffer here, or with an idle worker; the rest moves to the front.</summary>
    private async ValueTask StoreAsync(int length)
    {
        int index = _file!.NextChunk();
        int rest = _filled - length;
        if (length >= _leastShared && worker.Run.Work.SomebodyIsIdle && worker.Run.TryRentAnotherChunkBuffer(out byte[] other))
        {
            _buffer.AsSpan(length, rest).CopyTo(other);
            byte[] full = _buffer;
            _buffer = other;
            _filled = rest;
            worker.Run.Work.Push(new ChunkJob(_file, index, full, length));
            return;
        }

        ReadOnlyMemory<byte> chunk = _buffer.AsMemory(0, length);
        var id = new BlobId(Hash256.Of(chunk.Span));
        await worker.SaveAsync(id, chunk, _file.Compression).ConfigureAwait(false);
        _buffer.AsSpan(length, rest).CopyTo(_buffer);
        if (length > UsualChunk)
        {
            // Only the few large chunks need the rest of the buffer.
            Pages.Discard(_buffer.AsSpan(UsualChunk, _filled - UsualChunk));
        }

        _filled = rest;
        await _file.SetChunkAsync(index, id, worker).ConfigureAwait(false);
    }
}
