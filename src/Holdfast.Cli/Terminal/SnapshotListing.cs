using Holdfast.Repository;

namespace Holdfast.Cli.Terminal;

/// <summary>A snapshot as `list --json` prints it: restic's members.</summary>
internal sealed record SnapshotListing(
    DateTimeOffset Time, string? Parent, string? Tree, string[] Paths, string? Hostname, string? Username, uint? Uid, uint? Gid,
    string[]? Excludes, string[]? Tags, string? Original, string? ProgramVersion, SnapshotSummary? Summary, string Id, string ShortId,
    SnapshotPin? Pin = null, SnapshotTrash? Trash = null, long? Run = null, long? Problems = null, string? MessageType = null, string? StructType = null)
{
    internal static SnapshotListing Of(StoredSnapshot stored)
    {
        Snapshot s = stored.Snapshot;
        string[] tags = s.UserTags();
        return new(
            s.Time, s.Parent?.ToString(), s.Tree?.ToString(), s.Paths, s.Hostname, s.Username, NonZero(s.UserId), NonZero(s.GroupId), s.Excludes, tags.Length == 0 ? null : tags,
            s.Original?.ToString(), s.ProgramVersion, s.Summary, stored.Id.ToString(), stored.Id.Hash.ToShortString(),
            s.IsPinned(TimeProvider.System.GetUtcNow()) ? s.Marks?.Pin ?? new(null, null) : null, s.IsInTrash() ? s.Marks?.Trash : null, s.Marks?.Run, s.Marks?.Problems);
    }

    /// <summary>As in restic, root's ids are left out.</summary>
    private static uint? NonZero(uint id) => id == 0 ? null : id;
}
