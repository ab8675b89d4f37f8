using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>
/// Knows the folders that are no business of the snapshot although they lie in a folder that it has (D53). A backup leaves out
/// its own repository, and with --one-file-system what is mounted: to the snapshot they look like something made since.
/// </summary>
internal sealed class KeptFolders(RestoreOptions options, HeldPaths held)
{
    private const string OwnReason = "holdfast keeps its own files here; nothing in it is deleted";
    private const string RepositoryReason = "this looks like a repository of backups; nothing in it is deleted";
    private const string MountReason = "another file system is mounted here; nothing in it is deleted: a restore of SNAPSHOT:FOLDER to this folder does that";

    /// <summary>Looks at a directory below the target; null where its content may go.</summary>
    /// <exception cref="LinuxException"/>
    internal KeptFolder? Find(RestoreDirectory directory, DirectoryHandle handle, FileStatus status)
    {
        RestoreDirectory parent = directory.Parent ?? directory;
        return parent.Kept
            ?? (IsMount(directory, parent, status) ? new(directory.Path, MountReason) : FindByContent(directory.Path, handle, status));
    }

    /// <summary>Looks at the target, which may lie inside such a folder: then that is what it is.</summary>
    internal KeptFolder? FindAround(RestoreDirectory target, DirectoryHandle handle)
    {
        DirectoryHandle at = handle.OpenDirectory("."u8);
        try
        {
            while (true)
            {
                FileStatus status = at.Status();
                if (FindByContent(target.Path, at, status) is { } kept)
                {
                    return kept;
                }

                using DirectoryHandle below = at;
                at = below.OpenDirectory(".."u8);
                if (IsSame(at.Status(), status))
                {
                    return null;
                }
            }
        }
        catch (LinuxException)
        {
            return null; // what is above may be closed to this user, who then has no repository there either
        }
        finally
        {
            at.Dispose();
        }
    }

    /// <summary>Where the snapshot holds only what is below, as /home/alice with /home mounted, the mount is just the way there.</summary>
    private bool IsMount(RestoreDirectory directory, RestoreDirectory parent, FileStatus status) =>
        directory.LedTo is null && held.Contain(parent.Path) && (status.IsMountRoot || status.DeviceId != parent.DeviceId);

    private KeptFolder? FindByContent(string path, DirectoryHandle handle, FileStatus status) =>
        options.OwnFolders.Any(own => IsSame(own, status)) ? new(path, OwnReason)
        : IsRepository(handle) ? new(path, RepositoryReason)
        : null;

    private static bool IsSame(FileStatus one, FileStatus other) => (one.DeviceId, one.Inode) == (other.DeviceId, other.Inode);

    private static bool IsRepository(DirectoryHandle handle) =>
        handle.TryStatus("config"u8, out FileStatus config) && config.Kind == FileKind.Regular
        && HasFolder(handle, "keys"u8) && HasFolder(handle, "data"u8) && HasFolder(handle, "snapshots"u8);

    private static bool HasFolder(DirectoryHandle handle, ReadOnlySpan<byte> name) =>
        handle.TryStatus(name, out FileStatus status) && status.IsDirectory;
}
