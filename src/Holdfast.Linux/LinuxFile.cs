using Microsoft.Win32.SafeHandles;
using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>An open regular file. Reads and writes at explicit offsets may come from several threads; the others may not.</summary>
public sealed unsafe partial class LinuxFile : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly string _directory;
    private readonly byte[] _name;

    internal LinuxFile(int descriptor, string directory, ReadOnlySpan<byte> name)
        : base(ownsHandle: true)
    {
        SetHandle(descriptor);
        _directory = directory;
        _name = name.ToArray();
    }

    /// <summary>Standard input of this process, at its current position. Disposing of it closes it.</summary>
    public static LinuxFile StandardInput() => Standard(0, "standard input"u8);

    /// <summary>Standard output of this process. Disposing of it leaves the process's own descriptor open.</summary>
    public static LinuxFile StandardOutput() => Standard(1, "standard output"u8);

    /// <inheritdoc cref="StandardOutput"/>
    public static LinuxFile StandardError() => Standard(2, "standard error"u8);

    /// <summary>Children get their own three, and not this: one that outlives us would keep a pipe open whose reader waits for our end.</summary>
    private static LinuxFile Standard(int descriptor, ReadOnlySpan<byte> name)
    {
        const int DuplicateCloseOnExec = 1030, AfterStandardError = 3;
        return new(Native.FCntl(descriptor, DuplicateCloseOnExec, AfterStandardError), string.Empty, name);
    }

    /// <summary>The path the file was opened by, for messages; see <see cref="PathText"/>.</summary>
    public string Path => (_directory.Length == 0 || _directory.EndsWith('/') ? _directory : _directory + "/") + PathText.Decode(_name);

    /// <summary>For calls that take several descriptors, and for a child that is to inherit it.</summary>
    internal int RawDescriptor => Descriptor;

    private int Descriptor => (int)handle;

    /// <exception cref="LinuxException"/>
    public FileStatus Status()
    {
        Native.StatX raw;
        byte empty = 0;
        return Native.StatXAt(Descriptor, &empty, Native.AtEmptyPath, Native.StatXBasic, &raw) == 0
            ? FileStatus.From(raw)
            : throw LinuxException.FromLastError("read the metadata of", Path);
    }

    /// <summary>Reads from the current position until the buffer is full or the file ends; returns the number of bytes read.</summary>
    /// <exception cref="LinuxException"/>
    public int ReadFull(Span<byte> buffer)
    {
        int total = 0;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                nint count = Native.Read(Descriptor, start + total, buffer.Length - total);
                if (count == 0)
                {
                    break;
                }

                total += count > 0 ? (int)count : Interrupted("read");
            }
        }

        return total;
    }

    /// <summary>One read from the current position: as many bytes as the kernel gives at once, 0 at the end.</summary>
    /// <exception cref="LinuxException"/>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            while ((count = Native.Read(Descriptor, start, buffer.Length)) < 0)
            {
                Interrupted("read");
            }

            return (int)count;
        }
    }

    /// <summary>One read of a file that was opened without blocking: null where there is nothing just now, 0 at the end.</summary>
    /// <exception cref="LinuxException"/>
    public int? TryRead(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            while ((count = Native.Read(Descriptor, start, buffer.Length)) < 0)
            {
                if (Marshal.GetLastPInvokeError() == (int)Errno.TryAgain)
                {
                    return null;
                }

                Interrupted("read");
            }

            return (int)count;
        }
    }

    /// <summary>Waits until a read would find something, or the end; false where that took too long.</summary>
    /// <exception cref="LinuxException"/>
    public bool WaitForInput(int milliseconds)
    {
        var wait = new Native.PollFd { Descriptor = Descriptor, Events = Native.PollIn };
        int ready = Native.Poll(&wait, 1, milliseconds);
        return ready >= 0 ? ready > 0 : Interrupted("wait for") != 0;
    }

    /// <summary>Reads at an offset until the buffer is full or the file ends; returns the number of bytes read.</summary>
    /// <exception cref="LinuxException"/>
    public int ReadAt(Span<byte> buffer, long offset)
    {
        int total = 0;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                nint count = Native.PRead(Descriptor, start + total, buffer.Length - total, offset + total);
                if (count == 0)
                {
                    break;
                }

                total += count > 0 ? (int)count : Interrupted("read");
            }
        }

        return total;
    }

    /// <summary>Writes all of the data at the current position.</summary>
    /// <exception cref="LinuxException"/>
    public void Write(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            for (int written = 0; written < data.Length;)
            {
                nint count = Kernel.Write(Descriptor, start + written, data.Length - written);
                written += count >= 0 ? (int)count : Interrupted("write");
            }
        }
    }

    /// <summary>One write at the current position: how many bytes the kernel took, 0 where it can take none just now.</summary>
    /// <exception cref="LinuxException"/>
    public int WriteSome(ReadOnlySpan<byte> data)
    {
        fixed (byte* start = data)
        {
            nint count = Native.Write(Descriptor, start, data.Length);
            return count >= 0 ? (int)count
                : Marshal.GetLastPInvokeError() == (int)Errno.TryAgain ? 0
                : Interrupted("write");
        }
    }

    /// <summary>Writes all of the data at an offset, leaving a hole where nothing was written before it.</summary>
    /// <exception cref="LinuxException"/>
    public void WriteAt(ReadOnlySpan<byte> data, long offset)
    {
        fixed (byte* start = data)
        {
            for (int written = 0; written < data.Length;)
            {
                nint count = Kernel.WriteAt(Descriptor, start + written, data.Length - written, offset + written);
                written += count >= 0 ? (int)count : Interrupted("write");
            }
        }
    }

    /// <summary>Cuts or extends the file; an extension is a hole.</summary>
    /// <exception cref="LinuxException"/>
    public void SetLength(long length)
    {
        if (Kernel.SetLength(Descriptor, length) != 0)
        {
            throw LinuxException.FromLastError("set the length of", Path);
        }
    }

    /// <summary>Sets aside the blocks of this length, which read as zeros until they are written; false where the file system does not.</summary>
    /// <exception cref="LinuxException">The disk is full.</exception>
    public bool TryReserve(long length)
    {
        if (Kernel.Reserve(Descriptor, length) == 0)
        {
            return true;
        }

        LinuxException failure = LinuxException.FromLastError("set room aside for", Path);
        return failure.IsOutOfSpace ? throw failure : false;
    }

    /// <summary>Makes content and metadata durable.</summary>
    /// <exception cref="LinuxException"/>
    public void Sync()
    {
        if (Kernel.Sync(Descriptor) != 0)
        {
            throw LinuxException.FromLastError("sync", Path);
        }
    }

    /// <summary>Sets the low twelve mode bits.</summary>
    /// <exception cref="LinuxException"/>
    public void ChangePermissions(uint permissions)
    {
        if (Kernel.ChangePermissions(Descriptor, permissions) != 0)
        {
            throw LinuxException.FromLastError("change the permissions of", Path);
        }
    }

    /// <summary>Tells the kernel to read ahead generously (POSIX_FADV_SEQUENTIAL). Advice only: failure is of no consequence.</summary>
    public void AdviseSequential() => _ = Native.FAdvise(Descriptor, 0, 0, 2);

    /// <summary>
    /// Has the kernel fetch a stretch of the file into its cache, without waiting for it (POSIX_FADV_WILLNEED). Advice only: failure is of no
    /// consequence, and where most of the stretch is cached already none is given, because it costs more than the question.
    /// </summary>
    public void AdviseSoon(long offset, long length)
    {
        bool isMostlyThere = CachedPages(offset, length) * Environment.SystemPageSize * 2 >= length;
        if (!isMostlyThere)
        {
            _ = Native.FAdvise(Descriptor, offset, length, 3);
        }
    }

    /// <summary>
    /// Closes the file, and fails where that does: some file systems, such as NFS, only then tell that what was written did not
    /// arrive. Closed it is all the same. Not while another thread uses it.
    /// </summary>
    /// <exception cref="LinuxException"/>
    public void CloseWritten()
    {
        int descriptor = Descriptor;
        SetHandleAsInvalid();
        if (Kernel.Close(descriptor) != 0)
        {
            throw LinuxException.FromLastError("close", Path);
        }
    }

    protected override bool ReleaseHandle() => Native.Close(Descriptor) == 0;

    /// <summary>Returns 0 after an interrupted call, to be tried again; any other failure is thrown.</summary>
    private int Interrupted(string action) =>
        Marshal.GetLastPInvokeError() == (int)Errno.Interrupted ? 0 : throw LinuxException.FromLastError(action, Path);
}
