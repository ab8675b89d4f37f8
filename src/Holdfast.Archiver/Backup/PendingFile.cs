using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A file whose chunks may be with several workers; it becomes a node when the last one is stored. Thread-safe.</summary>
internal sealed class PendingFile(INodeTaker taker, int slot)
{
    private readonly Lock _lock = new();
    private readonly List<BlobId> _content = [];
    private Node? _node;
    private int _missing = 1;

    /// <summary>From the second chunk on, since most files have no second.</summary>
    internal CompressionTrial? Compression { get; private set; }

    /// <summary>Reserves the place of the next chunk.</summary>
    internal int NextChunk()
    {
        lock (_lock)
        {
            _content.Add(default);
            _missing++;
            Compression ??= _content.Count > 1 ? new() : null;
            return _content.Count - 1;
        }
    }

    internal ValueTask SetChunkAsync(int index, BlobId id, Worker worker)
    {
        lock (_lock)
        {
            _content[index] = id;
        }

        return ArrivedAsync(worker);
    }

    /// <summary>All chunks are on their way; the file will be this node, or none.</summary>
    internal ValueTask EndAsync(Node? node, Worker worker)
    {
        _node = node;
        return ArrivedAsync(worker);
    }

    private ValueTask ArrivedAsync(Worker worker)
    {
        lock (_lock)
        {
            if (--_missing > 0)
            {
                return default;
            }
        }

        return taker.SetAsync(slot, _node is null ? null : _node with { Content = [.. _content] }, worker);
    }
}
