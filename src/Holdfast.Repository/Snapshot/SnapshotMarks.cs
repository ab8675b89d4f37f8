using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>What Holdfast keeps in a snapshot beside restic's members: docs/format.md. Members that this version does not know are kept.</summary>
public sealed record SnapshotMarks
{
    /// <summary>The number of the run among those of the same host and paths, from 1.</summary>
    [JsonPropertyName("run")]
    public long? Run { get; init; }

    /// <summary>How much of the source could not be read; null for nothing.</summary>
    [JsonPropertyName("problems")]
    public long? Problems { get; init; }

    [JsonPropertyName("pin")]
    public SnapshotPin? Pin { get; init; }

    [JsonPropertyName("trash")]
    public SnapshotTrash? Trash { get; init; }

    /// <summary>The snapshot in whose place this one was written (D12).</summary>
    [JsonPropertyName("replaces")]
    public SnapshotId? Replaces { get; init; }

    /// <summary>Not `init`: the serializer would take that for a parameter of a constructor, which these cannot be.</summary>
    [JsonExtensionData]
    [JsonInclude]
    public Dictionary<string, JsonElement>? Unknown { get; internal set; }
}
