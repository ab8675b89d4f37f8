using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>Counts ahead what there is to back up, so that a time left can be told. Its errors are nobody's concern: the backup finds them again.</summary>
internal sealed class Scanner(BackupOptions options, BackupProgress progress, CancellationToken cancellation)
{
    /// <summary>Counts until all is counted or the run ends.</summary>
    internal void Run()
    {
        foreach (string path in options.Paths)
        {
            try
            {
                CountTarget(path);
            }
            catch (Exception e) when (e is LinuxException or OperationCanceledException)
            {
                // The total is then never final, and no time left is shown.
                return;
            }
        }

        progress.TotalCounted();
    }

    private void CountTarget(string path)
    {
        int slash = path.LastIndexOf('/');
        if (path == "/")
        {
            using DirectoryHandle root = DirectoryHandle.Open("/");
            CountDirectory(root, "", root.Status().DeviceId, 0);
            return;
        }

        using DirectoryHandle parent = DirectoryHandle.Open(slash == 0 ? "/" : path[..slash]);
        byte[] name = PathText.Encode(path.AsSpan(slash + 1));
        CountEntry(parent, name, path, parent.Status(name).DeviceId, path.Count('/'), named: true);
    }

    private void CountEntry(DirectoryHandle directory, byte[] name, string path, ulong device, int depth, bool named)
    {
        if ((!named && options.Excludes.ExcludesPaths && options.Excludes.ExcludesPath(path, depth))
            || !directory.TryStatus(name, out FileStatus status))
        {
            return;
        }

        if (status.Kind == FileKind.Regular && !options.Excludes.ExcludesFile(status))
        {
            progress.AddTotal(1, status.Size);
        }
        else if (status.IsDirectory && !options.Excludes.IsOwnFolder(status))
        {
            try
            {
                using DirectoryHandle child = directory.OpenDirectory(name);
                if (status.DeviceId == device || !(options.OneFileSystem || child.IsKernelView()))
                {
                    CountDirectory(child, path, device, depth);
                }
            }
            catch (LinuxException)
            {
                // Not to be read: the backup will say so.
            }
        }
    }

    private void CountDirectory(DirectoryHandle directory, string path, ulong device, int depth)
    {
        List<byte[]> names = directory.ReadNames();
        if (options.Excludes.FindMarker(directory, names) is not null)
        {
            return;
        }

        foreach (byte[] name in names)
        {
            cancellation.ThrowIfCancellationRequested();
            CountEntry(directory, name, options.Excludes.ExcludesPaths ? path + "/" + PathText.Decode(name) : path, device, depth, named: false);
        }
    }
}
