namespace Holdfast.Linux;

/// <summary>The metadata of a file, as <c>struct fuse_attr</c> has it.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="Device">For a device file: which.</param>
public readonly record struct FuseAttributes(
    ulong Inode, FileKind Kind, uint Permissions, ulong Size, uint Links, uint UserId, uint GroupId,
    FileTime AccessTime, FileTime ModifyTime, FileTime ChangeTime, ulong Device);
