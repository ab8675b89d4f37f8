using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Decides what goes and why the rest stays: the policy, and what no policy removes (D14): pinned snapshots, the newest of a
/// group, and the newest whole one. Changes nothing.
/// </summary>
public sealed class ForgetPlanner(ForgetOptions options, TimeProvider time)
{
    /// <summary>So much the clocks of machines may differ.</summary>
    private static readonly TimeSpan ClockError = TimeSpan.FromHours(1);

    private readonly DateTimeOffset _now = time.GetUtcNow();

    /// <summary>Applies the policy to each group.</summary>
    /// <param name="all">All snapshots of the repository, oldest first.</param>
    /// <param name="chosen">Those that the policy is about.</param>
    /// <exception cref="BackupException">Kind Refused: the policy is empty, or keeps nothing of a group.</exception>
    public ForgetPlan Plan(IReadOnlyList<StoredSnapshot> all, IEnumerable<StoredSnapshot> chosen)
    {
        RequirePolicy();
        var runs = new RunNumbers(all);
        return Complete(options.Grouping.Group(chosen).Select(g => PlanGroup(g.Key, g.Snapshots, runs)), runs);
    }

    /// <summary>Removes the snapshots that were named.</summary>
    /// <exception cref="BackupException">Kind Refused: one is pinned, or the newest of its group.</exception>
    public ForgetPlan PlanNamed(IReadOnlyList<StoredSnapshot> all, IReadOnlyList<StoredSnapshot> named)
    {
        HashSet<SnapshotId> ids = [.. named.Select(s => s.Id)];
        var groups = new List<ForgetGroup>();
        foreach ((SnapshotGroupKey key, List<StoredSnapshot> members) in SnapshotGrouping.ByHostAndPaths.Group(all))
        {
            List<StoredSnapshot> remove = [.. members.Where(s => ids.Contains(s.Id))];
            List<StoredSnapshot> live = NewestFirst(members);
            foreach (StoredSnapshot stored in remove)
            {
                if (Protection(stored, live) is { Count: > 0 } reasons)
                {
                    throw new BackupException(BackupErrorKind.Refused, $"snapshot {stored.Id.Hash.ToShortString()} stays: {string.Join(", ", reasons)}; {Advice(stored)}");
                }
            }

            if (remove.Count > 0)
            {
                groups.Add(new()
                {
                    Key = key,
                    Remove = NewestFirst(remove),
                    Expired = [.. remove.Where(s => s.Snapshot.IsInTrash() && (options.WithoutTrash || IsExpired(s)))],
                });
            }
        }

        return Complete(groups, new(all));
    }

    /// <exception cref="BackupException">Kind Refused: the policy is empty.</exception>
    internal void RequirePolicy()
    {
        if (options.Policy.IsEmpty && !options.RemoveAll)
        {
            throw new BackupException(BackupErrorKind.Refused, "no policy was given that keeps anything, so nothing is forgotten: say what to keep, such as --keep-daily 7");
        }
    }

    private string Advice(StoredSnapshot stored) => stored.Snapshot.IsPinned(_now)
        ? $"`holdfast unpin {stored.Id.Hash.ToShortString()}` first"
        : "--force removes it nevertheless";

    private ForgetPlan Complete(IEnumerable<ForgetGroup> groups, RunNumbers runs)
    {
        SnapshotTrash mark = new(_now, _now + (options.Grace ?? SnapshotTrash.DefaultGrace));
        return new([.. groups], options.WithoutTrash || options.Grace == TimeSpan.Zero ? null : mark, mark, runs);
    }

