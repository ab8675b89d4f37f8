using Holdfast.Cli.Look;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Cli.Dump;

/// <summary>A folder of a snapshot as a tar archive, with owners, times, hard links, devices, extended attributes and access control lists.</summary>
internal sealed class TarArchive(Stream target, FileContent content) : IArchive
{
    private const int EndBlocks = 2;

    private readonly Dictionary<LinkIdentity, byte[]> _linked = [];

    public async ValueTask AddAsync(Met met, CancellationToken cancellation)
    {
        Node node = met.Node;
        byte[] name = PathText.Encode(met.Path.TrimStart('/') + (node.Type == NodeType.Dir ? "/" : string.Empty));
        byte[]? first = null;
        bool isLink = node.MayHaveHardLinks && node.Type == NodeType.File && LinkIdentity.Of(node) is var identity
            && !_linked.TryAdd(identity, name) && _linked.TryGetValue(identity, out first);
        bool hasContent = node.Type == NodeType.File && !isLink;
        var header = new TarHeader
        {
            Name = name,
            Type = isLink ? '1' : TypeOf(node.Type),
            Permissions = FileMode.ToKernelPermissions(node.Mode),
            UserId = node.UserId,
            GroupId = node.GroupId,
            User = node.User,
            Group = node.Group,
            Size = hasContent ? node.Size : 0,
            ModifyTime = node.ModifyTime,
            LinkTarget = first ?? (node.Type == NodeType.Symlink ? node.LinkTarget : []),
            Major = node.Type is NodeType.Dev or NodeType.CharDev ? Major(node.Device) : 0,
            Minor = node.Type is NodeType.Dev or NodeType.CharDev ? Minor(node.Device) : 0,
        };
        foreach (ExtendedAttribute attribute in isLink ? [] : node.ExtendedAttributes)
        {
            Add(header, attribute);
        }

        await target.WriteAsync(header.Encode(), cancellation);
        if (hasContent)
        {
            await content.CopyToAsync(node, target, cancellation);
            await target.WriteAsync(new byte[TarHeader.Padding(node.Size)], cancellation);
        }
    }

    public bool CanHold(Node node) => node.Type is not (NodeType.Socket or NodeType.Irregular);

    public async ValueTask CompleteAsync(CancellationToken cancellation) =>
        await target.WriteAsync(new byte[EndBlocks * TarHeader.BlockLength], cancellation);

    private static void Add(TarHeader header, ExtendedAttribute attribute)
    {
        // GNU tar and star keep lists in words of their own, everything else under its name.
        bool isAccess = attribute.Name.AsSpan().SequenceEqual("system.posix_acl_access"u8);
        bool isDefault = attribute.Name.AsSpan().SequenceEqual("system.posix_acl_default"u8);
        if ((isAccess || isDefault) && AccessControlText.Of(attribute.Value) is { } text)
        {
            header.AddRecord(isAccess ? "SCHILY.acl.access"u8 : "SCHILY.acl.default"u8, text);
            return;
        }

        string key = "SCHILY.xattr." + PathText.Decode(attribute.Name).Replace("%", "%25").Replace("=", "%3D");
        header.AddRecord(PathText.Encode(key), attribute.Value);
    }

    private static char TypeOf(NodeType type) => type switch
    {
        NodeType.Dir => '5',
        NodeType.Symlink => '2',
        NodeType.CharDev => '3',
        NodeType.Dev => '4',
        NodeType.Fifo => '6',
        _ => '0',
    };

    // makedev(3): twelve bits of the major number and eight of the minor one lie low, the rest of both above.
    private static uint Major(ulong device) => (uint)(((device >> 8) & 0xFFF) | ((device >> 32) & 0xFFFF_F000));

    private static uint Minor(ulong device) => (uint)((device & 0xFF) | ((device >> 12) & 0xFFFF_FF00));
}
