using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Hard links, known by what the snapshot has of them. Finding is for the walking thread; settling comes from any. Memory: one group
/// for each file with names still to come.
/// </summary>
internal sealed class RestoreLinks(
    DirectoryPool pool, RestoreOptions options, EntrySwap swap, RestoreDirectories directories, RestoreReport report)
{
    private readonly Dictionary<LinkIdentity, LinkGroup> _groups = [];

    /// <summary>Begins a group with its first name; null where no other names can be.</summary>
    internal LinkGroup? Begin(RestoreDirectory directory, Node node)
    {
        if (!node.MayHaveHardLinks)
        {
            return null;
        }

        var group = new LinkGroup(directory, node.Name, seen: 1);
        _groups.Add(LinkIdentity.Of(node), group);
        return group;
    }

    /// <summary>Makes the name a link to a file that was met before; false where it was not.</summary>
    internal bool TryJoin(RestoreDirectory directory, Node node, FileStatus? existing)
    {
        if (!node.MayHaveHardLinks || !_groups.TryGetValue(LinkIdentity.Of(node), out LinkGroup? group))
        {
            return false;
        }

        if ((ulong)++group.Seen >= node.Links)
        {
            _groups.Remove(LinkIdentity.Of(node));
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
