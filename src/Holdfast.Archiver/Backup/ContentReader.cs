using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Reads files, cuts them into chunks and stores these. Belongs to one worker.</summary>
internal sealed class ContentReader(Worker worker)
{
    /// <summary>Bytes read at once from a large file: what fits a core's cache and is small to carry over to the next chunk.</summary>
    private const int Stride = 512 * 1024;

    /// <summary>Nine in ten chunks are shorter than this, with room for what is carried over.</summary>
    private const int UsualChunk = 3 << 20;

    private byte[] _buffer = [];

    /// <summary>Stores the content of an open file, and returns how many bytes it had.</summary>
    /// <param name="expected">The length to be expected, for the choice of the way only.</param>
    internal async ValueTask<long> ReadAsync(LinuxFile source, long expected, PendingFile file)
    {
        if (expected >= Chunker.MinSize)
        {
            source.AdviseSequential();
        }

        _buffer = worker.Run.RentChunkBuffer();
        try
        {
            return await ReadChunksAsync(source, expected, file).ConfigureAwait(false);
        }
        finally
        {
            worker.Run.ReturnChunkBuffer(_buffer);
            _buffer = [];
        }
    }

    private async ValueTask<long> ReadChunksAsync(LinuxFile source, long expected, PendingFile file)
    {
        long total = 0;
        int filled = 0;
        int scanned = 0;
        while (true)
        {
            // One byte more than expected, so that a small file's end is seen in the same call.
            int wanted = (int)Math.Min(Math.Max(expected - total - filled, 4095), Math.Min(Stride, _buffer.Length - filled) - 1) + 1;
            int count = source.ReadFull(_buffer.AsSpan(filled, wanted));
            filled += count;
            bool atEnd = count < wanted;
            worker.Run.Progress.AddBytes(count);

            int cut;
            while ((cut = worker.Run.Chunker.FindCut(_buffer.AsSpan(0, filled), scanned)) > 0)
            {
                total += cut;
                filled = await StoreAsync(cut, filled, file).ConfigureAwait(false);
                scanned = 0;
            }

            scanned = filled;
            if (atEnd)
            {
                break;
            }

            worker.Run.Cancellation.ThrowIfCancellationRequested();
        }

        if (filled > 0)
        {
            total += filled;
            await StoreAsync(filled, filled, file).ConfigureAwait(false);
        }

        return total;
    }

    /// <summary>Stores the first <paramref name="length"/> bytes of the buffer here, or with an idle worker; returns what is left in it.</summary>
    private async ValueTask<int> StoreAsync(int length, int filled, PendingFile file)
    {
        int index = file.NextChunk();
        int rest = filled - length;
        if (length >= Chunker.MinSize && worker.Run.Work.SomebodyIsIdle && worker.Run.TryRentAnotherChunkBuffer(out byte[] other))
        {
            _buffer.AsSpan(length, rest).CopyTo(other);
            byte[] full = _buffer;
            _buffer = other;
            worker.Run.Work.Push(new ChunkJob(file, index, full, length));
            return rest;
        }

        ReadOnlyMemory<byte> chunk = _buffer.AsMemory(0, length);
        var id = new BlobId(Hash256.Of(chunk.Span));
        await worker.SaveAsync(id, chunk).ConfigureAwait(false);
        _buffer.AsSpan(length, rest).CopyTo(_buffer);
        if (length > UsualChunk)
        {
            // Only the few large chunks need the rest of the buffer.
            Pages.Discard(_buffer.AsSpan(UsualChunk, filled - UsualChunk));
        }

        await file.SetChunkAsync(index, id, worker).ConfigureAwait(false);
        return rest;
    }
}
