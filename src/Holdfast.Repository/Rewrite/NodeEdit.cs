namespace Holdfast.Repository;

/// <summary>What a node has from now on; null leaves what it has.</summary>
internal readonly record struct NodeEdit(TreeId? Subtree = null, BlobId[]? Content = null, ulong? Size = null);
