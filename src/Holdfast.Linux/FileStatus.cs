namespace Holdfast.Linux;

/// <summary>What <c>statx</c> tells about an entry. Sizes are bytes; device numbers are in glibc's 64-bit encoding, as restic stores them.</summary>
public readonly record struct FileStatus
{
    internal const int KindMask = 0xF000;

    public required FileKind Kind { get; init; }

    /// <summary>The low twelve bits of <c>st_mode</c>: permissions, setuid, setgid, sticky.</summary>
    public required uint Permissions { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    public required ulong Inode { get; init; }

    public required ulong Links { get; init; }

    public required long Size { get; init; }

    /// <summary>Space allocated, in blocks of 512 bytes: less than the size where the file is sparse.</summary>
    public required ulong Blocks { get; init; }

    /// <summary>The file system the entry lies on.</summary>
    public required ulong DeviceId { get; init; }

    /// <summary>For a device file: which device it stands for.</summary>
    public required ulong Device { get; init; }

    /// <summary>Something is mounted here, be it a folder of the same file system. Always false on kernels before 5.8.</summary>
    public bool IsMountRoot { get; init; }

    public required FileTime ModifyTime { get; init; }

    public required FileTime ChangeTime { get; init; }

    public required FileTime AccessTime { get; init; }

    public bool IsDirectory => Kind == FileKind.Directory;

    internal static FileStatus From(in Native.StatX raw) => new()
    {
        Kind = (FileKind)(raw.Mode & KindMask),
        Permissions = raw.Mode & 0xFFFu,
        UserId = raw.UserId,
        GroupId = raw.GroupId,
        Inode = raw.Inode,
        Links = raw.Links,
        Size = (long)raw.Size,
        Blocks = raw.Blocks,
        DeviceId = DeviceNumber(raw.DeviceMajor, raw.DeviceMinor),
        Device = DeviceNumber(raw.SpecialMajor, raw.SpecialMinor),
        IsMountRoot = (raw.Attributes & Native.StatXMountRoot) != 0,
        ModifyTime = raw.ModifyTime.ToFileTime(),
        ChangeTime = raw.ChangeTime.ToFileTime(),
        AccessTime = raw.AccessTime.ToFileTime(),
    };

    /// <summary>glibc's <c>gnu_dev_makedev</c>.</summary>
    private static ulong DeviceNumber(uint major, uint minor) =>
        ((major & 0xFFFFF000ul) << 32) | ((major & 0xFFFul) << 8) | ((minor & 0xFFFFFF00ul) << 12) | (minor & 0xFFul);
}
