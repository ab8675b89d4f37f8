using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>A snapshot and a folder in it, <c>/</c> for all of it.</summary>
internal sealed record ChosenSnapshot(StoredSnapshot Stored, string Folder)
{
    internal string Describe() =>
        $"snapshot {Stored.Id.Hash.ToShortString()} of {Stored.Snapshot.Time.ToLocalTime():yyyy-MM-dd HH:mm:ss}{(Folder == "/" ? string.Empty : ", " + PathText.Printable(Folder))}";

    /// <summary>Makes sure that each of these paths of the snapshot is in the chosen folder.</summary>
    /// <exception cref="BackupException">Kind NotFound.</exception>
    internal async Task RequireAsync(IndexedRepository repository, TreeId tree, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        foreach (string path in paths.Where(p => p != "/"))
        {
            string prefix = Folder == "/" ? "/" : Folder + "/";
            bool found = path == Folder || (path.StartsWith(prefix, StringComparison.Ordinal)
                && await HasAsync(repository, tree, path[prefix.Length..].Split('/'), cancellation));
            if (!found)
            {
                throw new BackupException(BackupErrorKind.NotFound, $"snapshot {Stored.Id.Hash.ToShortString()} has no {PathText.Printable(path)}");
            }
        }
    }

    /// <summary>The tree of the folder.</summary>
    /// <exception cref="BackupException">Kind NotFound or Corrupt.</exception>
    internal async Task<TreeId> FindTreeAsync(IndexedRepository repository, CancellationToken cancellation)
    {
        TreeId tree = Stored.Snapshot.Tree ?? throw BackupException.Corrupt($"snapshot {Stored.Id} has no tree");
        foreach (string name in Folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            byte[] bytes = PathText.Encode(name);
            List<Node> nodes = await repository.LoadTreeAsync(tree, cancellation);
            Node node = nodes.Find(n => n.Name.AsSpan().SequenceEqual(bytes))
                ?? throw new BackupException(BackupErrorKind.NotFound, $"snapshot {Stored.Id.Hash.ToShortString()} has no {PathText.Printable(Folder)}");
            tree = node.Subtree
                ?? throw new BackupException(BackupErrorKind.NotFound, $"{PathText.Printable(Folder)} in snapshot {Stored.Id.Hash.ToShortString()} is no folder");
        }

        return tree;
    }

    private static async Task<bool> HasAsync(IndexedRepository repository, TreeId tree, string[] names, CancellationToken cancellation)
    {
        TreeId? at = tree;
        foreach (string name in names)
        {
            byte[] bytes = PathText.Encode(name);
            if (at is not { } id || (await repository.LoadTreeAsync(id, cancellation)).Find(n => n.Name.AsSpan().SequenceEqual(bytes)) is not { } node)
            {
                return false;
            }

            at = node.Subtree;
        }

        return true;
    }
}
