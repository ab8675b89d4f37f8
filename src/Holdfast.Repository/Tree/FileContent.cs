using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Writes the content of files from their blobs. Memory: the blob being written and three read ahead, 32 MiB at most.</summary>
public sealed class FileContent(IndexedRepository repository)
{
    private const int ReadAhead = 3;

    /// <summary>What is wrong with a file before its first byte is read; null where every blob is known and they make up its size.</summary>
    public string? FindDamage(Node node)
    {
        ulong size = 0;
        foreach (BlobId id in node.Content ?? [])
        {
            if (!repository.Index.TryFind(id, out BlobLocation place))
            {
                return $"{(BlobHandle)id} ({id}) is in no index: the repository is damaged";
            }

            size += place.PlainLength;
        }

        return size == node.Size ? null : $"its blobs hold {size} bytes and not {node.Size}: the snapshot is damaged";
    }

    /// <exception cref="BackupException">Kind Corrupt; what was written so far is right.</exception>
    public async Task CopyToAsync(Node node, Stream target, CancellationToken cancellation)
    {
        BlobId[] content = node.Content ?? [];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var loading = new Queue<Task<byte[]>>(ReadAhead + 1);
        Task<byte[]>? last = null;
        int next = 0;
        try
        {
            for (int written = 0; written < content.Length; written++)
            {
                for (; next < content.Length && next <= written + ReadAhead; next++)
                {
                    // The zeros of a disk image are one blob again and again.
                    last = last is not null && content[next] == content[next - 1] ? last : Load(content[next], stop.Token);
                    loading.Enqueue(last);
                }

                await target.WriteAsync(await loading.Dequeue().ConfigureAwait(false), cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll((IEnumerable<Task>)loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <remarks>On the thread pool, because decrypting takes as long as writing.</remarks>
    private Task<byte[]> Load(BlobId id, CancellationToken cancellation) =>
        Task.Run(async () => await repository.LoadBlobAsync(id, cancellation).ConfigureAwait(false), cancellation);
}
