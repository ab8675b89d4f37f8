namespace Holdfast.Repository;

/// <summary>
/// Finds out which snapshots need something that is lost, and where. Each tree is walked once, all snapshots together; the
/// stack is explicit: trees may nest deeper than calls can.
/// </summary>
internal sealed class DamageTrace(IndexedRepository repository, Func<BlobHandle, bool> isLost)
{
    private readonly HashSet<TreeId> _whole = [];

    /// <summary>For a tree that misses something, the path below it to the first that does.</summary>
    private readonly Dictionary<TreeId, string> _damaged = [];

    /// <summary>Divides snapshots into those that are whole and those that are not.</summary>
    internal async Task<(List<StoredSnapshot> Whole, List<DamagedSnapshot> Damaged)> DivideAsync(
        IEnumerable<StoredSnapshot> snapshots, CancellationToken cancellation)
    {
        var whole = new List<StoredSnapshot>();
        var damaged = new List<DamagedSnapshot>();
        foreach (StoredSnapshot stored in snapshots)
        {
            string? path = stored.Snapshot.Tree is { } root ? await FindAsync(root, cancellation).ConfigureAwait(false) : string.Empty;
            if (path is null)
            {
                whole.Add(stored);
            }
            else
            {
                damaged.Add(new(stored, path.Length == 0 ? "/" : path));
            }
        }

        return (whole, damaged);
    }

    /// <summary>The path of the first that misses something, empty for the tree itself; null where all is there.</summary>
    private async Task<string?> FindAsync(TreeId root, CancellationToken cancellation)
    {
        var open = new Stack<(TreeId Id, string Path, Queue<Node> Folders)>();
        string? damage = await OpenAsync(root, string.Empty, open, cancellation).ConfigureAwait(false);
        while (damage is null && open.TryPeek(out (TreeId Id, string Path, Queue<Node> Folders) at))
        {
            cancellation.ThrowIfCancellationRequested();
            if (at.Folders.TryDequeue(out Node? folder))
            {
                damage = await OpenAsync(folder.Subtree!.Value, $"{at.Path}/{folder.NameText}", open, cancellation).ConfigureAwait(false);
            }
            else
            {
                _whole.Add(at.Id);
                open.Pop();
            }
        }

        foreach ((TreeId id, string path, _) in open)
        {
            _damaged[id] = damage![path.Length..];
        }

        return damage;
    }

    private async Task<string?> OpenAsync(
        TreeId id, string path, Stack<(TreeId Id, string Path, Queue<Node> Folders)> open, CancellationToken cancellation)
    {
        if (_whole.Contains(id))
        {
            return null;
        }

        if (_damaged.TryGetValue(id, out string? below))
        {
            return path + below;
        }

        if (isLost(id) || await UsedBlobs.TryLoadAsync(repository, id, cancellation).ConfigureAwait(false) is not { } nodes)
        {
            return path;
        }

        if (nodes.Find(n => n.Content?.Any(c => isLost(c)) == true) is { } file)
        {
            _damaged[id] = $"/{file.NameText}";
            return $"{path}/{file.NameText}";
        }

        open.Push((id, path, new(nodes.Where(n => n.Subtree is not null))));
        return null;
    }
}
