using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Which blobs snapshots need: one bit a blob, at the number of its first entry in the index. The bit of a tree also says
/// that it was walked, so each is loaded once, however many snapshots share it.
/// </summary>
/// <param name="lost">Told, from any thread, of what is in no index and of trees that cannot be read; null to fail on the first, because something is to be removed.</param>
internal sealed class UsedBlobs(IndexedRepository repository, Action<BlobHandle>? lost = null)
{
    private readonly EntryBits _used = new(repository.Index.Count);

    /// <param name="number">The number of a blob's first entry.</param>
    internal bool Contains(int number) => _used[number];

    /// <param name="numbers">The numbers of entries, such as those of a pack.</param>
    internal bool ContainsAny(ReadOnlySpan<int> numbers)
    {
        foreach (int number in numbers)
        {
            if (_used[number])
            {
                return true;
            }
        }

        return false;
    }

    internal bool Contains(BlobHandle blob) => repository.Index.TryFindNumber(blob, out int number) && _used[number];

    /// <summary>Walks what these snapshots need and was not walked before, several trees at a time.</summary>
    /// <exception cref="BackupException">Kind Corrupt: something that is needed is in no index or cannot be read.</exception>
    internal async Task AddAsync(IEnumerable<StoredSnapshot> snapshots, StageProgress progress, CancellationToken cancellation)
    {
        _used.Grow(repository.Index.Count);
        using var trees = new TreeStack<TreeId>();
        foreach (StoredSnapshot stored in snapshots)
        {
            TreeId root = stored.Snapshot.Tree
                ?? throw BackupException.Corrupt($"snapshot {stored.Id} has no tree, so nothing is removed: `holdfast forget {stored.Id.Hash.ToShortString()}`, or `holdfast repair snapshots`");
            Push(root, trees);
        }

        await trees.WalkAsync(
            async (id, token) =>
            {
                Mark(id, await LoadAsync(id, token).ConfigureAwait(false), trees);
                progress.Advance();
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>The nodes of a tree; null where no place gives it back, damaged or out of reach.</summary>
    internal static async ValueTask<List<Node>?> TryLoadAsync(IndexedRepository repository, TreeId id, CancellationToken cancellation)
    {
        try
        {
            return await repository.LoadTreeAsync(id, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.NotFound or BackupErrorKind.Unreachable)
        {
            return null;
        }
    }

    private async ValueTask<List<Node>> LoadAsync(TreeId id, CancellationToken cancellation)
    {
        if (lost is not null)
        {
            if (await TryLoadAsync(repository, id, cancellation).ConfigureAwait(false) is { } nodes)
            {
                return nodes;
            }

            lost(id);
            return [];
        }

        try
        {
            return await repository.LoadTreeAsync(id, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            throw BackupException.Corrupt($"nothing is removed while a snapshot is damaged: {e.Message}; `holdfast check` names what it touches, and `holdfast repair` mends it", e);
        }
    }

    private void Mark(TreeId tree, List<Node> nodes, TreeStack<TreeId> trees)
    {
        foreach (Node node in nodes)
        {
            foreach (BlobId blob in node.Content ?? [])
            {
                if (repository.Index.TryFindNumber(blob, out int number))
                {
                    _used.TrySet(number);
                }
                else
                {
                    Lose(blob, () => $"nothing is removed while a file is damaged: {Linux.PathText.Printable(node.NameText)} in tree {tree} needs data blob {blob}, which is in no index; "
                        + "`holdfast repair index` finds it where its pack is still there, and `holdfast check` names all that is lost");
                }
            }

            if (node.Subtree is { } subtree)
            {
                Push(subtree, trees);
            }
        }
    }

    private void Push(TreeId tree, TreeStack<TreeId> trees)
    {
        if (repository.Index.TryFindNumber(tree, out int number))
        {
            if (_used.TrySet(number))
            {
                trees.Push(tree);
            }
        }
        else
        {
            Lose(tree, () => $"nothing is removed while a snapshot is damaged: tree {tree} is in no index; `holdfast repair index` finds it where its pack is still there, "
                + "else `holdfast repair snapshots` makes snapshots without it");
        }
    }

    /// <summary>Tells of what is in no index, or fails.</summary>
    private void Lose(BlobHandle blob, Func<string> reason) => (lost ?? throw BackupException.Corrupt(reason()))(blob);
}
