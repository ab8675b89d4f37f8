using System.Buffers.Text;
using System.Security.Cryptography;
using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>
/// Puts what was made under a temporary name in place of what has the final one, in one step (R22). Temporary names are
/// <c>.holdfast-restore-</c> and 32 digits, different in every run. Thread-safe.
/// </summary>
internal sealed class EntrySwap(RestoreOptions options, HeldPaths held, EntryRemoval removal)
{
    private const int RunDigits = 16;

    private static readonly byte[] Prefix = ".holdfast-restore-"u8.ToArray();

    private readonly byte[] _run = System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RunDigits / 2)));
    private long _last;

    internal byte[] NewName()
    {
        var name = new byte[Prefix.Length + RunDigits + 16];
        Prefix.CopyTo(name, 0);
        _run.CopyTo(name, Prefix.Length);
        Utf8Formatter.TryFormat(Interlocked.Increment(ref _last), name.AsSpan(Prefix.Length + RunDigits), out _, new('x', 16));
        return name;
    }

    /// <summary>Gives the temporary entry its name; an empty directory gives way, a full one only where deleting is wanted and the snapshot holds the place.</summary>
    /// <exception cref="LinuxException"/>
    internal void Replace(RestoreDirectory directory, DirectoryHandle handle, byte[] temporary, byte[] name)
    {
        try
        {
            handle.Rename(temporary, name);
        }
        catch (LinuxException e) when (e.Error == Errno.IsDirectory)
        {
            if (options.Delete && held.Contain(directory.PathOf(name)))
            {
                removal.Remove(directory, name);
            }
            else
            {
                handle.RemoveDirectory(name);
            }

            handle.Rename(temporary, name);
        }
    }

    /// <summary>Removes a temporary entry on the way out of a failure, which is the one to report.</summary>
    internal static void RemoveQuietly(DirectoryHandle handle, byte[] temporary)
    {
        try
        {
            handle.RemoveFile(temporary);
        }
        catch (LinuxException)
        {
            // Gone already, or the file system fails altogether; its name says what it is.
        }
    }
}
