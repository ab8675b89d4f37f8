using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>Where repositories are, and what their files are called.</summary>
internal static class GitFolder
{
    /// <summary>Whether a folder is what git calls a git directory: bare, or the <c>.git</c> of a working tree.</summary>
    /// <exception cref="LinuxException">It cannot be looked into.</exception>
    internal static bool IsRepository(string folder)
    {
        try
        {
            using DirectoryHandle handle = DirectoryHandle.Open(folder);
            return IsRepository(handle);
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            return false;
        }
    }

    /// <inheritdoc cref="IsRepository(string)"/>
    internal static bool IsRepository(DirectoryHandle folder) =>
        folder.TryStatus("HEAD"u8, out FileStatus head) && !head.IsDirectory
        && folder.TryStatus("objects"u8, out FileStatus objects) && objects.IsDirectory
        && folder.TryStatus("refs"u8, out FileStatus references) && references.IsDirectory;

    /// <summary>The git directory of a repository that is named by it or by its working tree; null where there is none.</summary>
    internal static string? Find(string path)
    {
        string below = path.TrimEnd('/') + "/.git";
        return IsRepository(path) ? path : IsRepository(below) ? below : null;
    }

    /// <summary>An object's or a pack's name: SHA-1 or SHA-256.</summary>
    internal static bool IsHash(ReadOnlySpan<char> text) => text.Length is 40 or 64 && !text.ContainsAnyExcept("0123456789abcdef");

    /// <summary>A small file, whole; null where there is none (any more).</summary>
    /// <param name="most">Bytes; somebody else wrote it.</param>
    /// <exception cref="InvalidDataException">It is larger.</exception>
    /// <exception cref="LinuxException"/>
    internal static byte[]? TryReadFile(DirectoryHandle folder, ReadOnlySpan<byte> name, int most = 1 << 20)
    {
        try
        {
            using LinuxFile file = folder.OpenFile(name);
            using var content = new MemoryStream();
            var buffer = new byte[16 << 10];
            int count;
            while ((count = file.ReadFull(buffer)) > 0)
            {
                content.Write(buffer, 0, count);
                if (content.Length > most)
                {
                    throw new InvalidDataException($"{PathText.Printable(file.Path)} is larger than the {most >> 20} MiB that it may have");
                }
            }

            return content.ToArray();
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            return null;
        }
    }
}
