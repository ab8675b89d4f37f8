using System.Text.Json.Serialization;

namespace Holdfast.Repository;

/// <summary>Since when a snapshot is in the trash, and when it may be removed for good.</summary>
public sealed record SnapshotTrash(
    [property: JsonPropertyName("since")] DateTimeOffset? Since,
    [property: JsonPropertyName("until")] DateTimeOffset? Until)
{
    /// <summary>The time in the trash where nobody says another.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromDays(7);

    /// <summary>When its time is over; null where the mark tells neither end nor beginning.</summary>
    /// <param name="grace">The time that counts in place of the one it was given; null for none.</param>
    public DateTimeOffset? End(TimeSpan? grace) =>
        Since is { } since && (grace is not null || Until is null) ? Add(since, grace ?? DefaultGrace) : Until;

    private static DateTimeOffset Add(DateTimeOffset time, TimeSpan span) =>
        time > DateTimeOffset.MaxValue - span ? DateTimeOffset.MaxValue : time + span;
}
