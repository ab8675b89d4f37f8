namespace Holdfast.Repository;

/// <summary>A tree without what was left out, and how much that was.</summary>
/// <param name="IsGone">Nothing of it is to be kept, itself included.</param>
internal readonly record struct FilteredTree(TreeId Id, long Files, long Bytes, bool IsGone = false);
