using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>
/// Removes what the snapshot lacks: whole directories too, links never followed, nothing that is not selected, and nothing in
/// <see cref="KeptFolders"/>, around which a directory is emptied.
/// </summary>
internal sealed class EntryRemoval(DirectoryPool pool, RestoreOptions options, KeptFolders kept, RestoreReport report)
{
    /// <summary>Removes an entry with all below it; what cannot be removed is recorded, what is not selected stays.</summary>
    internal void Remove(RestoreDirectory parent, byte[] name)
    {
        // No recursion: what lies here may be deeper than a stack.
        var open = new Stack<OpenRemoval>();
        Visit(parent, name);
        while (open.TryPeek(out OpenRemoval? top))
        {
            if (top.Names.TryDequeue(out byte[]? next))
            {
                Visit(top.Directory, next);
                continue;
            }

            open.Pop();
            pool.Close(top.Directory);
            if (top.KeepsSomething || !RemoveEntry(top.Directory.Parent!, top.Directory.Name, isDirectory: true))
            {
                Keep();
            }
        }

        void Visit(RestoreDirectory within, byte[] entry)
        {
            if (!TryStatus(within, entry, out FileStatus status))
            {
                return;
            }

            bool goes = status.IsDirectory ? TryEnter(within, entry, open) : RemoveEntry(within, entry, isDirectory: false);
            if (!goes)
            {
                Keep();
            }
        }

        void Keep()
        {
            if (open.TryPeek(out OpenRemoval? above))
            {
                above.KeepsSomething = true;
            }
        }
    }

    private bool TryEnter(RestoreDirectory within, byte[] name, Stack<OpenRemoval> open)
    {
        var directory = new RestoreDirectory(within, name, null, within.PathOf(name));
        (bool selected, bool descend) = options.Selects(directory.Path, isDirectory: true);
        return (selected || descend) && report.Try(within, name, () =>
        {
            using DirectoryLease lease = pool.Open(directory);
            FileStatus status = lease.Handle.Status();
            directory.DeviceId = status.DeviceId;
            directory.Kept = kept.Find(directory, lease.Handle, status); // D53
            if (directory.Kept is null)
            {
                open.Push(new(directory, new(lease.Handle.ReadNames())));
            }
            else
            {
                report.Keep(directory.Kept.Path, directory.Kept.Reason);
            }
        }) && directory.Kept is null;
    }

    private bool TryStatus(RestoreDirectory parent, byte[] name, out FileStatus status)
    {
        FileStatus found = default;
        bool exists = false;
        report.Try(parent, name, () =>
        {
            using DirectoryLease lease = pool.Open(parent);
            exists = lease.Handle.TryStatus(name, out found);
        });
        status = found;
        return exists;
    }

    private bool RemoveEntry(RestoreDirectory parent, byte[] name, bool isDirectory)
    {
        if (!options.Selects(parent.PathOf(name), isDirectory).Selected
            || !(options.DryRun || report.Try(parent, name, () => RemoveNow(parent, name, isDirectory))))
        {
            return false;
        }

        report.Done(RestoreAction.Deleted, parent, name, 0);
        return true;
    }

    private void RemoveNow(RestoreDirectory parent, byte[] name, bool isDirectory)
    {
        using DirectoryLease lease = pool.Open(parent);
        if (isDirectory)
        {
            lease.Handle.RemoveDirectory(name);
        }
        else
        {
            lease.Handle.RemoveFile(name);
        }
    }

    /// <summary>A directory whose entries are being removed.</summary>
    private sealed class OpenRemoval(RestoreDirectory directory, Queue<byte[]> names)
    {
        internal RestoreDirectory Directory { get; } = directory;

        internal Queue<byte[]> Names { get; } = names;

        internal bool KeepsSomething { get; set; }
    }
}
