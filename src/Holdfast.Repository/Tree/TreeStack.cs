namespace Holdfast.Repository;

/// <summary>
/// Trees waiting to be walked by several workers. Last in, first out, so that what waits is little more than the siblings
/// along the way down.
/// </summary>
/// <typeparam name="T">A tree, and what is to be known of it when its turn comes.</typeparam>
internal sealed class TreeStack<T> : IDisposable
    where T : struct
{
    private readonly Lock _lock = new();
    private readonly Stack<T> _waiting = new();
    private readonly SemaphoreSlim _ready = new(0);

    /// <summary>Trees pushed whose walk has not ended; when it falls to zero there will be no more.</summary>
    private int _open;

    internal void Push(T tree)
    {
        lock (_lock)
        {
            _waiting.Push(tree);
            _open++;
        }

        _ready.Release();
    }

    /// <summary>Visits what was pushed, and what the visits push, until there is no more: as many at a time as there are processors.</summary>
    internal async Task WalkAsync(Func<T, CancellationToken, ValueTask> visit, CancellationToken cancellation)
    {
        if (_open == 0)
        {
            return;
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(Enumerable.Range(0, Environment.ProcessorCount), parallel, async (_, token) =>
        {
            while (await PopAsync(token).ConfigureAwait(false) is { } tree)
            {
                await visit(tree, token).ConfigureAwait(false);
                Done();
            }
        }).ConfigureAwait(false);
    }

    public void Dispose() => _ready.Dispose();

    /// <summary>The next tree, which must end in <see cref="Done"/>; null when all are walked.</summary>
    private async ValueTask<T?> PopAsync(CancellationToken cancellation)
    {
        await _ready.WaitAsync(cancellation).ConfigureAwait(false);
        lock (_lock)
        {
            if (_waiting.TryPop(out T tree))
            {
                return tree;
            }
        }

        _ready.Release(); // for the next worker that waits in vain
        return null;
    }

    private void Done()
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
}
