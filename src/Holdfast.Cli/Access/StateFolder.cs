using System.Text;
using Holdfast.Linux;

namespace Holdfast.Cli.Access;

/// <summary>Where a repository lies when nobody says where: /var/lib/holdfast for root, else the user's state folder.</summary>
internal static class StateFolder
{
    internal static string Path => Machine.IsRoot
        ? "/var/lib/holdfast"
        : System.IO.Path.Combine(
            Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state
                ? state
                : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/state"),
            "holdfast");

    internal static string Repository => System.IO.Path.Combine(Path, "repository");

    /// <summary>The file with the generated password of that repository.</summary>
    internal static string Key => System.IO.Path.Combine(Path, "repository.key");

    internal static bool IsRepository(string location) => System.IO.Path.GetFullPath(location).TrimEnd('/') == Repository;

    /// <summary>
    /// Makes the folder and keeps it for this process until disposed of: of two first starts at the same moment, one makes
    /// key and repository, and the other waits and uses them.
    /// </summary>
    internal static async Task<IDisposable> HoldAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string file = System.IO.Path.Combine(Path, ".lock");
        while (true)
        {
            try
            {
                // The runtime takes an flock, which the kernel releases however the process ends; so the file can stay.
                return new FileStream(file, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                });
            }
            catch (IOException e) when ((e.HResult & 0xFFFF) == (int)Errno.TryAgain)
            {
                await Task.Delay(50, cancellation);
            }
        }
    }

    /// <summary>Writes a password beside the key file, durable, readable by its owner only; <see cref="UseKey"/> makes it the key.</summary>
    /// <returns>The name of the file, one that nothing left behind by an earlier run can have.</returns>
    internal static byte[] WriteKeyAside(string password)
    {
        byte[] name = Encoding.ASCII.GetBytes($"repository.key.{Guid.NewGuid():N}");
        using DirectoryHandle folder = DirectoryHandle.Open(Path);
        using LinuxFile file = folder.CreateFile(name, 0x180);
        file.Write(Encoding.UTF8.GetBytes(password + "\n"));
        file.Sync();
        return name;
    }

    /// <summary>The file written aside becomes the key file, in one step and durable.</summary>
    internal static void UseKey(byte[] aside)
    {
        using DirectoryHandle folder = DirectoryHandle.Open(Path);
        folder.Rename(aside, "repository.key"u8);
        folder.Sync();
    }

    /// <summary>Removes a file written aside that is not used.</summary>
    internal static void Drop(byte[] aside)
    {
        using DirectoryHandle folder = DirectoryHandle.Open(Path);
        folder.RemoveFile(aside);
    }

    internal static string Cache =>
        GlobalOptions.Setting("CACHE_DIR")
        ?? System.IO.Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "holdfast");
}
