using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>What one run captured: design document, "Snapshots". Members that this version does not know are kept.</summary>
public sealed partial record Snapshot
{
    [JsonPropertyName("time")]
    public required DateTimeOffset Time { get; init; }

    [JsonPropertyName("parent")]
    public SnapshotId? Parent { get; init; }

    [JsonPropertyName("tree")]
    public required TreeId? Tree { get; init; }

    [JsonPropertyName("paths")]
    public required string[] Paths { get; init => field = value ?? []; }

    [JsonPropertyName("hostname")]
    public string? Hostname { get; init; }

    [JsonPropertyName("username")]
    public string? Username { get; init; }

    [JsonPropertyName("uid")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public uint UserId { get; init; }

    [JsonPropertyName("gid")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public uint GroupId { get; init; }

    [JsonPropertyName("excludes")]
    public string[]? Excludes { get; init; }

    [JsonPropertyName("tags")]
    public string[]? Tags { get; init; }

    /// <summary>The snapshot this one was first known as, where it was rewritten.</summary>
    [JsonPropertyName("original")]
    public SnapshotId? Original { get; init; }

    [JsonPropertyName("program_version")]
    public string? ProgramVersion { get; init; }

    [JsonPropertyName("summary")]
    public SnapshotSummary? Summary { get; init; }

    /// <summary>What Holdfast adds: docs/format.md.</summary>
    [JsonPropertyName("holdfast")]
    public SnapshotMarks? Marks { get; init; }

    /// <summary>Not `init`: the serializer would take that for a parameter of a constructor, which these cannot be.</summary>
    [JsonExtensionData]
    [JsonInclude]
    public Dictionary<string, JsonElement>? Unknown { get; internal set; }
}
