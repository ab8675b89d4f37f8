using Holdfast.Repository;

namespace Holdfast.Cli.View;

/// <summary>
/// The blobs of a repository as a view reads them: again and again, by many at once. Memory: 64 MiB of content, trees of
/// 64 MB, and what is being loaded, as much at once as there are processors. Thread-safe.
/// </summary>
internal sealed class ViewContent : IAsyncDisposable
{
    private const long BlobBytes = 64L << 20;

    /// <summary>A node takes some 700 bytes in memory; one of a file with many blobs 32 more for each.</summary>
    private const long TreeBytes = 64_000_000;
    private const long NodeBytes = 700;

    private readonly RecentlyUsed<BlobId, byte[]> _blobs = new(BlobBytes, b => Math.Max(b.LongLength, 1));
    private readonly RecentlyUsed<TreeId, Node[]> _trees = new(TreeBytes, t => 1 + t.Sum(n => NodeBytes + ((n.Content?.LongLength ?? 0) * Hash256.Size)));
    private readonly SemaphoreSlim _loading = new(Environment.ProcessorCount);
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly CancellationTokenSource _stop;
    private readonly CancellationToken _end;
    private readonly Action<TreeId, Node> _refused;
    private IndexedRepository _repository;

    /// <param name="refused">Told of nodes that no folder can have; see <see cref="ViewFolder.Order"/>.</param>
    /// <param name="end">When the view ends. What is loaded is for all, so one who has lost interest does not stop it.</param>
    internal ViewContent(IndexedRepository repository, Action<TreeId, Node> refused, CancellationToken end)
    {
        _repository = repository;
        _refused = refused;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(end);
        _end = _stop.Token;
    }

    internal IndexedRepository Repository => Volatile.Read(ref _repository);

    /// <summary>The nodes of a folder, in the order of names.</summary>
    internal Task<Node[]> LoadTreeAsync(TreeId tree) => _trees.GetAsync(tree, async id =>
    {
        await _loading.WaitAsync(_end);
        try
        {
            return ViewFolder.Order(await Repository.LoadTreeAsync(id, _end), n => _refused(id, n));
        }
        finally
        {
            _loading.Release();
        }
    });

    internal Task<byte[]> LoadBlobAsync(BlobId blob) => _blobs.GetAsync(blob, async id =>
    {
        await _loading.WaitAsync(_end);
        try
        {
            return await Repository.LoadBlobAsync(id, _end);
        }
        finally
        {
            _loading.Release();
        }
    });

    /// <summary>Reads the index anew where a snapshot came after it was read: a run stores its index before its snapshot (D4).</summary>
    internal async Task RequireAsync(TreeId root)
    {
        if (Repository.Index.Contains(root))
        {
            return;
        }

        await _reloading.WaitAsync(_end);
        try
        {
            if (!Repository.Index.Contains(root))
            {
                Volatile.Write(ref _repository, await Repository.Repository.LoadIndexAsync(null, _end));
            }
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Waits for what is being loaded, as a read-ahead may be: the repository must outlive it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            await _loading.WaitAsync(CancellationToken.None);
        }

        await _reloading.WaitAsync(CancellationToken.None);
        _stop.Dispose();
    }
}