    private ForgetGroup PlanGroup(SnapshotGroupKey key, List<StoredSnapshot> members, RunNumbers runs)
    {
        List<StoredSnapshot> live = NewestFirst(members);
        List<StoredSnapshot> trash = [.. members.Where(s => s.Snapshot.IsInTrash() && !s.Snapshot.IsPinned(_now))];
        (List<KeptSnapshot> keep, List<StoredSnapshot> remove) = Decide(live, s => runs[s], key, _now);
        bool numbers = options.Policy.Ladder is not null && remove.Count > 0;
        return new()
        {
            Key = key,
            Keep = keep,
            Remove = remove,
            Expired = [.. trash.Where(IsExpired)],
            Undated = [.. trash.Where(s => s.Snapshot.Marks?.Trash?.End(null) is null && !IsExpired(s))],
            Unnumbered = numbers ? [.. keep.Where(k => k.Stored.Snapshot.Marks?.Run is null).Select(k => (k.Stored, runs[k.Stored]))] : [],
        };
    }

    /// <summary>Divides the snapshots of a group, newest first, into those that stay and those that go.</summary>
    internal (List<KeptSnapshot> Keep, List<StoredSnapshot> Remove) Decide(
        IReadOnlyList<StoredSnapshot> live, Func<StoredSnapshot, long> runs, SnapshotGroupKey key, DateTimeOffset now)
    {
        List<KeptSnapshot> verdicts = options.Policy.Apply(live, runs, now, time.LocalTimeZone);
        if (live.Count > 0 && !options.RemoveAll && verdicts.TrueForAll(v => v.Reasons.Count == 0 && !v.Stored.Snapshot.IsPinned(now)))
        {
            throw new BackupException(
                BackupErrorKind.Refused, $"the policy keeps none of the {SnapshotGrouping.Describe(key).TrimEnd(':')}, so nothing is forgotten: say what to keep of them");
        }

        var keep = new List<KeptSnapshot>();
        var remove = new List<StoredSnapshot>();
        foreach (KeptSnapshot verdict in verdicts)
        {
            List<string> reasons = [.. verdict.Reasons, .. Protection(verdict.Stored, live, now, isKept: verdict.Reasons.Count > 0)];
            if (reasons.Count > 0)
            {
                keep.Add(verdict with { Reasons = reasons });
            }
            else
            {
                remove.Add(verdict.Stored);
            }
        }

        return (keep, remove);
    }

    private List<string> Protection(StoredSnapshot stored, IReadOnlyList<StoredSnapshot> live) => Protection(stored, live, _now, isKept: false);

    /// <summary>Why no rule is needed to keep it. The newest is said to be so only where nothing else keeps it.</summary>
    private List<string> Protection(StoredSnapshot stored, IReadOnlyList<StoredSnapshot> live, DateTimeOffset now, bool isKept)
    {
        var reasons = new List<string>();
        if (stored.Snapshot.IsPinned(now))
        {
            reasons.Add(stored.Snapshot.DescribePin(now)); // D14
        }

        if (!options.Force && !options.RemoveAll && !isKept && reasons.Count == 0)
        {
            // D14: the newest, and the newest whole one.
            if (IsNewest(stored, live, now))
            {
                reasons.Add("newest snapshot");
            }
            else if (IsNewest(stored, live.Where(s => !s.Snapshot.IsPartial()), now))
            {
                reasons.Add("newest whole snapshot");
            }
        }

        return reasons;
    }

    /// <summary>Also of those that are not in the future: one run with a wrong clock would otherwise pass for the newest for years, and protect no other.</summary>
    private static bool IsNewest(StoredSnapshot stored, IEnumerable<StoredSnapshot> newestFirst, DateTimeOffset now) =>
        newestFirst.FirstOrDefault()?.Id == stored.Id || newestFirst.FirstOrDefault(s => s.Snapshot.Time <= now + ClockError)?.Id == stored.Id;

    /// <summary>D13: what is in the trash stays until its time there is over. Where the mark has no time, it begins now.</summary>
    private bool IsExpired(StoredSnapshot stored) =>
        stored.Snapshot.Marks?.Trash?.End(options.Grace) is { } end ? end <= _now : options.Grace == TimeSpan.Zero;

    private static List<StoredSnapshot> NewestFirst(IEnumerable<StoredSnapshot> snapshots) =>
        [.. snapshots.Where(s => !s.Snapshot.IsInTrash()).OrderByDescending(s => s.Snapshot.Time)];
}
