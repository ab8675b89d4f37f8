using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>The files of a database, looked at before anybody opens them: opening a FIFO of that name would wait for ever.</summary>
internal static class SqliteFile
{
    /// <summary>What lies beside a database and belongs to it.</summary>
    private static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    /// <summary>As the kernel has it.</summary>
    private const int MostLinks = 40;

    /// <summary>Whether what a pattern found is a database's own file. What a link leads to is found where it is, or not meant.</summary>
    /// <exception cref="LinuxException"/>
    internal static bool IsCandidate(string path) =>
        !Companions.Any(c => path.EndsWith(c, StringComparison.Ordinal)) && Status(path) is { Kind: FileKind.Regular };

    /// <summary>Why these are no files that SQLite may open; null where they are. Links are followed, as SQLite does.</summary>
    /// <exception cref="LinuxException"/>
    internal static string? FindTrouble(string path)
    {
        string file = path;
        FileStatus? status = Status(file);
        for (int i = 0; status is { Kind: FileKind.SymbolicLink } && i < MostLinks; i++)
        {
            (string folder, byte[] name) = Split(file);
            using DirectoryHandle handle = DirectoryHandle.Open(folder);
            string target = PathText.Decode(handle.ReadLink(name));
            file = target.StartsWith('/') ? target : $"{folder}/{target}";
            status = Status(file);
        }

        return status is null ? "there is no such file"
            : status is not { Kind: FileKind.Regular } ? "this is no file"
            : Companions.FirstOrDefault(c => Status(file + c) is { Kind: not FileKind.Regular }) is { } odd ? $"what lies beside it as {odd} is no file"
            : null;
    }

    /// <summary>The folder, and the name in it.</summary>
    internal static (string Folder, byte[] Name) Split(string path)
    {
        int slash = path.LastIndexOf('/');
        return (slash == 0 ? "/" : path[..slash], PathText.Encode(path.AsSpan(slash + 1)));
    }

    private static FileStatus? Status(string path)
    {
        (string folder, byte[] name) = Split(path);
        try
        {
            using DirectoryHandle handle = DirectoryHandle.Open(folder);
            return name.Length > 0 && handle.TryStatus(name, out FileStatus status) ? status : null;
        }
        catch (LinuxException e) when (e.IsMissing)
        {
            return null;
        }
    }
}
