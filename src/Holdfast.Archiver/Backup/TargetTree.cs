using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>The paths of a run as a tree: folders above them are stored with nothing but what leads to a path.</summary>
internal sealed class TargetTree
{
    private readonly SortedDictionary<byte[], TargetTree> _children = new(ByteOrder.Instance);

    /// <summary>Whether this itself is a path to back up, with all that is in it.</summary>
    internal bool IsTarget { get; private set; }

    /// <summary>The names below that lead to a path or are one, in byte order.</summary>
    internal IReadOnlyCollection<byte[]> Names => _children.Keys;

    internal static TargetTree Of(IEnumerable<string> cleanPaths)
    {
        var root = new TargetTree();
        foreach (string path in cleanPaths)
        {
            TargetTree at = root;
            foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                byte[] bytes = PathText.Encode(name);
                if (!at._children.TryGetValue(bytes, out TargetTree? child))
                {
                    at._children.Add(bytes, child = new());
                }

                at = child;
            }

            at.IsTarget = true;
        }

        return root;
    }

    /// <summary>What is captured there, for a path to back up.</summary>
    internal PathTally Tally { get; } = new();

    internal PathTally TallyOf(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(this, (at, name) => at._children[PathText.Encode(name)]).Tally;

    internal TargetTree? Find(byte[] name) => _children.GetValueOrDefault(name);
}
