using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// An entry of a tree: a file, directory or special file with its metadata. Design document, "Trees and Data".
/// Names and link targets are plain bytes.
/// </summary>
public sealed record Node
{
    public required byte[] Name { get; init; }

    public required NodeType Type { get; init; }

    /// <summary>In the bits of <see cref="FileMode"/>.</summary>
    public uint Mode { get; init; }

    public FileTime ModifyTime { get; init; }

    public FileTime AccessTime { get; init; }

    public FileTime ChangeTime { get; init; }

    public uint UserId { get; init; }

    public uint GroupId { get; init; }

    /// <summary>The owner's name on the machine that was backed up, or empty.</summary>
    public string User { get; init; } = string.Empty;

    public string Group { get; init; } = string.Empty;

    public ulong Inode { get; init; }

    /// <summary>The file system the entry lay on: with the inode, what hard links are known by.</summary>
    public ulong DeviceId { get; init; }

    /// <summary>Length of a regular file in bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>Number of hard links.</summary>
    public ulong Links { get; init; }

    public byte[] LinkTarget { get; init; } = [];

    public ExtendedAttribute[] ExtendedAttributes { get; init; } = [];

    /// <summary>What other systems' files have beyond these members, as the JSON object it came as; empty where there is nothing.</summary>
    public byte[] GenericAttributes { get; init; } = [];

    /// <summary>For a device file: which device.</summary>
    public ulong Device { get; init; }

    /// <summary>The blobs of a file in order; null for everything but files.</summary>
    public BlobId[]? Content { get; init; }

    /// <summary>The tree of a directory.</summary>
    public TreeId? Subtree { get; init; }

    /// <summary>What went wrong when the node was stored, in old snapshots.</summary>
    public string Error { get; init; } = string.Empty;

    /// <summary>The name as text; see <see cref="PathText"/>.</summary>
    public string NameText => PathText.Decode(Name);

    /// <summary>Whether other names of the same file may be found, by their <see cref="LinkIdentity"/>: what has no links to look for needs no looking.</summary>
    public bool MayHaveHardLinks => Links > 1 && Inode != 0 && Type != NodeType.Dir;
}
