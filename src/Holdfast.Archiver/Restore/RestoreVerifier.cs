using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Reads back what was restored and compares it with the hashes. Walks the snapshot a second time rather than remember
/// every file of the first. As many workers as processors; each holds one blob.
/// </summary>
internal sealed class RestoreVerifier(IndexedRepository repository, RestoreWalk walk, DirectoryPool pool, FolderLinks links, RestoreReport report)
{
    private const int MaxFiles = 1000;

    internal async Task RunAsync(TreeId tree, RestoreDirectory root, CancellationToken cancellation)
    {
        var files = new List<(RestoreDirectory Directory, Node Node)>();
        await foreach (WalkStep step in walk.WalkAsync(tree, root, cancellation).ConfigureAwait(false))
        {
            if (step.Kind == WalkStepKind.Enter)
            {
                step.Directory.IsBlocked = !report.IsThere(step.Directory.Path);
                if (!step.Directory.IsBlocked && links.MayFollow(step.Directory))
                {
                    Follow(step.Directory);
                }
            }
            else if (step.Node is { Type: NodeType.File } node && report.IsThere(step.Directory.PathOf(node.Name)))
            {
                files.Add((step.Directory, node));
            }

            if (files.Count >= MaxFiles)
            {
                await VerifyAsync(files, cancellation).ConfigureAwait(false);
            }
        }

        await VerifyAsync(files, cancellation).ConfigureAwait(false);
    }

    /// <summary>Goes where the restore went. What cannot be opened now fails with the first file in it.</summary>
    private void Follow(RestoreDirectory directory)
    {
        try
        {
            using DirectoryLease lease = pool.Open(directory.Parent!);
            if (lease.Handle.TryStatus(directory.Name, out FileStatus status) && status.Kind == FileKind.SymbolicLink)
            {
                directory.LedTo = links.Find(directory);
            }
        }
        catch (LinuxException)
        {
            // Nothing was selected in it, so that it was not made; or it has gone since.
        }
    }

    private async Task VerifyAsync(List<(RestoreDirectory Directory, Node Node)> files, CancellationToken cancellation)
    {
        var workers = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        await Parallel.ForEachAsync(files, workers, (file, token) =>
        {
            report.Try(file.Directory, file.Node.Name, () => Verify(file.Directory, file.Node, token));
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        files.Clear();
    }

    private void Verify(RestoreDirectory directory, Node node, CancellationToken cancellation)
    {
        using DirectoryLease lease = pool.Open(directory);
        using LinuxFile open = lease.Handle.OpenFile(node.Name);
        if (ContentCheck.Matches(open, node.Content ?? [], repository.Index, cancellation))
        {
            report.Verified();
        }
        else
        {
            report.Fail(directory.PathOf(node.Name), "what was read back is not what was written: the disk is failing, or another program writes there");
        }
    }
}
