namespace Holdfast.Repository;

/// <summary>What snapshots are put into groups by.</summary>
public sealed record SnapshotGrouping(bool Host, bool Paths, bool Tags)
{
    /// <summary>The series that one machine's backups of the same paths make.</summary>
    public static readonly SnapshotGrouping ByHostAndPaths = new(true, true, false);

    public bool IsNone => !Host && !Paths && !Tags;

    /// <exception cref="FormatException">A word is unknown.</exception>
    public static SnapshotGrouping Parse(string? text)
    {
        var grouping = new SnapshotGrouping(false, false, false);
        foreach (string word in (text ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            grouping = word switch
            {
                "host" or "hosts" => grouping with { Host = true },
                "path" or "paths" => grouping with { Paths = true },
                "tag" or "tags" => grouping with { Tags = true },
                _ => throw new FormatException($"'{word}' is nothing to group by: give host, paths or tags"),
            };
        }

        return grouping;
    }

    /// <summary>The groups, in the order in which their first members come.</summary>
    public List<(SnapshotGroupKey Key, List<StoredSnapshot> Snapshots)> Group(IEnumerable<StoredSnapshot> snapshots) =>
        [.. snapshots.GroupBy(Text).Select(g => (Key(g.First().Snapshot), g.ToList()))];

    /// <summary>Whether a snapshot is in the group that one of this host, of these paths and with these tags is in.</summary>
    public bool IsWith(Snapshot snapshot, string host, IReadOnlyCollection<string> paths, IReadOnlyCollection<string> tags) =>
        (!Host || snapshot.Hostname == host)
        && (!Paths || snapshot.Paths.ToHashSet().SetEquals(paths))
        && (!Tags || snapshot.UserTags().ToHashSet().SetEquals(tags));

    /// <summary>The last of each group, in the order they came in.</summary>
    public List<StoredSnapshot> Newest(List<StoredSnapshot> snapshots, int count)
    {
        HashSet<SnapshotId> kept = [.. Group(snapshots).SelectMany(g => g.Snapshots.TakeLast(count)).Select(s => s.Id)];
        return [.. snapshots.Where(s => kept.Contains(s.Id))];
    }

    public static string Describe(SnapshotGroupKey key)
    {
        var parts = new List<string>();
        if (key.Hostname.Length > 0)
        {
            parts.Add($"host [{key.Hostname}]");
        }

        if (key.Tags is not null)
        {
            parts.Add($"tags [{string.Join(", ", key.Tags)}]");
        }

        if (key.Paths is not null)
        {
            parts.Add($"paths [{string.Join(", ", key.Paths)}]");
        }

        return parts.Count > 0 ? $"snapshots for ({string.Join(", ", parts)}):" : "snapshots:";
    }

    private SnapshotGroupKey Key(Snapshot snapshot) => new(
        Host ? snapshot.Hostname ?? string.Empty : string.Empty,
        Paths ? [.. snapshot.Paths.Order(StringComparer.Ordinal)] : null,
        Tags && snapshot.UserTags() is { Length: > 0 } tags ? [.. tags.Order(StringComparer.Ordinal)] : null);

    private string Text(StoredSnapshot stored)
    {
        SnapshotGroupKey key = Key(stored.Snapshot);
        return $"{key.Hostname}\0\0{string.Join('\0', key.Paths ?? [])}\0\0{string.Join('\0', key.Tags ?? [])}";
    }
}
