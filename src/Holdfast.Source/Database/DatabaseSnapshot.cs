using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>The files of one database server in a snapshot.</summary>
internal sealed class DatabaseSnapshot
{
    private const string List = "files";

    private readonly IndexedRepository _repository;
    private readonly TreeId _root;
    private readonly Dictionary<string, List<Node>> _folders = [];

    private DatabaseSnapshot(IndexedRepository repository, TreeId root, ManifestSource source)
    {
        _repository = repository;
        _root = root;
        Source = source;
    }

    internal ManifestSource Source { get; }

    /// <summary>The files in the order in which they are loaded, relative to the source's root.</summary>
    internal IReadOnlyList<string> Files { get; private set; } = [];

    /// <param name="root">Where snapshots keep servers of the kind.</param>
    /// <param name="kind">What messages call the kind.</param>
    /// <param name="server">The server's name; null where there is one.</param>
    /// <exception cref="BackupException">Kind NotFound: the snapshot has no such server.</exception>
    internal static async Task<DatabaseSnapshot> OpenAsync(
        IndexedRepository repository, TreeId tree, string root, string kind, string? server, CancellationToken cancellation)
    {
        Manifest? manifest = await Manifest.FindAsync(repository, tree, cancellation).ConfigureAwait(false);
        ManifestSource[] there = [.. manifest?.Sources.Where(s => s.Root == root || s.Root.StartsWith($"{root}/", StringComparison.Ordinal)) ?? []];
        ManifestSource[] chosen = server is null ? there : [.. there.Where(s => s.Root == $"{root}/{server}")];
        if (chosen.Length != 1)
        {
            string names = string.Join(", ", there.Select(s => s.Root == root ? "one without a name" : s.Root[(root.Length + 1)..]));
            throw new BackupException(BackupErrorKind.NotFound, (there.Length, server) switch
            {
                (0, _) => $"the snapshot has no databases of {kind}",
                (_, null) => $"the snapshot has several servers of {kind}: name one of {names}",
                _ => $"the snapshot has no server {server} of {kind}; it has {names}",
            });
        }

        var snapshot = new DatabaseSnapshot(repository, tree, chosen[0]);
        snapshot.Files = Encoding.UTF8.GetString(await snapshot.ReadAsync(List, cancellation).ConfigureAwait(false))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return snapshot;
    }

    /// <summary>A file of statements, which fits into memory.</summary>
    internal async Task<byte[]> ReadAsync(string file, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        await CopyAsync(file, content, cancellation).ConfigureAwait(false);
        return content.ToArray();
    }

    /// <exception cref="BackupException">Kind Corrupt; what was written so far is right.</exception>
    internal async Task CopyAsync(string file, Stream target, CancellationToken cancellation)
    {
        Node node = await FindAsync(file, cancellation).ConfigureAwait(false);
        var content = new FileContent(_repository);
        if (content.FindDamage(node) is { } damage)
        {
            throw BackupException.Corrupt($"{Source.Root}/{file} cannot be read: {damage}");
        }

        await content.CopyToAsync(node, target, cancellation).ConfigureAwait(false);
    }

    /// <summary>How many bytes these files have.</summary>
    internal async Task<long> CountAsync(IEnumerable<string> files, CancellationToken cancellation)
    {
        long bytes = 0;
        foreach (string file in files)
        {
            bytes += (long)(await FindAsync(file, cancellation).ConfigureAwait(false)).Size;
        }

        return bytes;
    }

    private async Task<Node> FindAsync(string file, CancellationToken cancellation)
    {
        string path = $"{Source.Root}/{file}";
        int slash = path.LastIndexOf('/');
        byte[] name = PathText.Encode(path.AsSpan(slash + 1));
        return (await LoadAsync(path[..slash], cancellation).ConfigureAwait(false)).Find(n => n.Name.AsSpan().SequenceEqual(name) && n.Type == NodeType.File)
            ?? throw BackupException.Corrupt($"the snapshot has no {path}, which its list names");
    }

    private async Task<List<Node>> LoadAsync(string folder, CancellationToken cancellation)
    {
        if (_folders.TryGetValue(folder, out List<Node>? known))
        {
            return known;
        }

        TreeId tree = _root;
        foreach (string part in folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            byte[] name = PathText.Encode(part);
            Node? node = (await _repository.LoadTreeAsync(tree, cancellation).ConfigureAwait(false)).Find(n => n.Name.AsSpan().SequenceEqual(name));
            tree = node?.Subtree ?? throw BackupException.Corrupt($"the snapshot has no folder {folder}");
        }

        return _folders[folder] = await _repository.LoadTreeAsync(tree, cancellation).ConfigureAwait(false);
    }
}
