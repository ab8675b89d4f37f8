namespace Holdfast.Fixtures;

/// <summary>The machine's clock, on which short waits are over at once: for tests that take many locks and mean none of the waiting.</summary>
internal sealed class HastyTime : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime != Timeout.InfiniteTimeSpan && dueTime < Short ? TimeSpan.Zero : dueTime, period);
}
