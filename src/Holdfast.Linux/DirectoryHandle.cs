using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>
/// An open directory and what can be done to the entries in it, by name. Names are single components of any bytes;
/// because every call starts at the open directory, neither the kernel's path limit nor a swapped parent matters.
/// Instances may be used from several threads, apart from <see cref="IDisposable.Dispose"/>.
/// </summary>
public sealed unsafe partial class DirectoryHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>From linux/magic.h: proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs, devpts, bpf, pstore, configfs, selinuxfs, binfmt_misc, efivarfs, mqueue, fusectl, nsfs.</summary>
    private static readonly System.Collections.Frozen.FrozenSet<long> KernelViews = System.Collections.Frozen.FrozenSet.Create<long>(
        0x9FA0, 0x62656572, 0x27E0EB, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0x1CD1, 0xCAFE4A11, 0x6165676C,
        0x62656570, 0xF97CFF8C, 0x42494E4D, 0xDE5E81E4, 0x19800202, 0x65735543, 0x6E736673);

    /// <summary>From linux/magic.h: ext2 to ext4, XFS, Btrfs, tmpfs, ramfs, F2FS, bcachefs, JFS, ReiserFS, NILFS; and ZFS.</summary>
    private static readonly System.Collections.Frozen.FrozenSet<long> OwnDisks = System.Collections.Frozen.FrozenSet.Create<long>(
        0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x858458F6, 0xF2F52010, 0xCA451A4E, 0x3153464A, 0x52654973, 0x3434, 0x2FC12FC1);

    private DirectoryHandle(int descriptor, string path)
        : base(ownsHandle: true)
    {
        SetHandle(descriptor);
        Path = path;
    }

    /// <summary>The path this directory was opened by, for messages; see <see cref="PathText"/>.</summary>
    public string Path { get; }

    private int Descriptor => (int)handle;

    /// <summary>Opens a directory by a path of any length, following links, as a user names it.</summary>
    /// <exception cref="LinuxException"/>
    public static DirectoryHandle Open(string path)
    {
        byte[] bytes = PathText.Encode(path);
        if (bytes.Length < CPath.MaxLength)
        {
            return new(OpenAt(Native.AtCurrentDirectory, bytes, path, Native.DirectoryFlag, 0), path);
        }

        DirectoryHandle current = Open(path.StartsWith('/') ? "/" : ".");
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            DirectoryHandle next;
            using (current)
            {
                byte[] component = PathText.Encode(name);
                next = new(OpenAt(current.Descriptor, component, path, Native.DirectoryFlag, 0), current.Child(component));
            }

            current = next;
        }

        return current;
    }

    /// <summary>Opens a subdirectory; a symbolic link is refused.</summary>
    /// <exception cref="LinuxException"/>
    public DirectoryHandle OpenDirectory(ReadOnlySpan<byte> name) =>
        new(OpenAt(Descriptor, name, null, Native.DirectoryFlag | Native.NoFollow, 0), Child(name));

    /// <summary>Opens a file for reading without following a link, blocking on a FIFO or, where permitted, touching its access time.</summary>
    /// <exception cref="LinuxException"/>
    public LinuxFile OpenFile(ReadOnlySpan<byte> name)
    {
        const int flags = Native.ReadOnly | Native.NonBlocking;
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(name, path, "open");
        fixed (byte* p = path)
        {
            // O_NOATIME is refused for files of other owners unless we are root.
            int descriptor = Native.OpenAt(Descriptor, p, flags | Native.NoFollow | Native.CloseOnExec | Native.NoAccessTime, 0);
            if (descriptor < 0 && Marshal.GetLastPInvokeError() == (int)Errno.NotPermitted)
            {
                descriptor = Native.OpenAt(Descriptor, p, flags | Native.NoFollow | Native.CloseOnExec, 0);
            }

            return descriptor >= 0 ? new LinuxFile(descriptor, Path, name) : throw Failure("open", name);
        }
    }

    /// <summary>Creates a new file for writing; an existing entry of that name is an error.</summary>
    /// <exception cref="LinuxException"/>
    public LinuxFile CreateFile(ReadOnlySpan<byte> name, uint permissions)
    {
        int descriptor = OpenAt(Descriptor, name, null, Native.ReadWrite | Native.Create | Native.Exclusive | Native.NoFollow, permissions);
        return new LinuxFile(descriptor, Path, name);
    }

    /// <summary>
    /// Creates a file for writing, on the file system of this directory, that has no name: it is gone once it is closed, or this machine crashes, unless
    /// <see cref="CreateHardLink(ReadOnlySpan{byte}, LinuxFile)"/> gave it one. Not every file system can (O_TMPFILE).
    /// </summary>
    /// <exception cref="LinuxException"/>
    public LinuxFile CreateNamelessFile(uint permissions)
    {
        int descriptor = OpenAt(Descriptor, "."u8, Path, Native.ReadWrite | Native.Nameless | Native.DirectoryFlag, permissions);
        return new LinuxFile(descriptor, Path, "(a new file)"u8);
    }

    /// <summary>The metadata of an entry, links not followed.</summary>
    /// <exception cref="LinuxException"/>
    public FileStatus Status(ReadOnlySpan<byte> name) =>
        TryStatus(name, out FileStatus status) ? status : throw Failure("read the metadata of", name);

    /// <summary>The metadata of an entry, or false where there is none of that name.</summary>
    /// <exception cref="LinuxException">Any other failure.</exception>
    public bool TryStatus(ReadOnlySpan<byte> name, out FileStatus status)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(name, path, "read the metadata of");
        Native.StatX raw;
        fixed (byte* p = path)
        {
            if (Native.StatXAt(Descriptor, p, Native.AtSymlinkNoFollow | Native.AtNoAutomount, Native.StatXBasic, &raw) == 0)
            {
                status = FileStatus.From(raw);
                return true;
            }
        }

        status = default;
        return Marshal.GetLastPInvokeError() == (int)Errno.NoEntry
            ? false
            : throw Failure("read the metadata of", name);
    }

    /// <summary>The metadata of this directory itself.</summary>
    /// <exception cref="LinuxException"/>
    public FileStatus Status()
    {
        Native.StatX raw;
        byte empty = 0;
        return Native.StatXAt(Descriptor, &empty, Native.AtEmptyPath, Native.StatXBasic, &raw) == 0
            ? FileStatus.From(raw)
            : throw LinuxException.FromLastError("read the metadata of", Path);
    }

    /// <summary>
    /// Whether the directory lies on a file system that is only a view into the kernel, such as /proc or /sys: what is in
    /// it cannot be restored, and some of its files never end.
    /// </summary>
    public bool IsKernelView() => IsOnOneOf(KernelViews);

    /// <summary>Whether the directory lies on a file system of a disk, or of the memory, of this machine, as far as that is known.</summary>
    public bool IsOnOwnDisk() => IsOnOneOf(OwnDisks);

    private bool IsOnOneOf(System.Collections.Frozen.FrozenSet<long> kinds)
    {
        // struct statfs begins with f_type; 256 bytes are more than any architecture needs.
        byte* buffer = stackalloc byte[256];
        return Native.FStatFs(Descriptor, buffer) == 0 && kinds.Contains(*(long*)buffer);
    }

    /// <summary>The names of all entries but <c>.</c> and <c>..</c>, in byte order, as restic sorts them.</summary>
    /// <exception cref="LinuxException"/>
    public List<byte[]> ReadNames()
    {
        // 19 bytes of fixed fields before the name in a struct linux_dirent64.
        const int lengthOffset = 16;
        const int nameOffset = 19;
        var names = new List<byte[]>();
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(32 * 1024);
        try
        {
            Native.LSeek(Descriptor, 0, 0);
            fixed (byte* start = buffer)
            {
                long number = Native.IsArm ? 61 : 217;
                long filled;
                while ((filled = Native.GetDents64(number, Descriptor, start, buffer.Length)) > 0)
                {
                    for (int at = 0; at < filled;)
                    {
                        ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(start + at + nameOffset);
                        if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                        {
                            names.Add(name.ToArray());
                        }

                        at += *(ushort*)(start + at + lengthOffset);
                    }
                }

                if (filled < 0)
                {
                    throw LinuxException.FromLastError("read the directory", Path);
                }
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return names;
    }

    /// <summary>Where a symbolic link points.</summary>
    /// <exception cref="LinuxException"/>
    public byte[] ReadLink(ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(name, path, "read the link");
        Span<byte> target = stackalloc byte[CPath.MaxLength];
        fixed (byte* p = path, t = target)
        {
            nint length = Native.ReadLinkAt(Descriptor, p, t, target.Length);
            return length >= 0 ? target[..(int)length].ToArray() : throw Failure("read the link", name);
        }
    }

    /// <summary>The path of an entry of this directory.</summary>
    public string Child(ReadOnlySpan<byte> name) =>
        Path.EndsWith('/') ? Path + PathText.Decode(name) : Path + "/" + PathText.Decode(name);

    protected override bool ReleaseHandle() => Native.Close(Descriptor) == 0;

    private static int OpenAt(int directory, ReadOnlySpan<byte> name, string? wholePath, int flags, uint permissions)
    {
        Span<byte> path = stackalloc byte[CPath.MaxLength];
        CPath.Terminate(name, path, "open");
        fixed (byte* p = path)
        {
            int descriptor = Kernel.OpenAt(directory, p, flags | Native.CloseOnExec, permissions);
            return descriptor >= 0
                ? descriptor
                : throw LinuxException.FromLastError("open", wholePath ?? PathText.Decode(name));
        }
    }

    private LinuxException Failure(string action, ReadOnlySpan<byte> name)
    {
        var error = (Errno)Marshal.GetLastPInvokeError();
        return new LinuxException(action, Child(name), error);
    }
}
