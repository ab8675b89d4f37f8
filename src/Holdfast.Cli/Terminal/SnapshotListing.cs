using Holdfast.Repository;

namespace Holdfast.Cli.Terminal;

/// <summary>A snapshot as `list --json` prints it: restic's members.</summary>
internal sealed record SnapshotListing(
    DateTimeOffset Time, string? Parent, string? Tree, string[] Paths, string? Hostname, string? Username, uint? Uid, uint? Gid,
    string[]? Excludes, string[]? Tags, string? Original, string? ProgramVersion, SnapshotSummary? Summary, string Id, string ShortId,
    string? MessageType = null, string? StructType = null)
{
    internal static SnapshotListing Of(StoredSnapshot stored)
    {
        Snapshot s = stored.Snapshot;
        return new(
            s.Time, s.Parent?.ToString(), s.Tree?.ToString(), s.Paths, s.Hostname, s.Username, NonZero(s.UserId), NonZero(s.GroupId), s.Excludes, s.Tags,
            s.Original?.ToString(), s.ProgramVersion, s.Summary, stored.Id.ToString(), stored.Id.Hash.ToShortString());
    }

    /// <summary>As in restic, root's ids are left out.</summary>
    private static uint? NonZero(uint id) => id == 0 ? null : id;
}
