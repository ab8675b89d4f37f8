using System.Collections.Concurrent;
using System.Threading.Channels;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Fetches stretches of packs: three workers more than there are processors, or as many as the backend has connections if those are more.
/// Memory: two buffers of 8 MiB, or of one blob if that is larger, for each worker.
/// </summary>
internal sealed class FetchWorkers(IndexedRepository repository, FileWriter writer) : IDisposable
{
    private readonly StretchReader _reader = new(repository, writer);
    private readonly ConcurrentBag<FetchWorkspace> _workspaces = [];

    private readonly int _workers = Math.Max(LocalWorkers, repository.Repository.Backend.Connections);

    /// <summary>
    /// Three more than there are processors: some always wait, for the disk, from which packs come and to which large pieces go directly, and for one
    /// another, where they write to one large file.
    /// </summary>
    internal static int LocalWorkers => Environment.ProcessorCount + 3;

    internal Task RunAsync(ChannelReader<BatchRead> reads, CancellationToken cancellation)
    {
        var workers = new ParallelOptions { MaxDegreeOfParallelism = _workers, CancellationToken = cancellation };
        return Parallel.ForEachAsync(reads.ReadAllAsync(cancellation), workers, FetchAsync);
    }

    public void Dispose()
    {
        while (_workspaces.TryTake(out FetchWorkspace? workspace))
        {
            repository.Repository.ReturnCodec(workspace.Codec);
        }
    }

    private async ValueTask FetchAsync(BatchRead read, CancellationToken cancellation)
    {
        if (!_workspaces.TryTake(out FetchWorkspace? workspace))
        {
            workspace = new(repository.Repository.RentCodec());
        }

        try
        {
            await _reader.RunAsync(read.Stretch, workspace, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _workspaces.Add(workspace);
        }

        read.Batch.EndRead();
    }
}
