namespace Holdfast.Repository;

/// <summary>A snapshot that was rewritten.</summary>
/// <param name="New">What it is now; null in a dry run.</param>
/// <param name="Files">Files that were left out.</param>
/// <param name="Bytes">Their size.</param>
public sealed record RewrittenSnapshot(StoredSnapshot Old, SnapshotId? New, long Files, long Bytes);
