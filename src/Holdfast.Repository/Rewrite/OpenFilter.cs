namespace Holdfast.Repository;

/// <summary>A tree on the way through the filter: nodes are kept, dropped, or get another subtree, one after another.</summary>
internal sealed class OpenFilter(TreeId id, string path, byte[] encoded, List<Node> nodes)
{
    private readonly HashSet<int> _dropped = [];
    private readonly Dictionary<int, TreeId> _subtrees = [];
    private int _next;

    internal TreeId Id { get; } = id;

    internal string Path { get; } = path;

    /// <summary>How much was left out of it and of what is below it.</summary>
    internal long Files { get; private set; }

    internal long Bytes { get; private set; }

    /// <summary>The node to decide on; null when all are.</summary>
    internal Node? Next => _next < nodes.Count ? nodes[_next] : null;

    /// <summary>Whether nothing in it stays.</summary>
    internal bool IsEmptied => _dropped.Count == nodes.Count;

    internal void Keep() => _next++;

    internal void Drop(long files, long bytes)
    {
        _dropped.Add(_next++);
        Files += files;
        Bytes += bytes;
    }

    internal void Take(FilteredTree below)
    {
        if (below.IsGone)
        {
            Drop(below.Files, below.Bytes);
            return;
        }

        if (Next!.Subtree != below.Id)
        {
            _subtrees[_next] = below.Id;
        }

        _next++;
        Files += below.Files;
        Bytes += below.Bytes;
    }

    /// <summary>The tree encoded anew; null where it stays as it is.</summary>
    internal byte[]? Encode() => _dropped.Count + _subtrees.Count == 0
        ? null
        : new TreeText(encoded, Id, nodes.Count).Edit(
            Enumerable.Range(0, nodes.Count).Where(i => !_dropped.Contains(i)), i => _subtrees.TryGetValue(i, out TreeId tree) ? new(tree) : default);
}
