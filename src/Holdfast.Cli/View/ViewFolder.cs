using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.View;

/// <summary>The entries of a folder, in the order of their names. Immutable.</summary>
internal sealed class ViewFolder
{
    private readonly ViewEntry _folder;
    private readonly Node[] _nodes;

    /// <param name="nodes">As <see cref="Order"/> returns them.</param>
    internal ViewFolder(ViewEntry folder, Node[] nodes)
    {
        _folder = folder;
        _nodes = nodes;
    }

    internal int Count => _nodes.Length;

    internal ViewEntry this[int index] => _folder.Child(_nodes[index]);

    internal ViewEntry? Find(ReadOnlySpan<byte> name)
    {
        for (int low = 0, high = _nodes.Length - 1; low <= high;)
        {
            int middle = low + ((high - low) / 2);
            int order = _nodes[middle].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0)
            {
                return this[middle];
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }

    /// <summary>
    /// The nodes in the order of names, without those that no folder can have: a name twice, or one that would lead
    /// somewhere else.
    /// </summary>
    /// <param name="refused">Told of each that is left out.</param>
    internal static Node[] Order(List<Node> nodes, Action<Node> refused)
    {
        Node[] good = [.. nodes.Where(n => IsName(n.Name) || Refuse(n))];
        for (int i = 1; i < good.Length; i++)
        {
            if (good[i - 1].Name.AsSpan().SequenceCompareTo(good[i].Name) >= 0)
            {
                return Sort(good);
            }
        }

        return good;

        bool Refuse(Node node)
        {
            refused(node);
            return false;
        }

        Node[] Sort(Node[] unordered)
        {
            var known = new SortedDictionary<byte[], Node>(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
            foreach (Node node in unordered)
            {
                if (!known.TryAdd(node.Name, node))
                {
                    refused(node);
                }
            }

            return [.. known.Values];
        }
    }

    private static bool IsName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && name.Length <= 255 && name.IndexOfAny((byte)'/', (byte)0) < 0 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);
}
