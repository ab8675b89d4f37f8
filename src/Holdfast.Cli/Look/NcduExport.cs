using System.Text.Json;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Cli.Look;

/// <summary>
/// A snapshot as <c>ncdu -f</c> reads it, version 1.2 of https://dev.yorhel.nl/ncdu/jsonfmt: a list for each folder, which begins with the folder itself.
/// Written as the walk comes by, one entry a line.
/// </summary>
internal sealed class NcduExport(Output output)
{
    private const ulong Block = 512;

    internal void Begin(string folder, DateTimeOffset time)
    {
        output.Line($"[1,2,{JsonSerializer.Serialize(new("holdfast", Version.Text, time.ToUnixTimeSeconds()), LookJson.Default.NcduHeader)},");
        output.Line($"[{JsonSerializer.Serialize(new(folder), LookJson.Default.NcduEntry)}");
    }

    internal void Add(Node node) => output.Line($",{(node.Type == NodeType.Dir ? "[" : string.Empty)}{JsonSerializer.Serialize(Entry(node), LookJson.Default.NcduEntry)}");

    /// <summary>All of the folder that was begun, or added, last has been added.</summary>
    internal void Leave() => output.Line("]");

    internal void End() => output.Line("]");

    private static NcduEntry Entry(Node node)
    {
        bool isLinked = node.Links > 1 && node.Type == NodeType.File;
        return new(node.NameText)
        {
            Asize = NonZero(node.Size),
            Dsize = NonZero((node.Size + Block - 1) / Block * Block),
            Notreg = node.Type is NodeType.File or NodeType.Dir ? null : true,
            Dev = isLinked ? node.DeviceId : null,
            Ino = isLinked ? node.Inode : null,
            Nlink = isLinked ? node.Links : null,
            Uid = node.UserId,
            Gid = node.GroupId,
            Mode = FileMode.ToKernelPermissions(node.Mode) | KernelType(node.Type),
            Mtime = node.ModifyTime.ToDateTimeOffset().ToUnixTimeSeconds(),
        };
    }

    private static ulong? NonZero(ulong value) => value == 0 ? null : value;

    /// <summary>The bits of <c>S_IFMT</c>.</summary>
    private static uint KernelType(NodeType type) => type switch
    {
        NodeType.Fifo => 0x1000,
        NodeType.CharDev => 0x2000,
        NodeType.Dir => 0x4000,
        NodeType.Dev => 0x6000,
        NodeType.File => 0x8000,
        NodeType.Symlink => 0xA000,
        NodeType.Socket => 0xC000,
        _ => 0,
    };
}

internal sealed record NcduHeader(string Progname, string Progver, long Timestamp);

/// <param name="Name">Its name; of the first folder, the path.</param>
internal sealed record NcduEntry(string Name)
{
    /// <summary>In bytes.</summary>
    public ulong? Asize { get; init; }

    /// <summary>In bytes, of whole blocks.</summary>
    public ulong? Dsize { get; init; }

    /// <summary>Whether it is neither file nor folder.</summary>
    public bool? Notreg { get; init; }

    public ulong? Dev { get; init; }

    public ulong? Ino { get; init; }

    public ulong? Nlink { get; init; }

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }

    /// <summary>As <c>lstat</c> has it.</summary>
    public uint? Mode { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long? Mtime { get; init; }
}
