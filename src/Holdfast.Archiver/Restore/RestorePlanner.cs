using System.Threading.Channels;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Takes the steps of the walk: directories, links and special files are made at once, regular files are collected into
/// batches for the workers. One thread; one batch waits for its preparation at most.
/// </summary>
internal sealed class RestorePlanner(
    RestoreWalk walk,
    RestoreDirectories directories,
    RestoreLinks links,
    EntryMaker maker,
    RestoreReport report,
    ChannelWriter<RestoreBatch> batches)
{
    /// <summary>Larger sizes than any file system has come from a forged snapshot; sums of smaller ones fit.</summary>
    private const ulong MaxSize = 1UL << 60;

    private RestoreBatch _batch = new();

    internal async Task RunAsync(TreeId tree, RestoreDirectory root, CancellationToken cancellation)
    {
        try
        {
            await foreach (WalkStep step in walk.WalkAsync(tree, root, cancellation).ConfigureAwait(false))
            {
                await TakeAsync(step, cancellation).ConfigureAwait(false);
            }

            await batches.WriteAsync(_batch, cancellation).ConfigureAwait(false);
        }
        finally
        {
            batches.TryComplete();
        }
    }

    private async ValueTask TakeAsync(WalkStep step, CancellationToken cancellation)
    {
        switch (step.Kind)
        {
            case WalkStepKind.Enter:
                directories.Enter(step.Directory, step.Nodes);
                break;
            case WalkStepKind.Leave:
                directories.Release(step.Directory);
                break;
            default:
                Take(step.Directory, step.Node!);
                break;
        }

        if (_batch.IsFull)
        {
            await batches.WriteAsync(_batch, cancellation).ConfigureAwait(false);
            _batch = new();
        }
    }

    private void Take(RestoreDirectory directory, Node node)
    {
        FileStatus? existing = null;
        if (!report.Try(directory, node.Name, () => existing = directories.FindExisting(directory, node.Name)))
        {
            return;
        }

        long size = node.Type == NodeType.File ? (long)Math.Min(node.Size, MaxSize) : 0;
        if (node.Type is NodeType.Socket or NodeType.Irregular || (existing is { } present && !directories.Overwrites(node, present)))
        {
            report.Found(size);
            report.Skip(directory, node.Name, size);
        }
        else if (directories.Ensure(directory) && !TryJoin(directory, node, existing))
        {
            report.Found(size);
            Begin(directory, node, existing);
        }
    }

    private bool TryJoin(RestoreDirectory directory, Node node, FileStatus? existing)
    {
        if (!links.TryJoin(directory, node, existing))
        {
            return false;
        }

        report.Found(0);
        return true;
    }

    private void Begin(RestoreDirectory directory, Node node, FileStatus? existing)
    {
        LinkGroup? group = links.Begin(directory, node);
        if (node.Type == NodeType.File)
        {
            directory.AddPending();
            _batch.Add(new(directory, node, existing, group));
        }
        else
        {
            bool isThere = maker.Make(directory, node, existing);
            links.Settle(group, isThere ? LinkOutcome.There : LinkOutcome.Failed);
        }
    }
}
