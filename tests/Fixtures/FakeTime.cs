namespace Holdfast.Fixtures;

/// <summary>
/// A clock that stands still until a test moves it. What waits on it is known, so a test can wait for the waiting to begin
/// and never sleeps. Thread-safe.
/// </summary>
internal sealed class FakeTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<FakeTimer> _timers = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _watchers = [];
    private DateTimeOffset _now = start;
    private TimeSpan _set;

    internal FakeTime()
        : this(new(2026, 11, 21, 14, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now + _set;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _now.UtcTicks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Completes as soon as so many timers wait on this clock.</summary>
    internal Task WhenWaiting(int count = 1)
    {
        lock (_lock)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((count, reached));
            TellWatchersUnsynchronized();
            return reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Moves the clock, firing what falls due, in order.</summary>
    internal void Advance(TimeSpan by)
    {
        var target = new DateTimeOffset(GetTimestamp(), TimeSpan.Zero) + by;
        while (NextDue(target) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Sets the wall clock, forward or back: timers notice nothing of it, nor of the sleep of a machine.</summary>
    internal void Set(TimeSpan by)
    {
        lock (_lock)
        {
            _set += by;
        }
    }

    /// <summary>Moves the clock from one timer to the next until the task has ended.</summary>
    internal async Task<T> RunAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            await Task.WhenAny(task, WhenWaiting());
            if (!task.IsCompleted)
            {
                Advance(UntilNext());
            }
        }

        return await task;
    }

    /// <summary>How long until the first timer falls due.</summary>
    internal TimeSpan UntilNext()
    {
        lock (_lock)
        {
            return _timers.Count == 0 ? TimeSpan.Zero : _timers.Min(t => t.Due) - _now;
        }
    }

    private FakeTimer? NextDue(DateTimeOffset target)
    {
        lock (_lock)
        {
            FakeTimer? next = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
            _now = next is null ? target : next.Due > _now ? next.Due : _now;
            if (next is not null)
            {
                _timers.Remove(next);
            }

            return next;
        }
    }

    private void TellWatchersUnsynchronized()
    {
        foreach ((int Count, TaskCompletionSource Reached) watcher in _watchers.Where(w => w.Count <= _timers.Count).ToArray())
        {
            _watchers.Remove(watcher);
            watcher.Reached.SetResult();
        }
    }

    /// <summary>A timer that fires once: nothing here repeats.</summary>
    private sealed class FakeTimer(FakeTime time, Action fire) : ITimer
    {
        internal DateTimeOffset Due { get; private set; }

        internal void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + dueTime;
                    time._timers.Add(this);
                    time.TellWatchersUnsynchronized();
                }
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
