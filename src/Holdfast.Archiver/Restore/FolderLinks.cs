using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>
/// Finds the folder that a link below the target leads to, for folders that are only on the way to what a snapshot holds:
/// where <c>/lib</c> has become a link to <c>usr/lib</c>, what was in <c>/lib/modules</c> goes there. The kernel follows no
/// link here; each is read and taken step by step from the target, so that no link leads out of it (R21).
/// </summary>
internal sealed class FolderLinks(DirectoryPool pool, HeldPaths held)
{
    /// <summary>As many as the kernel follows.</summary>
    private const int MaxLinks = 40;

    /// <summary>Whether a directory of the snapshot may go where a link in its place leads, rather than take the place.</summary>
    internal bool MayFollow(RestoreDirectory directory) => directory.Parent is not null && !held.Contain(directory.Path);

    /// <summary>Where the link that has the directory's name leads: names from the target down, none of them a link. Null where that is no folder inside the target.</summary>
    /// <exception cref="LinuxException"/>
    internal byte[][]? Find(RestoreDirectory directory)
    {
        List<byte[]> at = Place(directory.Parent!);
        var ahead = new Stack<byte[]>([directory.Name]);
        for (int links = 0; ahead.TryPop(out byte[]? name);)
        {
            if (name.AsSpan().SequenceEqual(".."u8))
            {
                if (at.Count > 0)
                {
                    at.RemoveAt(at.Count - 1);
                }
                else if (!IsFileSystemRoot())
                {
                    return null;
                }

                continue;
            }

            using DirectoryHandle folder = pool.OpenBelowRoot(at);
            if (!folder.TryStatus(name, out FileStatus status))
            {
                return null;
            }

            if (status.IsDirectory)
            {
                at.Add(name);
            }
            else if (!IsTrusted(status) || ++links > MaxLinks || !TryTurn(folder.ReadLink(name), at, ahead))
            {
                return null;
            }
        }

        return [.. at];
    }

    /// <summary>A link of another user could lead what root restores to where that user may not write.</summary>
    private static bool IsTrusted(FileStatus status) =>
        status.Kind == FileKind.SymbolicLink && (status.UserId == 0 || status.UserId == Machine.UserId);

    /// <summary>Where a directory really is: names from the target down.</summary>
    private static List<byte[]> Place(RestoreDirectory directory)
    {
        var names = new Stack<byte[]>();
        RestoreDirectory at = directory;
        for (; at is { Parent: { } parent, LedTo: null }; at = parent)
        {
            names.Push(at.Name);
        }

        return [.. at.LedTo ?? [], .. names];
    }

    private bool TryTurn(byte[] link, List<byte[]> at, Stack<byte[]> ahead)
    {
        if (link is [(byte)'/', ..])
        {
            if (!IsFileSystemRoot())
            {
                return false;
            }

            at.Clear();
        }

        int end = link.Length;
        while (end > 0)
        {
            int slash = link.AsSpan(0, end).LastIndexOf((byte)'/');
            byte[] name = link[(slash + 1)..end];
            if (name.Length > 0 && !name.AsSpan().SequenceEqual("."u8))
            {
                ahead.Push(name);
            }

            end = Math.Max(slash, 0);
        }

        return true;
    }

    private bool IsFileSystemRoot()
    {
        using DirectoryHandle top = DirectoryHandle.Open("/");
        using DirectoryHandle target = pool.OpenBelowRoot([]);
        FileStatus one = top.Status();
        FileStatus other = target.Status();
        return (one.DeviceId, one.Inode) == (other.DeviceId, other.Inode);
    }
}
