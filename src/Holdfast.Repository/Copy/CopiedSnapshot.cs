namespace Holdfast.Repository;

/// <summary>A snapshot and its copy in the other repository.</summary>
public sealed record CopiedSnapshot(StoredSnapshot Source, SnapshotId Copy);
