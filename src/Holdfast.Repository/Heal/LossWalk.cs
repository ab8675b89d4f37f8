using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Walks snapshots and finds what they need and the repository has lost. A lost tree is asked for at the source at once,
/// because only it knows what is below. Each tree is walked once; the stack is explicit: trees may nest deeper than calls can.
/// </summary>
/// <param name="isDamaged">Whether no place of a blob that the index knows gives it back.</param>
/// <param name="rescued">Given each lost tree that the source has.</param>
internal sealed class LossWalk(
    IndexedRepository repository, IBlobSource source, Func<BlobHandle, bool> isDamaged, Func<TreeId, byte[], ValueTask> rescued)
{
    private static readonly HashSet<BlobHandle> Nothing = [];

    /// <summary>What is lost in each tree and below it.</summary>
    private readonly Dictionary<TreeId, HashSet<BlobHandle>> _losses = [];

    /// <summary>Files and folders, with what they lost.</summary>
    internal List<(SnapshotId Snapshot, string Path, HashSet<BlobHandle> Lost)> Files { get; } = [];

    /// <summary>All blobs that a snapshot has lost.</summary>
    /// <exception cref="BackupException"/>
    internal async Task<HashSet<BlobHandle>> RunAsync(SnapshotId snapshot, TreeId root, CancellationToken cancellation)
    {
        var open = new Stack<Frame>();
        await EnterAsync(snapshot, root, string.Empty, open, cancellation).ConfigureAwait(false);
        while (open.TryPeek(out Frame? at))
        {
            cancellation.ThrowIfCancellationRequested();
            if (at.Next == at.Nodes.Count)
            {
                open.Pop();
                _losses[at.Id] = at.Lost.Count > 0 ? at.Lost : Nothing;
                if (open.TryPeek(out Frame? parent))
                {
                    parent.Lost.UnionWith(at.Lost);
                }

                continue;
            }

            Node node = at.Nodes[at.Next++];
            string path = $"{at.Path}/{node.NameText}";
            if (node is { Type: NodeType.Dir, Subtree: { } subtree })
            {
                if (_losses.TryGetValue(subtree, out HashSet<BlobHandle>? known))
                {
                    at.Lost.UnionWith(known);
                }
                else
                {
                    await EnterAsync(snapshot, subtree, path, open, cancellation).ConfigureAwait(false);
                }
            }
            else
            {
                CheckFile(snapshot, node, path, at.Lost);
            }
        }

        return _losses[root];
    }

    private async Task EnterAsync(SnapshotId snapshot, TreeId id, string path, Stack<Frame> open, CancellationToken cancellation)
    {
        if (_losses.ContainsKey(id))
        {
            return;
        }

        if (await TryLoadAsync(id, cancellation).ConfigureAwait(false) is { } nodes)
        {
            open.Push(new(id, path, nodes, []));
            return;
        }

        Files.Add((snapshot, path.Length == 0 ? "/" : path, [id]));
        if (await source.FindTreeAsync(id, cancellation).ConfigureAwait(false) is { } encoded && Hash256.Of(encoded) == id.Hash)
        {
            await rescued(id, encoded).ConfigureAwait(false);
            open.Push(new(id, path, TreeReader.Decode(encoded, id), [id]));
        }
        else
        {
            open.Push(new(id, path, [], [id]));
        }
    }

    private async ValueTask<List<Node>?> TryLoadAsync(TreeId id, CancellationToken cancellation)
    {
        try
        {
            return repository.Index.Contains(id) && !isDamaged(id) ? await repository.LoadTreeAsync(id, cancellation).ConfigureAwait(false) : null;
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unreachable)
        {
            return null; // what could have been read after all is stored twice, and no harm is done
        }
    }

    private void CheckFile(SnapshotId snapshot, Node node, string path, HashSet<BlobHandle> lost)
    {
        HashSet<BlobHandle> own = [.. (node.Content ?? []).Select(id => (BlobHandle)id).Where(b => !repository.Index.Contains(b) || isDamaged(b))];
        if (own.Count > 0)
        {
            lost.UnionWith(own);
            Files.Add((snapshot, path, own));
        }
    }

    /// <summary>A tree on the way through it.</summary>
    private sealed class Frame(TreeId id, string path, List<Node> nodes, HashSet<BlobHandle> lost)
    {
        internal TreeId Id { get; } = id;

        internal string Path { get; } = path;

        internal List<Node> Nodes { get; } = nodes;

        internal HashSet<BlobHandle> Lost { get; } = lost;

        internal int Next { get; set; }
    }
}
