using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>One restore: its parts, wired, and those that run at the same time: planning, preparing and fetching.</summary>
internal sealed class RestoreRun : IDisposable
{
    private readonly DirectoryPool _pool = new();
    private readonly Channel<RestoreBatch> _batches = Channel.CreateBounded<RestoreBatch>(1);

    /// <summary>So many that the workers have enough of one batch while the next is prepared.</summary>
    private readonly Channel<BatchRead> _reads = Channel.CreateBounded<BatchRead>(64);

    private readonly RestoreReport _report;
    private readonly RestoreWalk _walk;
    private readonly RestoreDirectories _directories;
    private readonly BatchPreparation _preparation;
    private readonly FetchWorkers _workers;
    private readonly RestorePlanner _planner;
    private readonly RestoreVerifier _verifier;
    private ExceptionDispatchInfo? _failure;

    internal RestoreRun(IndexedRepository repository, RestoreOptions options, RestoreReport report)
    {
        _report = report;
        _walk = new(repository, options, options.OwnersByName ? new(report.Note) : null, report.Fail);
        var held = new HeldPaths(options.Holds);
        var folderLinks = new FolderLinks(_pool, held);
        var kept = new KeptFolders(options, held);
        var removal = new EntryRemoval(_pool, options, kept, report);
        var unexpected = new UnexpectedEntries(options, held, kept, removal, report);
        var swap = new EntrySwap(options, held, removal);
        var attributes = new AttributePolicy(options);
        var entryMetadata = new EntryMetadata(attributes, report);
        var fileMetadata = new FileMetadata(attributes, report);
        _directories = new(_pool, options, folderLinks, entryMetadata, unexpected, report);
        var links = new RestoreLinks(_pool, options, swap, _directories, report);
        var writer = new FileWriter(_pool, options, fileMetadata, swap, links, _directories, report);
        var maker = new EntryMaker(_pool, options, entryMetadata, swap, report);
        _preparation = new(repository, options, _pool, writer, fileMetadata);
        _workers = new(repository, writer);
        _planner = new(_walk, _directories, links, maker, report, _batches.Writer);
        var secondWalk = new RestoreWalk(repository, options, owners: null, static (_, _) => { });
        _verifier = new(repository, secondWalk, _pool, folderLinks, report);
    }

    /// <summary>Restores below an open folder; null in a dry run where it is not there.</summary>
    internal async Task RestoreAsync(TreeId tree, RestoreDirectory root, DirectoryHandle? target, CancellationToken cancellation)
    {
        if (target is not null)
        {
            _pool.SetRoot(root, target);
            root.IsPresent = true;
        }

        _report.Enter(RestorePhase.Restoring);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAll(
            GuardAsync(() => _planner.RunAsync(tree, root, stop.Token), stop),
            GuardAsync(() => _preparation.RunAsync(_batches.Reader, _reads.Writer, stop.Token), stop),
            GuardAsync(() => _workers.RunAsync(_reads.Reader, stop.Token), stop)).ConfigureAwait(false);
        _preparation.AbandonUnfinished();
        cancellation.ThrowIfCancellationRequested();
        _failure?.Throw();
        _directories.FinishRemovals(cancellation);
    }

    /// <summary>Compares what was restored with the hashes.</summary>
    internal async Task VerifyAsync(TreeId tree, string path, DirectoryHandle target, CancellationToken cancellation)
    {
        _report.Enter(RestorePhase.Verifying);
        var root = new RestoreDirectory(path);
        _pool.SetRoot(root, target);
        await _verifier.RunAsync(tree, root, cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _workers.Dispose();
        _pool.Dispose();
    }

    /// <summary>The first failure stops the others and is the one that surfaces.</summary>
    private async Task GuardAsync(Func<Task> part, CancellationTokenSource stop)
    {
        try
        {
            await Task.Run(part, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }
}
