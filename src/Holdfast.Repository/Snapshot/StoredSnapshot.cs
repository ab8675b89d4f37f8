namespace Holdfast.Repository;

/// <summary>A snapshot and the name under which the repository has it.</summary>
public sealed record StoredSnapshot(SnapshotId Id, Snapshot Snapshot);
