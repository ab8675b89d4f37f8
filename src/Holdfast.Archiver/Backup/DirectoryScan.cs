using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>One pass over the entries of an open directory: what is unchanged is settled at once, subdirectories become jobs, files are read.</summary>
internal sealed class DirectoryScan(PendingTree tree, List<byte[]> names, TargetTree? target, Worker worker)
{
    private readonly List<FileToRead> _files = [];
    private int _previousAt;

    private ArchiveRun Run => worker.Run;

    private ExcludeRules Excludes => Run.Options.Excludes;

    internal async ValueTask RunAsync()
    {
        if (Excludes.FindMarker(tree.Directory, names) is { } marker)
        {
            // Paths that the user named stay, whatever the rules say.
            names = [.. (target?.Names ?? []).Append(marker).DistinctBy(Convert.ToHexString).OrderBy(Convert.ToHexString, StringComparer.Ordinal)];
            tree.IsWhole = false;
        }

        tree.Expect(names.Count);
        for (int slot = 0; slot < names.Count; slot++)
        {
            await VisitAsync(slot, names[slot]).ConfigureAwait(false);
        }

        if (_files.Count > 0)
        {
            tree.HoldDirectory();
            await new FileBatchJob(tree, _files).RunAsync(worker).ConfigureAwait(false);
        }

        await tree.ArrivedAsync(worker).ConfigureAwait(false);
        tree.ReleaseDirectory();
    }

    private ValueTask VisitAsync(int slot, byte[] name)
    {
        TargetTree? named = target?.Find(name);
        Node? previous = FindPrevious(name);
        try
        {
            // What the user named is taken, whatever the rules say.
            bool excluded = named is not { IsTarget: true } && IsExcluded(name);
            if (named is null && excluded)
            {
                return tree.SetAsync(slot, null, worker);
            }

            FileStatus status = tree.Directory.Status(name);
            if (named is null)
            {
                return Excludes.ExcludesFile(status) ? tree.SetAsync(slot, null, worker) : SortAsync(slot, name, status, null, true, previous);
            }

            // On the way to another path, a link is followed, as the user did, and becomes the folder it leads to.
            bool whole = status.IsDirectory ? named.IsTarget || (tree.IsWhole && !excluded) : named.Names.Count == 0;
            return SortAsync(slot, name, whole ? status : FollowedStatus(name), named, whole, previous);
        }
        catch (LinuxException e)
        {
            Run.Progress.AddProblem(tree.ChildPath(name), e.IsMissing ? "it vanished while its folder was read" : e.Message);
            return tree.SetAsync(slot, null, worker);
        }
    }

    private ValueTask SortAsync(int slot, byte[] name, in FileStatus status, TargetTree? named, bool whole, Node? previous)
    {
        switch (status.Kind)
        {
            case FileKind.Directory when named is null && Excludes.IsOwnFolder(status):
                return tree.SetAsync(slot, null, worker);

            case FileKind.Directory:
                bool wasDirectory = previous is { Type: NodeType.Dir, Subtree: not null };
                tree.HoldDirectory();
                Run.Work.Push(new DirectoryJob(tree, slot, name, named, whole, wasDirectory ? previous : null, wasDirectory ? previous!.Subtree : null));
                return default;

            case FileKind.Regular when !Run.Options.Force && previous is not null && IsUnchanged(previous, status):
                if (Run.Unseen is { } unseen && unseen.MayBeIn(status))
                {
                    _files.Add(new(slot, name, status, previous, Again: true)); // D62
                    return default;
                }

                return KeepAsync(slot, name, status, previous);

            case FileKind.Regular:
                _files.Add(new(slot, name, status, previous));
                return default;

            case FileKind.Fifo when Run.Options.ReadFifos:
                _files.Add(new(slot, name, status, previous));
                return default;

            case FileKind.Socket or FileKind.Unknown:
                return tree.SetAsync(slot, null, worker); // as restic: a socket is nothing without its process

            default:
                Run.CountOtherItem();
                return tree.SetAsync(slot, SpecialNode(name, status, previous), worker);
        }
    }

    private bool IsExcluded(byte[] name) => Excludes.ExcludesPaths && Excludes.ExcludesPath(tree.ChildPath(name), tree.TargetDepth);

    private FileStatus FollowedStatus(byte[] name)
    {
        using DirectoryHandle directory = DirectoryHandle.Open(tree.Directory.Child(name));
        return directory.Status();
    }

    /// <summary>Both lists are in byte order, so this walks along the older one.</summary>
    private Node? FindPrevious(byte[] name)
    {
        IReadOnlyList<Node> nodes = tree.PreviousNodes;
        while (_previousAt < nodes.Count)
        {
            int order = nodes[_previousAt].Name.AsSpan().SequenceCompareTo(name);
            if (order >= 0)
            {
                return order == 0 ? nodes[_previousAt++] : null;
            }

            _previousAt++;
        }

        return null;
    }

    /// <summary>R03, R04: size, mtime, ctime and inode are as they were, and the repository still has all of the content.</summary>
    private bool IsUnchanged(Node previous, in FileStatus status)
    {
        if (previous.Type != NodeType.File || previous.Content is null
            || previous.Size != (ulong)status.Size
            || previous.ModifyTime != status.ModifyTime
            || (!Run.Options.IgnoreChangeTime && previous.ChangeTime != status.ChangeTime)
            || (!Run.Options.IgnoreInode && previous.Inode != status.Inode))
        {
            return false;
        }

        foreach (BlobId id in previous.Content)
        {
            if (!Run.Repository.Index.Contains(id))
            {
                Run.Repository.Repository.Options.Warn($"parts of {PathText.Printable(tree.ChildPath(previous.Name))} are missing in the repository; storing it again");
                return false;
            }
        }

        return true;
    }

    private ValueTask KeepAsync(int slot, byte[] name, in FileStatus status, Node previous)
    {
        Node node = Run.Nodes.IsStillTrue(previous, status)
            ? previous
            : Run.Nodes.Build(name, status) with { Content = previous.Content, ExtendedAttributes = ReadAttributes(name) };
        Run.Progress.AddBytes(status.Size);
        Report(name, ItemChange.Unmodified, node.Size);
        return tree.SetAsync(slot, node, worker);
    }

    private Node SpecialNode(byte[] name, in FileStatus status, Node? previous)
    {
        if (previous is not null && Run.Nodes.IsStillTrue(previous, status))
        {
            return previous;
        }

        Node node = Run.Nodes.Build(name, status) with { ExtendedAttributes = ReadAttributes(name) };
        return status.Kind == FileKind.SymbolicLink ? node with { LinkTarget = tree.Directory.ReadLink(name) } : node;
    }

    private ExtendedAttribute[] ReadAttributes(byte[] name) => FileArchiver.ReadAttributes(tree, name, Run);

    private void Report(byte[] name, ItemChange change, ulong size)
    {
        Run.Progress.AddFile(change);
        Run.Progress.Done(tree, name, isDirectory: false, change, size);
    }
}
