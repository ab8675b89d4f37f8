using System.Security.Cryptography;
using Holdfast.Linux;

namespace Holdfast.Archiver.Tests;

/// <summary>Everything below a folder, one line an entry: kind, permissions, owner, size, time, link, attributes, content, and the first name of the same file.</summary>
internal static class TreeListing
{
    internal static string[] Of(string folder)
    {
        var lines = new List<string>();
        var inodes = new Dictionary<ulong, string>();
        using DirectoryHandle root = DirectoryHandle.Open(folder);
        List(root, string.Empty, lines, inodes);
        return [.. lines];
    }

    private static void List(DirectoryHandle folder, string prefix, List<string> lines, Dictionary<ulong, string> inodes)
    {
        foreach (byte[] name in folder.ReadNames())
        {
            FileStatus status = folder.Status(name);
            string path = prefix + PathText.Printable(PathText.Decode(name));
            lines.Add(Line(folder, name, path, status, inodes));
            if (status.IsDirectory)
            {
                using DirectoryHandle below = folder.OpenDirectory(name);
                List(below, path + "/", lines, inodes);
            }
        }
    }

    private static string Line(DirectoryHandle folder, byte[] name, string path, FileStatus status, Dictionary<ulong, string> inodes)
    {
        string content = status.Kind switch
        {
            FileKind.Regular => $"{status.Size} {Hash(folder, name)}",
            FileKind.SymbolicLink => Convert.ToHexString(folder.ReadLink(name)),
            _ => $"{status.Device}",
        };
        string first = status.Links > 1 && !status.IsDirectory ? inodes.GetValueOrDefault(status.Inode, "first") : string.Empty;
        inodes.TryAdd(status.Inode, path);
        string attributes = string.Join(
            ',', folder.ReadAttributes(name).Select(a => $"{PathText.Decode(a.Name)}={Convert.ToHexString(a.Value)}"));
        return $"{path} {status.Kind} {Convert.ToString(status.Permissions, 8)} {status.UserId}:{status.GroupId} {status.ModifyTime} {content} [{attributes}] {first}";
    }

    private static string Hash(DirectoryHandle folder, byte[] name)
    {
        using LinuxFile file = folder.OpenFile(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (int count; (count = file.Read(buffer)) > 0;)
        {
            hash.AppendData(buffer.AsSpan(0, count));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
