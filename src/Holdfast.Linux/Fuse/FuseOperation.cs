namespace Holdfast.Linux;

/// <summary>What the kernel asks of a file system: <c>enum fuse_opcode</c> of linux/fuse.h, as far as a read-only one is asked.</summary>
public enum FuseOperation : uint
{
    Lookup = 1,
    Forget = 2,
    GetAttributes = 3,
    ReadLink = 5,
    Open = 14,
    Read = 15,
    StatFs = 17,
    Release = 18,
    GetExtendedAttribute = 22,
    ListExtendedAttributes = 23,
    Initialize = 26,
    OpenDirectory = 27,
    ReadDirectory = 28,
    ReleaseDirectory = 29,
    Interrupt = 36,
    Destroy = 38,
    BatchForget = 42,
}
