using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>Chunks, handed to another worker with the buffer in which they lie.</summary>
internal sealed class ChunkJob(byte[] buffer, List<CutChunk> chunks) : Job
{
    internal override async ValueTask RunAsync(Worker worker)
    {
        await CutChunk.StoreAsync(buffer, chunks, worker).ConfigureAwait(false);
        Pages.Discard(buffer.AsSpan(..chunks[^1].Place.End.Value));
        worker.Run.ReturnChunkBuffer(buffer);
    }
}
