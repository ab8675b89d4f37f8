using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A directory to be opened, listed and compared with the parent snapshot.</summary>
/// <param name="parent">The directory it is in; null for the root of the snapshot.</param>
/// <param name="target">Set where paths named by the user lead here or further down.</param>
/// <param name="whole">Whether all that is in it is wanted, or only what leads to the paths that the user named.</param>
internal sealed class DirectoryJob(PendingTree? parent, int slot, byte[] name, TargetTree? target, bool whole, Node? previous, TreeId? previousTree) : Job
{
    internal override async ValueTask RunAsync(Worker worker)
    {
        ArchiveRun run = worker.Run;
        PendingTree? tree = null;
        List<byte[]> names = [];
        try
        {
            (tree, names) = await OpenAsync(run).ConfigureAwait(false);
        }
        catch (LinuxException e)
        {
            run.Progress.AddProblem(parent?.ChildPath(name) ?? "/", e.Message);
        }

        parent?.ReleaseDirectory();
        if (tree is not null)
        {
            await new DirectoryScan(tree, names, target, worker).RunAsync().ConfigureAwait(false);
        }
        else if (parent is not null)
        {
            await parent.SetAsync(slot, null, worker).ConfigureAwait(false);
        }
    }

    internal override void Abandon() => parent?.ReleaseDirectory();

    private async ValueTask<(PendingTree Tree, List<byte[]> Names)> OpenAsync(ArchiveRun run)
    {
        DirectoryHandle directory = Open();
        try
        {
            FileStatus status = directory.Status();
            List<byte[]> names = whole ? directory.ReadNames() : TargetNames();
            ExtendedAttribute[] attributes = parent is null ? [] : ReadAttributes(status, run);
            IReadOnlyList<Node>? previousNodes = await run.TryLoadPreviousAsync(previousTree, () => parent?.ChildPath(name) ?? "/").ConfigureAwait(false);
            bool isTarget = target is { IsTarget: true };
            var tree = new PendingTree(parent, slot, name, directory, status, attributes, previous, previousNodes ?? [])
            {
                RootDevice = isTarget ? status.DeviceId : parent?.RootDevice ?? 0,
                PreviousTree = previousNodes is null ? null : previousTree,
                IsDoubtful = previousNodes is null || (previousTree is null && parent is { IsDoubtful: true }),
                TargetDepth = isTarget ? (parent?.Depth + 1) ?? 0 : parent?.TargetDepth ?? 0,
                IsWhole = whole,
                Target = target,
                Tally = isTarget ? target!.Tally : parent?.Tally,
            };
            if (whole)
            {
                run.CountOtherItem();
            }

            if (StaysOutside(tree, directory, run))
            {
                tree.IsWhole = false;
                names = TargetNames();
            }

            return (tree, names);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Above the paths that the user named, links are followed, as the user did; below, never.</summary>
    private DirectoryHandle Open() =>
        parent is null ? DirectoryHandle.Open("/")
        : !whole ? DirectoryHandle.Open(parent.Directory.Child(name))
        : parent.Directory.OpenDirectory(name);

    private List<byte[]> TargetNames() => target is null ? [] : [.. target.Names];

    /// <summary>Whether this is a mount point whose content is not wanted: another file system, or one that is only a view into the kernel.</summary>
    private static bool StaysOutside(PendingTree tree, DirectoryHandle directory, ArchiveRun run) =>
        tree.RootDevice != 0 && tree.Device != tree.RootDevice
        && (run.Options.OneFileSystem || directory.IsKernelView());

    private ExtendedAttribute[] ReadAttributes(in FileStatus status, ArchiveRun run)
    {
        if (previous is not null && previous.ChangeTime == status.ChangeTime && previous.Inode == status.Inode && !run.Options.Force)
        {
            return previous.ExtendedAttributes;
        }

        try
        {
            return parent!.Directory.ReadAttributes(name);
        }
        catch (LinuxException e)
        {
            run.Progress.AddProblem(parent!.ChildPath(name), e.Message);
            return [];
        }
    }
}
