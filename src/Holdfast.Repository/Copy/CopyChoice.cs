namespace Holdfast.Repository;

/// <summary>Chooses by a policy what to copy: what the policy would keep, and what is pinned.</summary>
public static class CopyChoice
{
    /// <param name="all">All snapshots of the repository, oldest first, for the numbers of their runs.</param>
    /// <param name="candidates">Those to choose among.</param>
    public static List<StoredSnapshot> ByPolicy(
        IReadOnlyList<StoredSnapshot> all, IEnumerable<StoredSnapshot> candidates, ForgetPolicy policy, SnapshotGrouping grouping, TimeProvider time)
    {
        var runs = new RunNumbers(all);
        DateTimeOffset now = time.GetUtcNow();
        var chosen = new List<StoredSnapshot>();
        foreach ((_, List<StoredSnapshot> members) in grouping.Group(candidates))
        {
            List<StoredSnapshot> newestFirst = [.. members.OrderByDescending(s => s.Snapshot.Time)];
            chosen.AddRange(policy.Apply(newestFirst, s => runs[s], now, time.LocalTimeZone)
                .Where(v => v.Reasons.Count > 0 || v.Stored.Snapshot.IsPinned(now)).Select(v => v.Stored));
        }

        return chosen;
    }
}
