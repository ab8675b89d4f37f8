using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>How a run ended.</summary>
/// <param name="Id">The snapshot written; null in a dry run, or where nothing had changed and that was to be skipped.</param>
public sealed record BackupSummary(SnapshotId? Id, TreeId Tree, SnapshotSummary Counters, IReadOnlyCollection<BackupProblem> Problems);
