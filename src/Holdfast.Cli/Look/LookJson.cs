using System.Text.Json.Serialization;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Cli.Look;

/// <summary>What the commands that look into a repository print with --json; the members are restic's.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SnapshotListing))]
[JsonSerializable(typeof(List<SnapshotListing>))]
[JsonSerializable(typeof(List<SnapshotGroup>))]
[JsonSerializable(typeof(ListedNode))]
[JsonSerializable(typeof(NcduHeader))]
[JsonSerializable(typeof(NcduEntry))]
[JsonSerializable(typeof(FoundNode))]
[JsonSerializable(typeof(FoundObject))]
[JsonSerializable(typeof(DiffChange))]
[JsonSerializable(typeof(DiffStatistics))]
[JsonSerializable(typeof(RepositoryStatistics))]
[JsonSerializable(typeof(List<ListedKey>))]
[JsonSerializable(typeof(KeyChanged))]
[JsonSerializable(typeof(LocksRemoved))]
internal sealed partial class LookJson : JsonSerializerContext
{
    /// <summary>A time as the tree holds it, to the nanosecond.</summary>
    internal static string Time(FileTime time) => Timestamp.Format(time, TimeZoneInfo.Local);

    internal static string TypeName(NodeType type) => type.ToString().ToLowerInvariant();
}

internal sealed record SnapshotGroup(SnapshotGroupKey GroupKey, List<SnapshotListing> Snapshots);

internal sealed record ListedNode(
    string Name, string Type, string Path, uint Uid, uint Gid, ulong? Size, uint? Mode, string Permissions,
    string Mtime, string Atime, string Ctime, ulong? Inode, string MessageType = "node", string StructType = "node")
{
    internal static ListedNode Of(string path, Node node) => new(
        node.NameText, LookJson.TypeName(node.Type), path, node.UserId, node.GroupId,
        node.Type == NodeType.File ? node.Size : null, node.Mode == 0 ? null : node.Mode, FileMode.Describe(node.Mode),
        LookJson.Time(node.ModifyTime), LookJson.Time(node.AccessTime), LookJson.Time(node.ChangeTime), node.Inode == 0 ? null : node.Inode);
}

internal sealed record FoundNode(
    string Path, string Permissions, string Type, uint? Mode, string Mtime, string Atime, string Ctime, uint Uid, uint Gid,
    string? User, string? Group, ulong? Inode, ulong? DeviceId, ulong? Size, ulong? Links,
    [property: JsonPropertyName("linktarget")] string? LinkTarget)
{
    internal static FoundNode Of(string path, Node node) => new(
        path, FileMode.Describe(node.Mode), LookJson.TypeName(node.Type), node.Mode == 0 ? null : node.Mode,
        LookJson.Time(node.ModifyTime), LookJson.Time(node.AccessTime), LookJson.Time(node.ChangeTime), node.UserId, node.GroupId,
        node.User.Length == 0 ? null : node.User, node.Group.Length == 0 ? null : node.Group, NonZero(node.Inode), NonZero(node.DeviceId),
        NonZero(node.Size), NonZero(node.Links), node.LinkTarget.Length == 0 ? null : PathText.Decode(node.LinkTarget));

    private static ulong? NonZero(ulong value) => value == 0 ? null : value;
}

internal sealed record FoundObject(string ObjectType, string Id, string Path, string? ParentTree, string Snapshot, DateTimeOffset Time);

internal sealed record DiffChange(string Path, string Modifier, string MessageType = "change");

internal sealed record DiffStatistics(
    string SourceSnapshot, string TargetSnapshot, long ChangedFiles, DiffCounters Added, DiffCounters Removed, string MessageType = "statistics");

/// <summary>What was added or removed; bytes are those of blobs, before compression.</summary>
internal sealed record DiffCounters
{
    public long Files { get; set; }

    public long Dirs { get; set; }

    public long Others { get; set; }

    public long DataBlobs { get; set; }

    public long TreeBlobs { get; set; }

    public long Bytes { get; set; }

    internal void Add(Node node)
    {
        switch (node.Type)
        {
            case NodeType.File:
                Files++;
                break;
            case NodeType.Dir:
                Dirs++;
                break;
            default:
                Others++;
                break;
        }
    }
}

internal sealed record RepositoryStatistics(
    ulong TotalSize, ulong? TotalUncompressedSize, double? CompressionRatio, double? CompressionProgress, double? CompressionSpaceSaving,
    ulong? TotalFileCount, ulong? TotalBlobCount, int SnapshotsCount);

internal sealed record ListedKey(
    bool Current, string Id,
    [property: JsonPropertyName("userName")] string UserName,
    [property: JsonPropertyName("hostName")] string HostName,
    string Created);

internal sealed record KeyChanged(string MessageType, string Id);

internal sealed record LocksRemoved(int Removed, string MessageType = "locks_removed");
