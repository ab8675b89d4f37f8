using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>
/// A folder for what a tool must read and other users must not, such as a file with a password. It goes when this is disposed of; where
/// the process was killed, when the same user next makes one.
/// </summary>
/// <remarks>Whether one is in use is told by the lock on a file in it, which the kernel releases however a process ends.</remarks>
public sealed class PrivateFolder : IDisposable
{
    private const string Prefix = "holdfast-private-";
    private const string Lock = "lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly FileStream _held;

    private PrivateFolder(string path, FileStream held) => (_path, _held) = (path, held);

    /// <exception cref="BackupException">Kind Source: there is no place for one.</exception>
    public static PrivateFolder Create() => OrSay(() =>
    {
        while (true)
        {
            string path = Directory.CreateTempSubdirectory(Prefix).FullName;
            if (TryHold(path, FileMode.CreateNew) is { } held)
            {
                if (File.Exists(Path.Combine(path, Lock)))
                {
                    RemoveAbandoned(path);
                    return new PrivateFolder(path, held);
                }

                held.Dispose(); // another process took it for abandoned in the moment before it was held
            }
        }
    });

    /// <summary>One that holds a file from the start.</summary>
    /// <inheritdoc cref="Create()"/>
    public static PrivateFolder Create(string name, string content)
    {
        PrivateFolder folder = Create();
        try
        {
            folder.Write(name, content);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Where a file of that name is.</summary>
    public string PathOf(string name) => Path.Combine(_path, name);

    /// <summary>Makes a file, or makes it anew.</summary>
    /// <exception cref="BackupException">Kind Source: there is no room for it.</exception>
    public void Write(string name, string content) => OrSay<object?>(() =>
    {
        using var writer = new StreamWriter(PathOf(name), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        writer.Write(content);
        return null;
    });

    public void Dispose()
    {
        Directory.Delete(_path, recursive: true);
        _held.Dispose();
    }

    /// <summary>The lock of a folder; null where another has it, or there is none to be opened.</summary>
    private static FileStream? TryHold(string folder, FileMode mode)
    {
        try
        {
            return new FileStream(Path.Combine(folder, Lock), new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = mode == FileMode.CreateNew ? OwnerOnly : null });
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException || (e.HResult & 0xFFFF) == (int)Errno.TryAgain)
        {
            return null;
        }
    }

    /// <param name="own">Held by this process: where it can be held again, locks mean nothing on this file system, and all stays.</param>
    private static void RemoveAbandoned(string own)
    {
        try
        {
            using FileStream? again = TryHold(own, FileMode.Open);
            if (again is not null)
            {
                return;
            }

            using DirectoryHandle all = DirectoryHandle.Open(Path.GetTempPath());
            foreach (byte[] name in all.ReadNames().Where(n => PathText.Decode(n).StartsWith(Prefix, StringComparison.Ordinal)))
            {
                // Nobody else can put anything else in the place of a folder of ours.
                if (all.TryStatus(name, out FileStatus status) && status.Kind == FileKind.Directory && status.UserId == Machine.UserId)
                {
                    RemoveUnlessHeld(Path.Combine(Path.GetTempPath(), PathText.Decode(name)));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinuxException)
        {
            // The next to make one tries again.
        }
    }

    private static void RemoveUnlessHeld(string folder)
    {
        using FileStream? held = TryHold(folder, FileMode.Open);
        if (held is not null)
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static T OrSay<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(
                BackupErrorKind.Source, $"no private file can be made in {Path.GetTempPath()}: {e.Message}; make room there, or name another folder in TMPDIR", e);
        }
    }
}
