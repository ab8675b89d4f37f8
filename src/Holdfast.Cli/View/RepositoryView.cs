using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.View;

/// <summary>
/// A repository, or one folder of a snapshot, as files and folders to be read: what `mount` and `serve` show. New snapshots
/// appear while somebody looks. Thread-safe.
/// </summary>
internal sealed class RepositoryView : IAsyncDisposable
{
    private readonly ViewContent _content;
    private readonly ListedSnapshots? _listing;

    private RepositoryView(ViewContent content, ViewEntry root, ListedSnapshots? listing)
    {
        _content = content;
        Root = root;
        _listing = listing;
    }

    internal ViewEntry Root { get; }

    /// <summary>As it is now.</summary>
    internal IndexedRepository Repository => _content.Repository;

    /// <summary>All snapshots that the filter lets through, in the folders of the templates.</summary>
    internal static async Task<RepositoryView> OfAllAsync(
        IndexedRepository repository, Func<List<StoredSnapshot>, List<StoredSnapshot>> filter, IReadOnlyList<PathTemplate> templates, CancellationToken end)
    {
        var listing = new ListedSnapshots(repository.Repository, filter, templates, end);
        try
        {
            DateTimeOffset? newest = await listing.FindNewestAsync();
            return new(NewContent(repository, end), ViewEntry.Top(SnapshotBranches.Folder(string.Empty, newest)), listing);
        }
        catch
        {
            listing.Dispose();
            throw;
        }
    }

    /// <summary>One snapshot, or a folder in it.</summary>
    internal static RepositoryView OfSnapshot(IndexedRepository repository, StoredSnapshot stored, TreeId tree, CancellationToken end) =>
        new(NewContent(repository, end), ViewEntry.TopOfSnapshot(SnapshotBranches.Top(string.Empty, stored, tree)), null);

    /// <summary>What is in a folder.</summary>
    /// <exception cref="BackupException">Kind Corrupt; or NotFound, where the snapshots of the folder are gone.</exception>
    internal async ValueTask<ViewFolder> ListAsync(ViewEntry folder)
    {
        if (folder.Branch is { } branch)
        {
            return (await _listing!.CurrentAsync()).TryGetValue(branch, out Node[]? nodes)
                ? new(folder, nodes)
                : throw new BackupException(BackupErrorKind.NotFound, $"there are no snapshots in {PathText.Printable(branch)} any more");
        }

        TreeId tree = folder.Node.Subtree ?? throw BackupException.Corrupt(
            $"the folder {PathText.Printable(folder.Node.NameText)} has no tree: the repository is damaged");
        if (_listing is not null)
        {
            await _content.RequireAsync(tree);
        }

        return new(folder, await _content.LoadTreeAsync(tree));
    }

    /// <exception cref="BackupException">Kind Corrupt.</exception>
    internal ViewFile Open(ViewEntry file) => ViewFile.Open(_content, file.Node);

    public async ValueTask DisposeAsync()
    {
        await _content.DisposeAsync();
        _listing?.Dispose();
    }

    private static ViewContent NewContent(IndexedRepository repository, CancellationToken end) => new(
        repository,
        (tree, node) => repository.Repository.Options.Warn(
            $"'{PathText.Printable(node.NameText)}' is left out: tree {tree} has it twice, or it is no name that a file can have"),
        end);
}
