using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>A server as a snapshot has it. docs/format.md has the layout.</summary>
internal sealed class MySqlSnapshot
{
    private const string Root = "/.holdfast/databases/mysql";

    private readonly IndexedRepository _repository;
    private readonly TreeId _root;
    private readonly Dictionary<string, List<Node>> _folders = [];

    private MySqlSnapshot(IndexedRepository repository, TreeId root, ManifestSource source)
    {
        _repository = repository;
        _root = root;
        Source = source;
    }

    internal ManifestSource Source { get; }

    /// <summary>The files in the order in which they are loaded, relative to the source's root.</summary>
    internal IReadOnlyList<string> Files { get; private set; } = [];

    /// <summary>The databases, in the order in which they are loaded.</summary>
    internal IEnumerable<string> Databases => Files.Where(f => f.EndsWith("/database.sql", StringComparison.Ordinal)).Select(DatabaseOf).Distinct();

    /// <exception cref="BackupException">Kind NotFound: the snapshot has no such server.</exception>
    internal static async Task<MySqlSnapshot> OpenAsync(IndexedRepository repository, TreeId root, string? server, CancellationToken cancellation)
    {
        Manifest? manifest = await Manifest.FindAsync(repository, root, cancellation).ConfigureAwait(false);
        ManifestSource[] there = [.. manifest?.Sources.Where(s => s.Root == Root || s.Root.StartsWith($"{Root}/", StringComparison.Ordinal)) ?? []];
        ManifestSource[] chosen = server is null ? there : [.. there.Where(s => s.Root == $"{Root}/{server}")];
        if (chosen.Length != 1)
        {
            string names = string.Join(", ", there.Select(s => s.Root == Root ? "one without a name" : s.Root[(Root.Length + 1)..]));
            throw new BackupException(BackupErrorKind.NotFound, (there.Length, server) switch
            {
                (0, _) => "the snapshot has no databases of MySQL or MariaDB",
                (_, null) => $"the snapshot has several MySQL servers: name one of {names}",
                _ => $"the snapshot has no MySQL server {server}; it has {names}",
            });
        }

        var snapshot = new MySqlSnapshot(repository, root, chosen[0]);
        snapshot.Files = Encoding.UTF8.GetString(await snapshot.ReadAsync(MySqlLayout.Files, cancellation).ConfigureAwait(false))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return snapshot;
    }

    internal static string DatabaseOf(string file) => MySqlName.Decode(file[..Math.Max(0, file.IndexOf('/', StringComparison.Ordinal))]);

    /// <summary>Whether a file makes tables or fills them.</summary>
    internal static bool IsOfTables(string file) => file.Split('/') is [_, "tables" or "rows", _];

    /// <summary>The files of a database, or those that one table needs, in their order and each once.</summary>
    internal IEnumerable<string> FilesOf(string database, string? table) => Files
        .Where(f => DatabaseOf(f) == database && (table is null || (f.Split('/') is [_, "tables" or "rows" or "triggers", { } name] && name == $"{MySqlName.Encode(table)}.sql")))
        .Distinct();

    internal IEnumerable<ManifestItem> Items(string database, params string[] kinds) =>
        Source.Items.Where(i => kinds.Contains(i.Kind) && i.Name.Split('/') is [{ } name, _] && MySqlName.Decode(name) == database);

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
