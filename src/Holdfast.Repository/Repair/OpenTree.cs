namespace Holdfast.Repository;

/// <summary>A tree on the way through its repair: nodes are kept or changed, one after another.</summary>
internal sealed class OpenTree(TreeId id, string path, byte[] encoded, List<Node> nodes)
{
    private readonly Dictionary<int, NodeEdit> _edits = [];
    private int _next;

    internal TreeId Id { get; } = id;

    internal string Path { get; } = path;

    /// <summary>The node to decide on; null when all are.</summary>
    internal Node? Next => _next < nodes.Count ? nodes[_next] : null;

    internal void Keep() => _next++;

    internal void Change(NodeEdit edit) => _edits.Add(_next++, edit);

    /// <summary>Keeps the folder, or gives it another tree.</summary>
    internal void Take(TreeId subtree)
    {
        if (subtree == Next!.Subtree)
        {
            Keep();
        }
        else
        {
            Change(new(subtree));
        }
    }

    /// <summary>The tree encoded anew, by name, each once: what stands in a repository may have been written by anything. Null where it stays as it is.</summary>
    internal byte[]? Encode() => _edits.Count == 0
        ? null
        : new TreeText(encoded, Id, nodes.Count).Edit(
            Enumerable.Range(0, nodes.Count).OrderBy(i => nodes[i].Name, ByteOrder).DistinctBy(i => nodes[i].NameText), _edits.GetValueOrDefault);

    private static Comparer<byte[]> ByteOrder { get; } = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));
}
