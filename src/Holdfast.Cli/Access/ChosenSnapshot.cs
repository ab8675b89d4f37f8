using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>A snapshot and a folder in it, <c>/</c> for all of it.</summary>
internal sealed record ChosenSnapshot(StoredSnapshot Stored, string Folder)
{
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
}
