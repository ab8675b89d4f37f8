using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>The orders of `ls --sort`; what is equal stays in the order of paths.</summary>
internal static class NodeOrder
{
    internal static IEnumerable<(string Path, Node Node)> Sort(List<(string Path, Node Node)> nodes, string order, bool reverse)
    {
        if (order != "name")
        {
            Comparison<Node> first = order switch
            {
                "size" => (a, b) => Size(a).CompareTo(Size(b)),
                "time" or "mtime" => (a, b) => a.ModifyTime.CompareTo(b.ModifyTime),
                "atime" => (a, b) => a.AccessTime.CompareTo(b.AccessTime),
                "ctime" => (a, b) => a.ChangeTime.CompareTo(b.ChangeTime),
                _ => (a, b) => string.CompareOrdinal(Extension(a), Extension(b)),
            };
            nodes.Sort((a, b) => first(a.Node, b.Node) is var result and not 0 ? result : string.CompareOrdinal(a.Path, b.Path));
        }

        if (reverse)
        {
            nodes.Reverse();
        }

        return nodes;
    }

    private static ulong Size(Node node) => node.Type == NodeType.File ? node.Size : 0;

    private static string Extension(Node node) => node.NameText.LastIndexOf('.') is var dot and >= 0 ? node.NameText[dot..] : string.Empty;
}
