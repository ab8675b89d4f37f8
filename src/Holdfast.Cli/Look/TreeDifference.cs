using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>
/// Compares two trees, name by name. Folders of the same tree are the same and are not compared, only counted. Keeps the
/// handles of all blobs met, 40 bytes each.
/// </summary>
/// <param name="showMetadata">Whether to tell of nodes whose metadata alone changed.</param>
/// <param name="tell">Told of every difference: the path, with a slash behind a folder's, and restic's letters for it.</param>
internal sealed class TreeDifference(IndexedRepository repository, TreeWalk walk, bool showMetadata, Action<string, string> tell)
{
    private readonly HashSet<BlobHandle> _before = [];
    private readonly HashSet<BlobHandle> _after = [];
    private readonly HashSet<BlobHandle> _common = [];
    private readonly Stack<Level> _levels = new();

    internal DiffCounters Added { get; } = new();

    internal DiffCounters Removed { get; } = new();

    internal long ChangedFiles { get; private set; }

    internal async Task RunAsync(TreeId before, TreeId after, CancellationToken cancellation)
    {
        _before.Add(before);
        _after.Add(after);
        await EnterAsync(before, after, "/", cancellation);
        while (_levels.TryPeek(out Level? level))
        {
            if (!level.MoveNext(out Node? old, out Node? now))
            {
                _levels.Pop();
            }
            else if (level.IsCommon)
            {
                Remember(_common, old!);
                if (old is { Type: NodeType.Dir, Subtree: { } tree })
                {
                    await EnterAsync(tree, tree, TreeWalk.Join(level.Path, old), cancellation);
                }
            }
            else
            {
                await CompareAsync(level.Path, old, now, cancellation);
            }
        }

        Count(_before, _after, Removed);
        Count(_after, _before, Added);
    }

    private async ValueTask CompareAsync(string folder, Node? old, Node? now, CancellationToken cancellation)
    {
        Node any = now ?? old!;
        string path = TreeWalk.Join(folder, any);
        Remember(_before, old);
        Remember(_after, now);
        string letters = Letters(old, now);
        if (letters.Length > 0)
        {
            tell(any.Type == NodeType.Dir ? path + "/" : path, letters);
        }

        if (old is null || now is null)
        {
            (old is null ? Added : Removed).Add(any);
        }

        // A folder that became a file, or the other way round, is told of by its name alone, as in restic.
        if ((old ?? any).Type == NodeType.Dir && any.Type == NodeType.Dir && (old?.Subtree ?? now?.Subtree) is not null)
        {
            await EnterAsync(old?.Subtree, now?.Subtree, path, cancellation);
        }
    }

    private string Letters(Node? old, Node? now)
    {
        if (old is null || now is null)
        {
            return old is null ? "+" : "-";
        }

        string letters = old.Type == now.Type ? string.Empty : "T";
        if (old.Type == NodeType.File && now.Type == NodeType.File && !NodeEquality.SameContent(old, now))
        {
            ChangedFiles++;
            // Content that changed while nothing else did, times included, was changed by no program: the disk rots.
            return letters + (NodeEquality.SameMetadata(old, now) ? "M?" : "M");
        }

        return showMetadata && !(NodeEquality.SameMetadata(old, now) && NodeEquality.SameContent(old, now)) ? letters + "U" : letters;
    }

    private async ValueTask EnterAsync(TreeId? before, TreeId? after, string path, CancellationToken cancellation)
    {
        if (before == after)
        {
            if (await walk.LoadAsync(before!.Value, path, cancellation) is { } common)
            {
                _levels.Push(new(path, common, []) { IsCommon = true });
            }

            return;
        }

        List<Node>? old = before is { } b ? await walk.LoadAsync(b, path, cancellation) : [];
        List<Node>? now = after is { } a ? await walk.LoadAsync(a, path, cancellation) : [];
        if (old is not null && now is not null)
        {
            _levels.Push(new(path, old, now));
        }
    }

    private static void Remember(HashSet<BlobHandle> blobs, Node? node)
    {
        if (node is { Type: NodeType.File, Content: { } content })
        {
            foreach (BlobId id in content)
            {
                blobs.Add(id);
            }
        }
        else if (node is { Type: NodeType.Dir, Subtree: { } tree })
        {
            blobs.Add(tree);
        }
    }

    private void Count(HashSet<BlobHandle> blobs, HashSet<BlobHandle> others, DiffCounters counters)
    {
        foreach (BlobHandle blob in blobs)
        {
            if (others.Contains(blob) || _common.Contains(blob))
            {
                continue;
            }

            if (blob.Type == BlobType.Tree)
            {
                counters.TreeBlobs++;
            }
            else
            {
                counters.DataBlobs++;
            }

            if (repository.Index.TryFind(blob, out BlobLocation place))
            {
                counters.Bytes += place.PlainLength;
            }
            else
            {
                walk.Report(BackupException.Corrupt($"{blob} ({blob.Hash}) is in no index: the repository is damaged"));
            }
        }
    }

    /// <summary>A folder of both sides, read in the order of names.</summary>
    private sealed class Level(string path, List<Node> before, List<Node> after)
    {
        private int _before;
        private int _after;

        internal string Path { get; } = path;

        /// <summary>Whether both sides are the same, so that only one was loaded.</summary>
        internal bool IsCommon { get; init; }

        internal bool MoveNext(out Node? old, out Node? now)
        {
            old = _before < before.Count ? before[_before] : null;
            now = _after < after.Count ? after[_after] : null;
            int order = old is null ? 1 : now is null ? -1 : old.Name.AsSpan().SequenceCompareTo(now.Name);
            bool any = old is not null || now is not null;
            old = order <= 0 ? old : null;
            now = order >= 0 ? now : null;
            _before += old is null ? 0 : 1;
            _after += now is null ? 0 : 1;
            return any;
        }
    }
}
