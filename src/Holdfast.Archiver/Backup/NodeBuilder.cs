using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Makes nodes from what the kernel tells, exactly as restic makes them. Thread-safe.</summary>
internal sealed class NodeBuilder(bool withAccessTime)
{
    private readonly Accounts _accounts = new();

    internal static NodeType? TypeOf(FileKind kind) => kind switch
    {
        FileKind.Regular => NodeType.File,
        FileKind.Directory => NodeType.Dir,
        FileKind.SymbolicLink => NodeType.Symlink,
        FileKind.BlockDevice => NodeType.Dev,
        FileKind.CharacterDevice => NodeType.CharDev,
        FileKind.Fifo => NodeType.Fifo,
        FileKind.Socket => NodeType.Socket,
        _ => null,
    };

    /// <summary>The node without content, subtree, link target and extended attributes.</summary>
    internal Node Build(byte[] name, in FileStatus status)
    {
        NodeType type = TypeOf(status.Kind) ?? NodeType.Irregular;
        bool countsLinks = type is NodeType.File or NodeType.Symlink or NodeType.Dev or NodeType.CharDev;
        return new()
        {
            Name = name,
            Type = type,
            Mode = Repository.FileMode.FromKernel(status.Kind, status.Permissions),
            ModifyTime = status.ModifyTime,
            AccessTime = withAccessTime ? status.AccessTime : status.ModifyTime,
            ChangeTime = status.ChangeTime,
            UserId = status.UserId,
            GroupId = status.GroupId,
            User = _accounts.UserName(status.UserId),
            Group = _accounts.GroupName(status.GroupId),
            Inode = status.Inode,
            DeviceId = status.DeviceId,
            Size = type == NodeType.File ? (ulong)status.Size : 0,
            Links = countsLinks ? status.Links : 0,
            Device = type is NodeType.Dev or NodeType.CharDev ? status.Device : 0,
        };
    }

    /// <summary>
    /// Whether an earlier node still says all that <see cref="Build"/> would say. As ctime is among it, link target and
    /// extended attributes are the same, too.
    /// </summary>
    internal bool IsStillTrue(Node node, in FileStatus status) =>
        node.Type == TypeOf(status.Kind)
        && node.ChangeTime == status.ChangeTime
        && node.ModifyTime == status.ModifyTime
        && node.Inode == status.Inode
        && node.DeviceId == status.DeviceId
        && (node.Type != NodeType.File || (node.Size == (ulong)status.Size && node.Content is not null))
        && node.Mode == Repository.FileMode.FromKernel(status.Kind, status.Permissions)
        && node.UserId == status.UserId
        && node.GroupId == status.GroupId
        && node.AccessTime == (withAccessTime ? status.AccessTime : status.ModifyTime)
        && (node.Links == 0 || node.Links == status.Links)
        && (node.Device == 0 || node.Device == status.Device)
        && node.User == _accounts.UserName(status.UserId)
        && node.Group == _accounts.GroupName(status.GroupId)
        && node.Error.Length == 0;
}
