using System.Runtime.InteropServices;

namespace Holdfast.Repository;

/// <summary>
/// What the names of one file have in common in a snapshot. Device and inode alone are not enough: a file that went while the backup ran may
/// have left its inode to another one, and a file system its device number.
/// </summary>
public readonly record struct LinkIdentity(NodeType Type, ulong Device, ulong Inode, Hash256 Content)
{
    public static LinkIdentity Of(Node node) => new(node.Type, node.DeviceId, node.Inode, Hash256.Of(ContentOf(node)));

    /// <summary>What cannot differ between two names of one file; its size follows from the blobs.</summary>
    private static ReadOnlySpan<byte> ContentOf(Node node) => node.Type switch
    {
        NodeType.File => MemoryMarshal.AsBytes<BlobId>(node.Content),
        NodeType.Symlink => node.LinkTarget,
        _ => BitConverter.GetBytes(node.Device),
    };
}
