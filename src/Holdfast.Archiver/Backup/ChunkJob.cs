using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A chunk of a large file, handed to another worker with its buffer.</summary>
internal sealed class ChunkJob(PendingFile file, int index, byte[] buffer, int length) : Job
{
    internal override async ValueTask RunAsync(Worker worker)
    {
        ReadOnlyMemory<byte> chunk = buffer.AsMemory(0, length);
        var id = new BlobId(Hash256.Of(chunk.Span));
        await worker.SaveAsync(id, chunk, file.Compression).ConfigureAwait(false);
        Pages.Discard(buffer.AsSpan(0, length));
        worker.Run.ReturnChunkBuffer(buffer);
        await file.SetChunkAsync(index, id, worker).ConfigureAwait(false);
    }
}
