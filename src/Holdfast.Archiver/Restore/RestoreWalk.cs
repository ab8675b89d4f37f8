using System.Runtime.CompilerServices;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Walks the trees of a snapshot depth first, directories within what is selected only. Keeps in memory the trees from
/// the top to where it is. Whoever takes the steps may block a directory, and nothing below it is met.
/// </summary>
internal sealed class RestoreWalk(IndexedRepository repository, RestoreOptions options, OwnersByName? owners, Action<string, string> failed)
{
    internal async IAsyncEnumerable<WalkStep> WalkAsync(
        TreeId tree, RestoreDirectory root, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // No recursion: a snapshot may be deeper than a stack.
        var open = new Stack<Level>();
        if (await TryLoadAsync(tree, root.Path, cancellation).ConfigureAwait(false) is not { } nodes)
        {
            yield break;
        }

        yield return new(WalkStepKind.Enter, root, null, nodes);
        open.Push(new(root, nodes));
        while (open.TryPeek(out Level? level))
        {
            cancellation.ThrowIfCancellationRequested();
            if (level.Directory.IsBlocked || !level.MoveNext())
            {
                open.Pop();
                yield return new(WalkStepKind.Leave, level.Directory, null, []);
            }
            else if (!IsName(level.Current.Name))
            {
                failed(level.Directory.PathOf(level.Current.Name), "this is no name for a file; an entry like it comes from a forged or damaged snapshot, and is not restored");
            }
            else if (level.Current.Type != NodeType.Dir)
            {
                // No path is made where nobody asks for it: there are as many as files.
                if (options.Select is null || options.Selects(level.Directory.PathOf(level.Current.Name), isDirectory: false).Selected)
                {
                    yield return new(WalkStepKind.Entry, level.Directory, Owned(level.Current), []);
                }
            }
            else if (await EnterAsync(level, cancellation).ConfigureAwait(false) is { } entered)
            {
                yield return new(WalkStepKind.Enter, entered.Directory, entered.Directory.Node, entered.Nodes);
                open.Push(entered);
            }
        }
    }

    /// <summary>Whether a name is one component that stays where it is put (R21).</summary>
    private static bool IsName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && !name.ContainsAny((byte)'/', (byte)0);

    private async ValueTask<Level?> EnterAsync(Level above, CancellationToken cancellation)
    {
        Node node = above.Current;
        string path = above.Directory.PathOf(node.Name);
        (bool selected, bool descend) = options.Selects(path, isDirectory: true);
        if (!selected && !descend)
        {
            return null;
        }

        if (node.Subtree is not { } subtree)
        {
            failed(path, "the snapshot does not say what is in this directory");
            return null;
        }

        // What is below a directory that is selected alone is not needed; its own metadata are.
        List<Node>? nodes = descend ? await TryLoadAsync(subtree, path, cancellation).ConfigureAwait(false) : [];
        if (nodes is null)
        {
            return null;
        }

        above.Directory.AddPending();
        return new(new(above.Directory, node.Name, selected ? Owned(node) : node, path) { IsSelected = selected }, nodes);
    }

    private Node Owned(Node node) => owners is null ? node : owners.Here(node);

    private async ValueTask<List<Node>?> TryLoadAsync(TreeId tree, string path, CancellationToken cancellation)
    {
        try
        {
            return await repository.LoadTreeAsync(tree, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            failed(path, $"nothing in this directory can be restored: {e.Message}");
            return null;
        }
    }

    /// <summary>A directory on the way from the top to where the walk is.</summary>
    private sealed class Level(RestoreDirectory directory, List<Node> nodes)
    {
        private int _next;

        internal RestoreDirectory Directory { get; } = directory;

        internal List<Node> Nodes { get; } = nodes;

        internal Node Current => Nodes[_next - 1];

        internal bool MoveNext() => ++_next <= Nodes.Count;
    }
}
