namespace Holdfast.Repository;

/// <summary>A tree without what was left out, and how much that was.</summary>
internal readonly record struct FilteredTree(TreeId Id, long Files, long Bytes);
