using System.Buffers.Binary;
using System.Security.Cryptography;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Cli.View;

/// <summary>
/// A file or folder of the view: a node of a snapshot, or of the folders above the snapshots, which are nodes that no
/// repository holds. Its numbers follow from its path, so that nothing needs to be remembered to give the same ones again.
/// </summary>
internal sealed class ViewEntry
{
    internal const ulong RootId = 1;

    private readonly ulong _snapshot;

    private ViewEntry(Node node, ulong id, ulong inode, ulong snapshot, string? branch)
    {
        Node = node;
        Id = id;
        Inode = inode;
        Branch = branch;
        _snapshot = snapshot;
    }

    internal Node Node { get; }

    /// <summary>Its own number: another for every path.</summary>
    internal ulong Id { get; }

    /// <summary>The number by which hard links know each other, within one snapshot; otherwise <see cref="Id"/>.</summary>
    internal ulong Inode { get; }

    /// <summary>The path of a folder above the snapshots, empty at the top; null for all that snapshots hold, and for their tops.</summary>
    internal string? Branch { get; }

    internal bool IsFolder => Node.Type == NodeType.Dir;

    /// <summary>The top of a view of many snapshots.</summary>
    internal static ViewEntry Top(Node node) => new(node, RootId, RootId, RootId, string.Empty);

    /// <summary>The top of a view that is one folder of a snapshot.</summary>
    internal static ViewEntry TopOfSnapshot(Node node) => new(node, RootId, RootId, RootId, null);

    /// <summary>An entry of this folder.</summary>
    internal ViewEntry Child(Node node)
    {
        if (Branch is null)
        {
            ulong id = Number(Id, node.Name);
            return new(node, id, node.MayHaveHardLinks ? Number(_snapshot, LinkIdentity.Of(node)) : id, _snapshot, null);
        }

        // A folder above the snapshots has no tree; the top of a snapshot has one, and an inode made of the snapshot's id,
        // because another snapshot may get its name.
        ulong own = Number(Id, node.Name, node.Inode);
        string? branch = node is { Type: NodeType.Dir, Subtree: null } ? (Branch.Length == 0 ? string.Empty : Branch + "/") + node.NameText : null;
        return new(node, own, own, own, branch);
    }

    /// <summary>What a file system says of it.</summary>
    internal FuseAttributes Attributes(bool ownerIsRoot) => new(
        Inode,
        Kind(Node.Type),
        FileMode.ToKernelPermissions(Node.Mode),
        Node.Type switch { NodeType.File => Node.Size, NodeType.Symlink => (ulong)Node.LinkTarget.Length, _ => 0 },
        // 1 for a folder says that its number of subfolders is not known; what was stored counts those that were excluded.
        Node.Type == NodeType.Dir ? 1 : (uint)Math.Clamp(Node.Links, 1, uint.MaxValue),
        ownerIsRoot ? 0 : Node.UserId,
        ownerIsRoot ? 0 : Node.GroupId,
        Node.AccessTime, Node.ModifyTime, Node.ChangeTime, Node.Device);

    internal static FileKind Kind(NodeType type) => type switch
    {
        NodeType.Dir => FileKind.Directory,
        NodeType.Symlink => FileKind.SymbolicLink,
        NodeType.Dev => FileKind.BlockDevice,
        NodeType.CharDev => FileKind.CharacterDevice,
        NodeType.Fifo => FileKind.Fifo,
        NodeType.Socket => FileKind.Socket,
        _ => FileKind.Regular,
    };

    /// <remarks>Cryptographic, because programs take two files of one number for the same: names from a backup must not be able to make them so.</remarks>
    private static ulong Number(ulong parent, ReadOnlySpan<byte> name, ulong other = 0)
    {
        Span<byte> text = name.Length <= 512 ? stackalloc byte[16 + name.Length] : new byte[16 + name.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(text, parent);
        BinaryPrimitives.WriteUInt64LittleEndian(text[8..], other);
        name.CopyTo(text[16..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return Math.Max(BinaryPrimitives.ReadUInt64LittleEndian(hash), RootId + 1);
    }

    private static ulong Number(ulong snapshot, LinkIdentity file)
    {
        Span<byte> all = stackalloc byte[20 + Hash256.Size];
        BinaryPrimitives.WriteUInt64LittleEndian(all, file.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(all[8..], file.Inode);
        BinaryPrimitives.WriteInt32LittleEndian(all[16..], (int)file.Type);
        file.Content.Span.CopyTo(all[20..]);
        return Number(snapshot, all, ulong.MaxValue);
    }
}
