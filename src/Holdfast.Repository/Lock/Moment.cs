namespace Holdfast.Repository;

/// <summary>
/// A moment by two clocks: the wall clock, which goes on while a machine sleeps but may be set, and the one that nobody sets but that
/// stands still in sleep.
/// </summary>
internal sealed record Moment(DateTimeOffset Wall, long Timestamp)
{
    internal static Moment Now(TimeProvider time) => new(time.GetUtcNow(), time.GetTimestamp());

    /// <summary>Whether more time than this has gone by since, by either clock.</summary>
    internal bool IsOlderThan(TimeSpan age, TimeProvider time) =>
        time.GetUtcNow() - Wall > age || time.GetElapsedTime(Timestamp) > age;
}
