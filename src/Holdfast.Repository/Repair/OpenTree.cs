namespace Holdfast.Repository;

/// <summary>A tree on the way through its repair: nodes are taken one after another, as they were or changed.</summary>
internal sealed class OpenTree(TreeId id, string path, List<Node> nodes)
{
    internal TreeId Id { get; } = id;

    internal string Path { get; } = path;

    /// <summary>The nodes taken so far.</summary>
    internal List<Node> Result { get; } = new(nodes.Count);

    internal bool IsChanged { get; private set; }

    /// <summary>The node to take next; null when all are taken.</summary>
    internal Node? Next => Result.Count < nodes.Count ? nodes[Result.Count] : null;

    internal void Take(Node node)
    {
        Node before = nodes[Result.Count];
        IsChanged |= !ReferenceEquals(node, before) && !(node.Type == NodeType.Dir && node.Subtree == before.Subtree);
        Result.Add(node);
    }
}
