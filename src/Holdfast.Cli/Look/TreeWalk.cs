using Holdfast.Backend;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>A node met on a walk, by its path and by the tree that lists it.</summary>
internal readonly record struct Met(TreeId Tree, string Path, Node Node);

/// <summary>
/// Walks trees from the top, every folder before what is in it, in the order of names. A tree that cannot be read is named
/// on standard error and passed over. Keeps one list of nodes for each level, and no stack of calls: depth is not limited.
/// </summary>
internal sealed class TreeWalk(IndexedRepository repository, Output output)
{
    /// <summary>How many trees could not be read so far.</summary>
    internal int Damaged { get; private set; }

    /// <param name="folder">The path of the tree to begin with.</param>
    /// <param name="visit">Told of every node; returns whether to go into it, where it is a folder.</param>
    /// <param name="enter">Told of every tree before it is read; returns whether to read it.</param>
    /// <param name="leave">Told of every tree that was read or tried, after all that is in it.</param>
    internal async Task RunAsync(
        TreeId root, string folder, Func<Met, bool> visit, CancellationToken cancellation,
        Func<TreeId, string, bool>? enter = null, Action<TreeId, string>? leave = null)
    {
        var levels = new Stack<Level>();
        await EnterAsync(root, folder);
        while (levels.TryPeek(out Level? level))
        {
            if (level.Next == level.Nodes.Count)
            {
                leave?.Invoke(level.Tree, level.Path);
                levels.Pop();
                continue;
            }

            Node node = level.Nodes[level.Next];
            level.Nodes[level.Next++] = null!; // what is behind us need not stay in memory
            string path = Join(level.Path, node);
            if (visit(new(level.Tree, path, node)) && node.Type == NodeType.Dir)
            {
                if (node.Subtree is { } tree)
                {
                    await EnterAsync(tree, path);
                }
                else
                {
                    Report(BackupException.Corrupt($"the folder {PathText.Printable(path)} has no tree: the repository is damaged"));
                }
            }
        }

        async ValueTask EnterAsync(TreeId tree, string path)
        {
            if (enter?.Invoke(tree, path) == false)
            {
                return;
            }

            levels.Push(new(tree, path, await LoadAsync(tree, path, cancellation) ?? []));
        }
    }

    /// <summary>The nodes of a tree; null where it cannot be read, which was said on standard error.</summary>
    internal async ValueTask<List<Node>?> LoadAsync(TreeId tree, string path, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return await repository.LoadTreeAsync(tree, cancellation);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            Report(BackupException.Corrupt($"the folder {PathText.Printable(path)} cannot be read: {e.Message}", e));
            return null;
        }
    }

    internal static string Join(string folder, Node node) => folder == "/" ? "/" + node.NameText : $"{folder}/{node.NameText}";

    /// <summary>Counts damage and says it; the command goes on and ends with exit code 1.</summary>
    internal void Report(BackupException damage)
    {
        Damaged++;
        output.Complain(damage.Message);
    }

    private sealed class Level(TreeId tree, string path, List<Node> nodes)
    {
        internal TreeId Tree { get; } = tree;

        internal string Path { get; } = path;

        internal List<Node> Nodes { get; } = nodes;

        internal int Next { get; set; }
    }
}
