using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Finds damage: packs against the index, then, where asked for, every byte of packs, then every tree and file of every
/// snapshot, so that what a damage means can be said in names. Changes nothing but what the options ask for.
/// </summary>
public sealed class Checker(IndexedRepository repository, CheckOptions options, StageProgress progress)
{
    private readonly HashSet<TreeId> _visited = [];
    private PackCheck? _packs;
    private int _errors;
    private bool _indexIsBroken;

    private OpenRepository Repository => repository.Repository;

    /// <exception cref="BackupException">The repository cannot be listed at all.</exception>
    public async Task<CheckReport> RunAsync(CancellationToken cancellation)
    {
        using var packs = new PackCheck(repository, options, progress, Error);
        _packs = packs;
        await _packs.RunAsync(cancellation).ConfigureAwait(false);
        await CheckSnapshotsAsync(cancellation).ConfigureAwait(false);
        return new(_errors, _packs.Broken, _packs.UnusedPacks, _indexIsBroken) { CorrectedPacks = _packs.Corrected, History = _packs.History };
    }

    private async Task CheckSnapshotsAsync(CancellationToken cancellation)
    {
        List<StoredSnapshot> snapshots = await Repository.ListSnapshotsAsync(e => Error(e.Message), cancellation).ConfigureAwait(false);
        snapshots.RemoveAll(s => options.Snapshots?.Contains(s.Id) == false);
        progress.Begin("checking snapshots and trees", snapshots.Count);
        foreach (StoredSnapshot stored in snapshots)
        {
            if (stored.Snapshot.Tree is { } root)
            {
                await CheckTreesAsync(stored, root, cancellation).ConfigureAwait(false);
            }
            else
            {
                Error($"snapshot {stored.Id} has no tree");
            }

            progress.Advance();
        }
    }

    /// <summary>Checks a tree and all below it, each tree once.</summary>
    private async Task CheckTreesAsync(StoredSnapshot stored, TreeId root, CancellationToken cancellation)
    {
        using var trees = new TreeStack<(TreeId Id, string Path)>();
        trees.Push((root, string.Empty));
        await trees.WalkAsync(
            async (at, token) =>
            {
                if (IsNew(at.Id))
                {
                    await CheckTreeAsync(stored, at.Id, at.Path, trees, token).ConfigureAwait(false);
                }
            },
            cancellation).ConfigureAwait(false);
    }

    private bool IsNew(TreeId tree)
    {
        lock (_visited)
        {
            return _visited.Add(tree);
        }
    }

    private async ValueTask CheckTreeAsync(StoredSnapshot stored, TreeId tree, string path, TreeStack<(TreeId Id, string Path)> trees, CancellationToken cancellation)
    {
        try
        {
            foreach (Node node in await repository.LoadTreeAsync(tree, cancellation).ConfigureAwait(false))
            {
                CheckNode(stored, node, path);
                if (node is { Type: NodeType.Dir, Subtree: { } subtree })
                {
                    trees.Push((subtree, $"{path}/{node.NameText}"));
                }
            }
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            if (!repository.Index.Contains(tree))
            {
                _indexIsBroken = true;
            }

            Error($"snapshot {stored.Id.Hash.ToShortString()}: all below {Shown(path)} is lost: {e.Message}");
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Unreachable)
        {
            // A bad sector, perhaps: whoever checks wants to know of the others too.
            Error($"snapshot {stored.Id.Hash.ToShortString()}: all below {Shown(path)} cannot be read: {e.Message}");
        }
    }

    private void CheckNode(StoredSnapshot stored, Node node, string folder)
    {
        string Where() => $"snapshot {stored.Id.Hash.ToShortString()}: {Shown($"{folder}/{node.NameText}")}";
        if (node.Name.Length == 0 || node.Name.AsSpan().IndexOfAny((byte)'/', (byte)0) >= 0)
        {
            Error($"{Where()} has an impossible name");
        }

        if (node.Type == NodeType.Dir && node.Subtree is null)
        {
            Error($"{Where()} is a folder without a tree");
        }

        if (node.Type == NodeType.File)
        {
            CheckContent(Where, node);
        }
    }

    private void CheckContent(Func<string> where, Node node)
    {
        if (node.Content is null)
        {
            Error($"{where()} is a file without content");
            return;
        }

        int missing = 0;
        int damaged = 0;
        ulong size = 0;
        foreach (BlobId id in node.Content)
        {
            if (!repository.Index.TryFind(id, out BlobLocation place))
            {
                missing++;
                _indexIsBroken = true;
                continue;
            }

            size += place.PlainLength;
            damaged += _packs?.IsDamaged(id) == true ? 1 : 0;
        }

        if (missing > 0)
        {
            Error($"{where()} is damaged: {missing} of its {node.Content.Length} parts are in no index");
        }
        else if (damaged > 0)
        {
            Error($"{where()} is damaged: {damaged} of its {node.Content.Length} parts cannot be read");
        }
        else if (size != node.Size)
        {
            Error($"{where()} says it has {node.Size} bytes, but its parts have {size}");
        }
    }

    private static string Shown(string path) => path.Length == 0 ? "/" : PathText.Printable(path);

    private void Error(string problem)
    {
        Interlocked.Increment(ref _errors);
        progress.Note(problem);
    }
}
