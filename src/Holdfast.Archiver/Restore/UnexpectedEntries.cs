using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// What is in the folders of a restore and not in the snapshot. Found when a folder is entered, removed when everything is
/// restored (D54): what could not be had from the snapshot may be there under another name.
/// </summary>
internal sealed class UnexpectedEntries(RestoreOptions options, HeldPaths held, KeptFolders kept, EntryRemoval removal, RestoreReport report)
{
    /// <summary>Looks what is to be removed from a directory whose names before the restore are known.</summary>
    /// <exception cref="LinuxException"/>
    internal void Find(RestoreDirectory directory, DirectoryHandle handle, FileStatus status, List<Node> nodes)
    {
        if (!options.Delete)
        {
            return;
        }

        directory.Kept = directory.Parent is null ? kept.FindAround(directory, handle) : kept.Find(directory, handle, status);
        if (!held.Contain(directory.Path))
        {
            return;
        }

        byte[][] expected = [.. nodes.Select(n => n.Name).Order(NameOrder.Instance)];
        List<byte[]> unexpected = directory.NamesBefore.FindAll(n => Array.BinarySearch(expected, n, NameOrder.Instance) < 0);
        if (directory.Kept is null)
        {
            directory.Unexpected = unexpected;
            directory.HasRemovals = unexpected.Count > 0;
        }
        else if (unexpected.Count > 0)
        {
            report.Keep(directory.Kept.Path, directory.Kept.Reason);
        }
    }

    /// <summary>Whether anything may be removed now that the rest of the restore is done; where it may not, that is said.</summary>
    internal bool MayGo(RestoreDirectory target)
    {
        if (report.MissesSomething)
        {
            report.Keep(target.Path, "nothing is deleted, because not everything could be restored; "
                + "leave out with --exclude what cannot be, or delete by hand");
            return false;
        }

        return true;
    }

    internal void Remove(RestoreDirectory directory)
    {
        foreach (byte[] name in directory.Unexpected)
        {
            removal.Remove(directory, name);
        }
    }
}
