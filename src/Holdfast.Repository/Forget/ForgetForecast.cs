namespace Holdfast.Repository;

/// <summary>
/// What a policy will have kept after a year: runs that are still to come are made up, with the planner asked after each.
/// Nothing is changed.
/// </summary>
public sealed class ForgetForecast
{
    /// <summary>More runs in a year than this tell nothing more, and take long.</summary>
    private const int MostRuns = 10_000;

    private readonly List<ForecastPoint> _points = [];
    private List<StoredSnapshot> _live;

    private ForgetForecast(SnapshotGroupKey key, IEnumerable<StoredSnapshot> live, TimeSpan every)
    {
        Key = key;
        Every = every;
        _live = [.. live];
    }

    public SnapshotGroupKey Key { get; }

    /// <summary>The time between two runs.</summary>
    public TimeSpan Every { get; }

    public IReadOnlyList<ForecastPoint> Points => _points;

    /// <summary>The times of the snapshots that there are in a year, newest first.</summary>
    public IReadOnlyList<DateTimeOffset> Kept => [.. _live.Select(s => s.Snapshot.Time)];

    /// <summary>One forecast for each group.</summary>
    /// <param name="every">The time between two runs; null for the median of those that there were, or a day where there is none.</param>
    /// <exception cref="Backend.BackupException">Kind Refused, as the policy itself would be.</exception>
    public static List<ForgetForecast> Of(
        ForgetOptions options, IReadOnlyList<StoredSnapshot> all, IEnumerable<StoredSnapshot> chosen, TimeSpan? every, TimeProvider time, CancellationToken cancellation)
    {
        var planner = new ForgetPlanner(options, time);
        planner.RequirePolicy();
        var runs = new RunNumbers(all);
        var forecasts = new List<ForgetForecast>();
        foreach ((SnapshotGroupKey key, List<StoredSnapshot> members) in options.Grouping.Group(chosen.Where(s => !s.Snapshot.IsInTrash())))
        {
            StoredSnapshot newest = members.MaxBy(s => s.Snapshot.Time)!;
            var forecast = new ForgetForecast(key, members.OrderByDescending(s => s.Snapshot.Time), every ?? Median(members));
            forecast.Run(planner, newest.Snapshot, runs, time.GetLocalNow(), cancellation);
            forecasts.Add(forecast);
        }

        return forecasts;
    }

    private void Run(ForgetPlanner planner, Snapshot model, RunNumbers runs, DateTimeOffset now, CancellationToken cancellation)
    {
        (string Span, DateTimeOffset Time)[] stops =
        [
            ("1 week", now.AddDays(7)), ("1 month", now.AddMonths(1)), ("3 months", now.AddMonths(3)), ("6 months", now.AddMonths(6)), ("12 months", now.AddMonths(12)),
        ];
        long next = runs.Next(model.Hostname, model.Paths);
        DateTimeOffset at = now;
        foreach ((string span, DateTimeOffset stop) in stops)
        {
            for (; at <= stop; at += Every, next++)
            {
                cancellation.ThrowIfCancellationRequested();
                Snapshot snapshot = model with { Time = at, Marks = new() { Run = next }, Tags = model.WithoutPin().Tags };
                _live.Insert(0, new(new(Hash256.Of(BitConverter.GetBytes(next))), snapshot));
                _live = [.. planner.Decide(_live, s => s.Snapshot.Marks?.Run ?? runs[s], Key, at.AddTicks(1)).Keep.Select(k => k.Stored)];
            }

            _points.Add(new(span, stop, _live.Count, _live.Min(s => s.Snapshot.Time)));
        }
    }

    private static TimeSpan Median(List<StoredSnapshot> members)
    {
        DateTimeOffset[] times = [.. members.Select(s => s.Snapshot.Time).Order()];
        TimeSpan[] pauses = [.. times.Skip(1).Zip(times, (later, earlier) => later - earlier).Order()];
        TimeSpan median = pauses.Length == 0 ? TimeSpan.FromDays(1) : pauses[pauses.Length / 2];
        TimeSpan least = TimeSpan.FromDays(366) / MostRuns;
        return median < least ? least : median;
    }
}
