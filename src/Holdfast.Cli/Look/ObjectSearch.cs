using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>Looks for the files and folders that use certain blobs and trees. Trees in which nothing was found are not read again.</summary>
internal sealed class ObjectSearch(TreeWalk walk, WantedObjects wanted, FindReport report)
{
    private readonly HashSet<TreeId> _barren = [];
    private readonly Stack<long> _before = new();
    private readonly SortedSet<(BlobType Type, Hash256 Hash)> _met = [];
    private long _found;

    internal Task RunAsync(StoredSnapshot stored, CancellationToken cancellation)
    {
        report.Begin(stored);
        TreeId root = stored.Snapshot.Tree!.Value;
        Look(root, "/", null);
        return walk.RunAsync(
            root, "/",
            met =>
            {
                if (met.Node is { Type: NodeType.Dir, Subtree: { } tree })
                {
                    Look(tree, met.Path, null);
                }

                foreach (BlobId blob in wanted.HasBlobs ? met.Node.Content ?? [] : [])
                {
                    Look(blob, met.Path, met.Tree);
                }

                return true;
            },
            cancellation,
            (tree, _) =>
            {
                if (_barren.Contains(tree))
                {
                    return false;
                }

                _before.Push(_found + walk.Damaged);
                return true;
            },
            (tree, _) =>
            {
                if (_before.Pop() == _found + walk.Damaged)
                {
                    _barren.Add(tree);
                }
            });
    }

    /// <summary>Tells which packs hold what was found.</summary>
    internal void ShowPacks(BlobIndex index, Output output)
    {
        foreach ((BlobType type, Hash256 hash) in output.IsJson ? [] : _met)
        {
            foreach (BlobLocation place in index.FindAll(new(type, hash)))
            {
                output.Line($"{(type == BlobType.Tree ? "tree" : "blob")} {hash} belongs to pack {place.Pack}");
            }
        }
    }

    private void Look(BlobHandle blob, string path, TreeId? parent)
    {
        if (wanted.Contains(blob))
        {
            _found++;
            _met.Add((blob.Type, blob.Hash));
            report.Found(blob, path, parent);
        }
    }
}
