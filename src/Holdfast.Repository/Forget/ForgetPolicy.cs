namespace Holdfast.Repository;

/// <summary>Which snapshots of a group to keep: restic's rules, and the ladder. Counts are -1 for all; nothing is kept by default.</summary>
public sealed record ForgetPolicy
{
    public int Last { get; init; }

    public int Hourly { get; init; }

    public int Daily { get; init; }

    public int Weekly { get; init; }

    public int Monthly { get; init; }

    public int Yearly { get; init; }

    /// <summary>Counted back from the newest snapshot that is not in the future, as all of these are.</summary>
    public CalendarDuration Within { get; init; }

    public CalendarDuration WithinHourly { get; init; }

    public CalendarDuration WithinDaily { get; init; }

    public CalendarDuration WithinWeekly { get; init; }

    public CalendarDuration WithinMonthly { get; init; }

    public CalendarDuration WithinYearly { get; init; }

    /// <summary>Keep what has all tags of one of the lists.</summary>
    public IReadOnlyList<string[]> Tags { get; init; } = [];

    public KeepLadder? Ladder { get; init; }

    /// <summary>Whether it has no rule at all.</summary>
    public bool IsEmpty =>
        Tags.Count == 0 && Ladder is null && Within.IsZero && Counted().All(c => c.Count == 0) && Limited().All(l => l.Within.IsZero);

    /// <summary>For each snapshot the rules that keep it; none where it goes.</summary>
    /// <param name="group">Newest first.</param>
    /// <param name="runs">The number of each run, for the ladder.</param>
    public List<KeptSnapshot> Apply(IReadOnlyList<StoredSnapshot> group, Func<StoredSnapshot, long> runs, DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTimeOffset latest = group.Select(s => s.Snapshot.Time).Where(t => t < now).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        CalendarRule[] rules = Rules(latest, zone);
        DateTimeOffset after = Within.Before(latest, zone);
        List<string>[]? steps = Ladder?.Decide([.. group.Select(runs)]);
        var verdicts = new List<KeptSnapshot>(group.Count);
        for (int i = 0; i < group.Count; i++)
        {
            Snapshot snapshot = group[i].Snapshot;
            List<string> reasons = [.. Tags.Where(snapshot.HasTags).Select(t => $"has tags [{string.Join(", ", t)}]")];
            if (!Within.IsZero && snapshot.Time > after)
            {
                reasons.Add($"within {Within}");
            }

            reasons.AddRange(rules.Select(r => r.Keep(snapshot.Time, i, i == group.Count - 1)).OfType<string>());
            reasons.AddRange(steps?[i] ?? []);
            verdicts.Add(new(group[i], reasons));
        }

        return verdicts;
    }

    /// <summary>One clause for people, such as <c>keep 7 daily, all yearly snapshots</c>.</summary>
    public string Describe()
    {
        List<string> parts =
        [
            .. Counted().Where(c => c.Count != 0).Select(c => $"{(c.Count < 0 ? "all" : c.Count)} {c.Name}"),
            .. Limited().Where(l => !l.Within.IsZero).Select(l => $"{l.Name} within {l.Within}"),
        ];
        if (!Within.IsZero)
        {
            parts.Add($"all within {Within} of the newest");
        }

        parts.AddRange(Tags.Select(t => $"all with tags [{string.Join(", ", t)}]"));
        if (Ladder is not null)
        {
            parts.Add($"by the ladder {Ladder}");
        }

        return parts.Count == 0 ? "keep none" : $"keep {string.Join(", ", parts)}";
    }

    private (string Name, int Count, Func<DateTimeOffset, int, int> Period)[] Counted() =>
    [
        ("last", Last, CalendarRule.Each), ("hourly", Hourly, CalendarRule.Hour), ("daily", Daily, CalendarRule.Day),
        ("weekly", Weekly, CalendarRule.Week), ("monthly", Monthly, CalendarRule.Month), ("yearly", Yearly, CalendarRule.Year),
    ];

    private (string Name, CalendarDuration Within, Func<DateTimeOffset, int, int> Period)[] Limited() =>
    [
        ("hourly", WithinHourly, CalendarRule.Hour), ("daily", WithinDaily, CalendarRule.Day), ("weekly", WithinWeekly, CalendarRule.Week),
        ("monthly", WithinMonthly, CalendarRule.Month), ("yearly", WithinYearly, CalendarRule.Year),
    ];

    /// <summary>In restic's order, which is that of the reasons.</summary>
    private CalendarRule[] Rules(DateTimeOffset latest, TimeZoneInfo zone) =>
    [
        .. Counted().Where(c => c.Count != 0).Select(c => new CalendarRule($"{c.Name} snapshot", c.Count, DateTimeOffset.MinValue, c.Period)),
        .. Limited().Where(l => !l.Within.IsZero).Select(l => new CalendarRule($"{l.Name} within {l.Within}", CalendarRule.Unlimited, l.Within.Before(latest, zone), l.Period)),
    ];
}
