namespace Holdfast.Repository;

/// <summary>
/// Trees waiting to be walked by several workers. Last in, first out, so that what waits is little more than the siblings
/// along the way down.
/// </summary>
internal sealed class TreeStack : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<TreeId> _waiting = new();
    private readonly SemaphoreSlim _ready = new(0);

    /// <summary>Trees pushed whose walk has not ended; when it falls to zero there will be no more.</summary>
    private int _open;

    internal bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _open == 0;
            }
        }
    }

    internal void Push(TreeId tree)
    {
        lock (_lock)
        {
            _waiting.Push(tree);
            _open++;
        }

        _ready.Release();
    }

    /// <summary>The next tree, which must end in <see cref="Done"/>; null when all are walked.</summary>
    internal async ValueTask<TreeId?> PopAsync(CancellationToken cancellation)
    {
        await _ready.WaitAsync(cancellation).ConfigureAwait(false);
        lock (_lock)
        {
            if (_waiting.TryPop(out TreeId tree))
            {
                return tree;
            }
        }

        _ready.Release(); // for the next worker that waits in vain
        return null;
    }

    internal void Done()
    {
        lock (_lock)
        {
            if (--_open > 0)
            {
                return;
            }
        }

        _ready.Release();
    }

    public void Dispose() => _ready.Dispose();
}
