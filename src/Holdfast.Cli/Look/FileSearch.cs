using Holdfast.Archiver;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Look;

/// <summary>
/// Looks for nodes whose path matches a pattern. Snapshots share most of their trees, so those in which nothing was found
/// are remembered and not read again; with their path, because a pattern may ask for folders above.
/// </summary>
internal sealed class FileSearch(TreeWalk walk, PathPattern[] patterns, FileTime? oldest, FileTime? newest, FindReport report)
{
    private readonly HashSet<(TreeId Tree, string Path)> _barren = [];
    private readonly Stack<long> _before = new();
    private long _found;

    internal Task RunAsync(StoredSnapshot stored, CancellationToken cancellation)
    {
        report.Begin(stored);
        return walk.RunAsync(
            stored.Snapshot.Tree!.Value, "/",
            met =>
            {
                if (IsWanted(met))
                {
                    _found++;
                    report.Found(met.Path, met.Node);
                }

                return met.Node.Type == NodeType.Dir && patterns.Any(p => p.MayMatchBelow(met.Path));
            },
            cancellation,
            (tree, path) =>
            {
                if (_barren.Contains((tree, path)))
                {
                    return false;
                }

                // Damage counts as a find: it must be told of again for the next snapshot that has it.
                _before.Push(_found + walk.Damaged);
                return true;
            },
            (tree, path) =>
            {
                if (_before.Pop() == _found + walk.Damaged)
                {
                    _barren.Add((tree, path));
                }
            });
    }

    private bool IsWanted(in Met met)
    {
        string path = met.Path;
        return patterns.Any(p => p.Matches(path))
            && !(oldest is { } from && met.Node.ModifyTime < from)
            && !(newest is { } to && met.Node.ModifyTime > to);
    }
}
