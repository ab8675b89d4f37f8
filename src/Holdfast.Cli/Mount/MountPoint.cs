using Holdfast.Linux;

namespace Holdfast.Cli.Mount;

/// <summary>The folder that a user chose to mount at.</summary>
internal static class MountPoint
{
    private const int PathField = 4;

    /// <summary>The absolute path, where it can be mounted at.</summary>
    /// <exception cref="UsageException"/>
    internal static string Check(string given)
    {
        string shown = PathText.Printable(given);
        string path = Path.GetFullPath(given);
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (!System.Text.Unicode.Utf8.IsValid(PathText.Encode(path)))
        {
            throw new UsageException($"the mount point {shown} is no UTF-8, which fusermount3 cannot be told: give another");
        }

        // Before looking into it: one whose program was killed fails at every call.
        if (FindMounted(path) is { } kind)
        {
            throw new UsageException($"something is mounted at {shown} already ({kind}): unmount it with fusermount3 -u {shown}");
        }

        using DirectoryHandle folder = Open(path, shown);
        return folder.ReadNames().Count == 0
            ? path
            : throw new UsageException($"the mount point {shown} is not empty, and what is in it would be hidden: give an empty folder");
    }

    private static DirectoryHandle Open(string path, string shown)
    {
        try
        {
            return DirectoryHandle.Open(path);
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            throw new UsageException(e.Error == Errno.NotDirectory
                ? $"the mount point {shown} is no folder"
                : $"there is no folder {shown} to mount at: make it with mkdir");
        }
    }

    /// <summary>The kind of the FUSE file system that is mounted at a path; null for none. proc(5), mountinfo.</summary>
    private static string? FindMounted(string path)
    {
        foreach (string line in File.ReadLines("/proc/self/mountinfo"))
        {
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-");
            if (separator > PathField && separator + 1 < fields.Length && Unescape(fields[PathField]) == path
                && fields[separator + 1].StartsWith("fuse", StringComparison.Ordinal))
            {
                return fields[separator + 1];
            }
        }

        return null;
    }

    /// <summary>Blanks and the like are written as three octal digits behind a backslash.</summary>
    private static string Unescape(string field)
    {
        foreach (string octal in (string[])["040", "011", "012", "134"])
        {
            field = field.Replace("\\" + octal, ((char)Convert.ToInt32(octal, 8)).ToString());
        }

        return field;
    }
}
