using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>The folder to restore to, as the user names it: links on the way to it are followed, below it never.</summary>
internal static class TargetFolder
{
    private const uint Permissions = 0x1C0; // 0700, as restic makes it

    /// <summary>Opens the folder; null where it is not there.</summary>
    /// <exception cref="LinuxException"/>
    internal static DirectoryHandle? TryOpen(string path)
    {
        try
        {
            return DirectoryHandle.Open(path);
        }
        catch (LinuxException e) when (e.Error == Errno.NoEntry)
        {
            return null;
        }
    }

    /// <summary>Opens the folder, made with its parents where it is not there.</summary>
    /// <exception cref="LinuxException"/>
    internal static DirectoryHandle Open(string path)
    {
        var missing = new Stack<byte[]>();
        string at = path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/";
        DirectoryHandle? folder;
        while ((folder = TryOpen(at)) is null)
        {
            int slash = at.LastIndexOf('/');
            missing.Push(PathText.Encode(at.AsSpan(slash + 1)));
            at = slash < 0 ? "." : at[..slash].TrimEnd('/') is { Length: > 0 } parent ? parent : "/";
        }

        while (missing.TryPop(out byte[]? name))
        {
            using DirectoryHandle parent = folder;
            parent.CreateDirectory(name, Permissions);
            folder = parent.OpenDirectory(name);
        }

        return folder;
    }
}
