using System.Runtime.InteropServices;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Hard links, known by device and inode as the snapshot has them, and by content: a file that went while the backup ran may have
/// left its inode to another one. Finding is for the walking thread; settling comes
/// from any. Memory: one group for each file with names still to come.
/// </summary>
internal sealed class RestoreLinks(
    DirectoryPool pool, RestoreOptions options, EntrySwap swap, RestoreDirectories directories, RestoreReport report)
{
    private readonly Dictionary<(NodeType Type, ulong Device, ulong Inode, Hash256 Content), LinkGroup> _groups = [];

    /// <summary>Begins a group with its first name; null where no other names can be.</summary>
    internal LinkGroup? Begin(RestoreDirectory directory, Node node)
    {
        if (!IsLinked(node))
        {
            return null;
        }

        var group = new LinkGroup(directory, node.Name, seen: 1);
        _groups.Add(Key(node), group);
        return group;
    }

    /// <summary>Makes the name a link to a file that was met before; false where it was not.</summary>
    internal bool TryJoin(RestoreDirectory directory, Node node, FileStatus? existing)
    {
        if (!IsLinked(node) || !_groups.TryGetValue(Key(node), out LinkGroup? group))
        {
            return false;
        }

        if ((ulong)++group.Seen >= node.Links)
        {
            _groups.Remove(Key(node));
        }

        directory.AddPending();
        var name = new LinkName(directory, node.Name, existing);
        if (!group.TryWait(name, out LinkOutcome outcome))
        {
            Link(group, name, outcome);
        }

        return true;
    }

    /// <summary>Tells a group what became of its file, and makes the links that waited for it.</summary>
    internal void Settle(LinkGroup? group, LinkOutcome outcome)
    {
        foreach (LinkName name in group?.Settle(outcome) ?? [])
        {
            Link(group!, name, outcome);
        }
    }

    private static bool IsLinked(Node node) => node.MayHaveHardLinks && node.Inode != 0;

    private static (NodeType Type, ulong Device, ulong Inode, Hash256 Content) Key(Node node) =>
        (node.Type, node.DeviceId, node.Inode, Hash256.Of(Content(node)));

    /// <summary>What cannot differ between two names of one file; its size follows from the blobs.</summary>
    private static ReadOnlySpan<byte> Content(Node node) => node.Type switch
    {
        NodeType.File => MemoryMarshal.AsBytes<BlobId>(node.Content),
        NodeType.Symlink => node.LinkTarget,
        _ => BitConverter.GetBytes(node.Device),
    };

    private void Link(LinkGroup group, LinkName name, LinkOutcome outcome)
    {
        string path = name.Directory.PathOf(name.Name);
        string reason = $"it is the same file as {PathText.Printable(group.Directory.PathOf(group.Name))}, which could not be restored";
        if (outcome == LinkOutcome.Lost)
        {
            report.Lose(path, reason);
        }
        else if (outcome == LinkOutcome.Failed)
        {
            report.Fail(path, reason);
        }
        else if (options.DryRun || report.Try(name.Directory, name.Name, () => LinkNow(group, name)))
        {
            report.Done(name.Existing is null ? RestoreAction.Restored : RestoreAction.Updated, name.Directory, name.Name, 0);
        }

        directories.Release(name.Directory);
    }

    private void LinkNow(LinkGroup group, LinkName name)
    {
        using DirectoryLease first = pool.Open(group.Directory);
        using DirectoryLease own = pool.Open(name.Directory);
        if (name.Existing is null)
        {
            own.Handle.CreateHardLink(name.Name, first.Handle, group.Name);
            return;
        }

        // A rename between two names of one file does nothing at all, so that case must not come to it.
        FileStatus wanted = first.Handle.Status(group.Name);
        if (wanted.Inode == name.Existing.Value.Inode && wanted.DeviceId == name.Existing.Value.DeviceId)
        {
            return;
        }

        byte[] temporary = swap.NewName();
        own.Handle.CreateHardLink(temporary, first.Handle, group.Name);
        try
        {
            swap.Replace(name.Directory, own.Handle, temporary, name.Name);
        }
        catch (LinuxException)
        {
            EntrySwap.RemoveQuietly(own.Handle, temporary);
            throw;
        }
    }
}
