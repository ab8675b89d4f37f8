using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Makes the directories of a restore and finishes them. A directory is made with mode 0700 when the first thing in it is
/// restored, and gets its metadata when the last thing in it is done, so the deepest come first. Entering and making are
/// for the walking thread; finishing comes from any.
/// </summary>
internal sealed class RestoreDirectories(
    DirectoryPool pool, RestoreOptions options, FolderLinks links, EntryMetadata metadata, UnexpectedEntries unexpected, RestoreReport report)
{
    private const uint PrivatePermissions = 0x1C0; // 0700

    private readonly List<RestoreDirectory> _withRemovals = [];

    /// <summary>Takes stock of what is there already, and makes a directory that is selected itself.</summary>
    internal void Enter(RestoreDirectory directory, List<Node> nodes)
    {
        RestoreDirectory parent = directory.Parent ?? directory;
        bool good = report.Try(parent, directory.Name, () =>
        {
            FindPresent(directory);
            if (directory.IsPresent)
            {
                TakeStock(directory, nodes);
            }
        });
        if (!good)
        {
            directory.IsBlocked = true;
        }
        else if (directory.IsSelected)
        {
            report.Found(0);
            Ensure(directory);
        }
    }

    /// <summary>Makes the directory unless it is there; false where it cannot be had.</summary>
    internal bool Ensure(RestoreDirectory directory)
    {
        for (RestoreDirectory? at = directory; at is { HasRestored: false }; at = at.Parent)
        {
            at.HasRestored = true;
        }

        if (directory.IsPresent || directory.IsBlocked || directory.Parent is not { } parent)
        {
            return !directory.IsBlocked;
        }

        if (!Ensure(parent))
        {
            directory.IsBlocked = true;
        }
        else if (directory.InTheWay is { Kind: FileKind.SymbolicLink } && links.MayFollow(directory))
        {
            // To replace it would take away everything that is reached through it, and the snapshot does not have that.
            report.Fail(directory.Path, "this is a link that leads to no folder inside the target, or belongs to another user; it is left alone, and nothing below it is restored");
            directory.IsBlocked = true;
        }
        else if (directory.Action is RestoreAction.Unchanged)
        {
            directory.IsBlocked = !report.Try(parent, directory.Name, () => Make(directory, parent));
        }

        return !directory.IsBlocked;
    }

    /// <summary>What was under a name before the restore; null where nothing was.</summary>
    /// <exception cref="LinuxException"/>
    internal FileStatus? FindExisting(RestoreDirectory directory, byte[] name)
    {
        if (!directory.IsPresent || !directory.HadBefore(name))
        {
            return null;
        }

        using DirectoryLease lease = pool.Open(directory);
        return lease.Handle.TryStatus(name, out FileStatus status) ? status : null;
    }

    internal bool Overwrites(Node node, FileStatus existing) => options.Overwrite switch
    {
        OverwriteMode.Never => false,
        OverwriteMode.IfNewer => node.ModifyTime > existing.ModifyTime,
        _ => true,
    };

    /// <summary>One thing in the directory is done; finishes it, and those above it, where it was the last.</summary>
    internal void Release(RestoreDirectory directory)
    {
        for (RestoreDirectory? at = directory; at is not null && at.RemovePending(); at = at.Parent)
        {
            Finish(at);
        }
    }

    /// <summary>
    /// Everything is restored, as far as it can be: removes what the snapshot lacks, and finishes the directories that waited for
    /// that. Those below come first: the permissions of one above, once set, may close the way down.
    /// </summary>
    internal void FinishRemovals(CancellationToken cancellation)
    {
        bool mayGo = _withRemovals.Count > 0 && unexpected.MayGo(_withRemovals[^1]);
        foreach (RestoreDirectory directory in _withRemovals)
        {
            cancellation.ThrowIfCancellationRequested();
            if (mayGo)
            {
                unexpected.Remove(directory);
            }

            Complete(directory);
        }
    }

    private void FindPresent(RestoreDirectory directory)
    {
        if (directory.Parent is not { } parent || FindExisting(parent, directory.Name) is not { } existing)
        {
            return;
        }

        if (existing.Kind == FileKind.SymbolicLink && links.MayFollow(directory))
        {
            directory.LedTo = links.Find(directory);
        }

        directory.IsPresent = existing.IsDirectory || directory.LedTo is not null;
        directory.InTheWay = directory.IsPresent ? null : existing;
    }

    private void TakeStock(RestoreDirectory directory, List<Node> nodes)
    {
        using DirectoryLease lease = pool.Open(directory);
        directory.NamesBefore = lease.Handle.ReadNames();
        directory.HasDefaultAcl = EntryMetadata.HasDefaultAcl(lease.Handle);
        unexpected.Find(directory, lease.Handle, LearnIds(directory, lease.Handle), nodes);
    }

    private void Make(RestoreDirectory directory, RestoreDirectory parent)
    {
        RestoreAction action = directory.InTheWay is null ? RestoreAction.Restored : RestoreAction.Updated;
        if (directory.InTheWay is { } existing && !Overwrites(directory.Node!, existing))
        {
            throw new LinuxException("make the directory in place of what is there", directory.Path, Errno.Exists);
        }

        if (!options.DryRun)
        {
            MakeNow(directory, parent);
        }

        directory.Action = action;
    }

    private void MakeNow(RestoreDirectory directory, RestoreDirectory parent)
    {
        using (DirectoryLease lease = pool.Open(parent))
        {
            if (directory.InTheWay is not null)
            {
                lease.Handle.RemoveFile(directory.Name);
            }

            lease.Handle.CreateDirectory(directory.Name, PrivatePermissions);
        }

        directory.IsPresent = true;
        directory.HasDefaultAcl = parent.HasDefaultAcl;
        using DirectoryLease own = pool.Open(directory);
        LearnIds(directory, own.Handle);
    }

    /// <summary>
    /// A directory that belongs to this process's user and group gives both to new files, whatever setgid or mount options
    /// say; then the owner of most files needs no system call.
    /// </summary>
    private static FileStatus LearnIds(RestoreDirectory directory, DirectoryHandle handle)
    {
        FileStatus status = handle.Status();
        directory.DeviceId = status.DeviceId;
        directory.GivesOwnIds = status.UserId == Machine.UserId && status.GroupId == Machine.GroupId;
        return status;
    }

    private void Finish(RestoreDirectory directory)
    {
        if (!directory.HasRemovals)
        {
            Complete(directory);
            return;
        }

        // Those above wait too: with their own permissions, the way down might be closed.
        directory.Parent?.HasRemovals = true;
        pool.Close(directory);
        lock (_withRemovals)
        {
            _withRemovals.Add(directory);
        }
    }

    private void Complete(RestoreDirectory directory)
    {
        if (directory is { Node: { } node, Parent: { } parent, IsBlocked: false } && (directory.IsSelected || directory.HasRestored))
        {
            if (!options.DryRun && directory.LedTo is null)
            {
                report.Try(parent, directory.Name, () => SetMetadata(directory, node));
            }

            if (directory.IsSelected)
            {
                report.Done(directory.Action, parent, directory.Name, 0);
            }
        }

        pool.Close(directory);
    }

    private void SetMetadata(RestoreDirectory directory, Node node)
    {
        using DirectoryLease lease = pool.Open(directory);
        metadata.ApplyToDirectory(lease.Handle, node, directory.Path);
    }
}
