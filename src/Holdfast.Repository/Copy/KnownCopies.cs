namespace Holdfast.Repository;

/// <summary>Which snapshots a repository has already, by restic's rule: the same first id, and the same in all that a copy keeps.</summary>
internal sealed class KnownCopies(IEnumerable<StoredSnapshot> there)
{
    private readonly ILookup<SnapshotId, StoredSnapshot> _byId = there
        .SelectMany(s => (SnapshotId[])[s.Id, .. s.Snapshot.Original is { } original && original != s.Id ? [original] : (SnapshotId[])[]], (s, id) => (s, id))
        .ToLookup(p => p.id, p => p.s);

    /// <summary>The copy that is there; null where there is none.</summary>
    internal StoredSnapshot? Find(StoredSnapshot source) =>
        _byId[source.Snapshot.Original ?? source.Id].FirstOrDefault(s => IsSimilar(s.Snapshot, source.Snapshot));

    /// <remarks>
    /// Tags that mark are passed over, unlike in restic: a copy has pins and a trash of its own, and what lies in its trash
    /// was copied. Time, paths and tags are compared as restic compares them: order does not count.
    /// </remarks>
    private static bool IsSimilar(Snapshot left, Snapshot right) =>
        left.Time == right.Time && left.Tree == right.Tree
        && (left.Hostname ?? string.Empty) == (right.Hostname ?? string.Empty) && (left.Username ?? string.Empty) == (right.Username ?? string.Empty)
        && left.UserId == right.UserId && left.GroupId == right.GroupId
        && left.Paths.ToHashSet().SetEquals(right.Paths) && left.UserTags().ToHashSet().SetEquals(right.UserTags())
        && (left.Excludes ?? []).SequenceEqual(right.Excludes ?? []);
}
