using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Makes trees without what is to be left out. What is unchanged stays as it is; a tree at one path is worked on once,
/// however many snapshots have it there. The stack is explicit: trees may nest deeper than calls can.
/// </summary>
/// <param name="writer">Stores new trees; null to find out only what would become of them.</param>
/// <param name="tell">Told the path of everything that is left out.</param>
internal sealed class TreeFilter(IndexedRepository repository, BlobWriter? writer, RewriteOptions options, Action<string> tell)
{
    private readonly Dictionary<(TreeId Id, string Path), FilteredTree> _done = [];
    private readonly Dictionary<TreeId, (long Files, long Bytes)> _counted = [];

    /// <exception cref="Backend.BackupException">Kind Corrupt: a tree cannot be read; or Unsupported: one cannot be changed without losing something.</exception>
    internal async Task<FilteredTree> RunAsync(TreeId root, CancellationToken cancellation)
    {
        if (_done.TryGetValue((root, string.Empty), out FilteredTree known))
        {
            return known;
        }

        var open = new Stack<OpenFilter>([await OpenAsync(root, string.Empty, cancellation).ConfigureAwait(false)]);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            OpenFilter at = open.Peek();
            if (at.Next is { } node)
            {
                await StepAsync(at, node, open, cancellation).ConfigureAwait(false);
                continue;
            }

            FilteredTree tree = await CloseAsync(at, cancellation).ConfigureAwait(false);
            open.Pop();
            if (open.Count == 0)
            {
                return tree;
            }

            open.Peek().Take(tree);
        }
    }

    private async Task StepAsync(OpenFilter at, Node node, Stack<OpenFilter> open, CancellationToken cancellation)
    {
        string path = $"{at.Path}/{node.NameText}";
        if (options.Excludes(path) || !IsKept(path, node))
        {
            tell(path);
            (long files, long bytes) = node.Subtree is { } gone ? await CountAsync(gone, cancellation).ConfigureAwait(false)
                : node.Type == NodeType.File ? (1, (long)node.Size) : (0, 0);
            at.Drop(files, bytes);
        }
        else if (node.Subtree is not { } subtree || !MayChangeBelow(path))
        {
            at.Keep();
        }
        else if (_done.TryGetValue((subtree, path), out FilteredTree known))
        {
            at.Take(known);
        }
        else
        {
            open.Push(await OpenAsync(subtree, path, cancellation).ConfigureAwait(false));
        }
    }

    private bool IsKept(string path, Node node) =>
        options.Includes is not { } includes || includes(path) || (node.Type == NodeType.Dir && options.MayIncludeBelow(path));

    /// <summary>A folder that is kept for what may be in it is looked into.</summary>
    private bool MayChangeBelow(string path) => options.Includes?.Invoke(path) == false || options.MayExcludeBelow(path);

    private async Task<OpenFilter> OpenAsync(TreeId id, string path, CancellationToken cancellation)
    {
        byte[] encoded = await repository.LoadBlobAsync(id, cancellation).ConfigureAwait(false);
        return new(id, path, encoded, TreeReader.Decode(encoded, id));
    }

    private async Task<FilteredTree> CloseAsync(OpenFilter tree, CancellationToken cancellation)
    {
        if (options.Includes?.Invoke(tree.Path) == false && tree.IsEmptied)
        {
            return _done[(tree.Id, tree.Path)] = new(tree.Id, tree.Files, tree.Bytes, IsGone: true);
        }

        TreeId id = tree.Encode() is { } encoded ? await TreeStorage.SaveAsync(repository, writer, encoded, cancellation).ConfigureAwait(false) : tree.Id;
        return _done[(tree.Id, tree.Path)] = new(id, tree.Files, tree.Bytes);
    }

    /// <summary>The files in a folder that goes. One that cannot be read goes all the same, and counts for nothing.</summary>
    private async Task<(long Files, long Bytes)> CountAsync(TreeId root, CancellationToken cancellation)
    {
        if (_counted.TryGetValue(root, out (long Files, long Bytes) known))
        {
            return known;
        }

        (long files, long bytes) = (0, 0);
        var waiting = new Stack<TreeId>([root]);
        while (waiting.TryPop(out TreeId id))
        {
            foreach (Node node in await UsedBlobs.TryLoadAsync(repository, id, cancellation).ConfigureAwait(false) ?? [])
            {
                if (node.Subtree is { } subtree)
                {
                    waiting.Push(subtree);
                }
                else if (node.Type == NodeType.File)
                {
                    files++;
                    bytes += (long)node.Size;
                }
            }
        }

        return _counted[root] = (files, bytes);
    }
}
