using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>Why a snapshot is pinned, and until when; null for ever.</summary>
public sealed record SnapshotPin(
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("until")] DateTimeOffset? Until);
