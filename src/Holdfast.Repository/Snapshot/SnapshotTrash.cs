using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>Since when a snapshot is in the trash, and when it may be removed for good.</summary>
public sealed record SnapshotTrash(
    [property: JsonPropertyName("since")] DateTimeOffset Since,
    [property: JsonPropertyName("until")] DateTimeOffset Until)
{
    /// <summary>The time in the trash where nobody says another.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromDays(7);
}
