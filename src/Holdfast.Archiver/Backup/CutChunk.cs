using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A chunk that waits to be stored.</summary>
/// <param name="Index">Which of the file's chunks it is.</param>
/// <param name="Trial">That of the file, if this is not its first chunk.</param>
/// <param name="Place">Where it lies in its buffer.</param>
internal readonly record struct CutChunk(PendingFile File, int Index, CompressionTrial? Trial, Range Place)
{
    /// <summary>Stores chunks that lie in one buffer.</summary>
    internal static async ValueTask StoreAsync(byte[] buffer, List<CutChunk> chunks, Worker worker)
    {
        var hashes = new Hash256[chunks.Count];
        Hash256.Of(buffer, [.. chunks.Select(c => c.Place)], hashes);
        for (int i = 0; i < hashes.Length; i++)
        {
            CutChunk chunk = chunks[i];
            var id = new BlobId(hashes[i]);
            await worker.SaveAsync(id, buffer.AsMemory(chunk.Place), chunk.Trial).ConfigureAwait(false);
            await chunk.File.SetChunkAsync(chunk.Index, id, worker).ConfigureAwait(false);
        }
    }
}
