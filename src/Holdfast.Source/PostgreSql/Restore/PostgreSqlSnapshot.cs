using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>A PostgreSQL server as a snapshot has it. docs/format.md has the layout.</summary>
internal sealed class PostgreSqlSnapshot
{
    private readonly DatabaseSnapshot _files;

    private PostgreSqlSnapshot(DatabaseSnapshot files)
    {
        _files = files;
        Databases = [.. files.Source.Items.Where(i => i.Kind == "database").Select(i => i.Name).Order(StringComparer.Ordinal)];
    }

    internal ManifestSource Source => _files.Source;

    internal IReadOnlyList<string> Databases { get; }

    internal IEnumerable<string> Roles => Source.Items.Where(i => i.Kind == "role").Select(i => i.Name);

    /// <summary>The encoding of a database, where it is not UTF-8; null otherwise.</summary>
    internal string? EncodingOf(string database) => Source.Details.GetValueOrDefault(DatabaseCapture.EncodingOf(database));

    /// <summary>The major version of the server, 15; 0 where the snapshot does not say.</summary>
    internal int Major => Source.Details.TryGetValue("server", out string? server) && server.Split(' ', '.') is [_, { } major, ..] && int.TryParse(major, out int number) ? number : 0;

    /// <exception cref="BackupException">Kind NotFound: the snapshot has no such server.</exception>
    internal static async Task<PostgreSqlSnapshot> OpenAsync(IndexedRepository repository, TreeId root, string? server, CancellationToken cancellation) =>
        new(await DatabaseSnapshot.OpenAsync(repository, root, "/.holdfast/databases/postgresql", "PostgreSQL", server, cancellation).ConfigureAwait(false));

    /// <summary>The files of a database, in the order in which they are loaded.</summary>
    internal IEnumerable<string> FilesOf(string database) => _files.Files.Where(f => f.StartsWith($"{ObjectFileName.Database(database)}/", StringComparison.Ordinal));

    /// <summary>What the inventory lists in a database, with its name there.</summary>
    internal IEnumerable<(ManifestItem Item, string Name)> Items(string database) =>
        from item in Source.Items
        where item.Kind is not ("database" or "role" or "tablespace") && DatabaseOf(item.Name) == database
        select (item, item.Name[Math.Min(item.Name.Length, database.Length + 1)..]);

    internal async Task<PostgreSqlScript> ReadScriptAsync(string file, CancellationToken cancellation) =>
        PostgreSqlScript.Read(await _files.ReadAsync(file, cancellation).ConfigureAwait(false));

    internal Task<PostgreSqlScript> ReadScriptAsync(string database, string file, CancellationToken cancellation) =>
        ReadScriptAsync($"{ObjectFileName.Database(database)}/{file}", cancellation);

    /// <summary>How many bytes these files have.</summary>
    internal Task<long> CountAsync(IEnumerable<string> files, CancellationToken cancellation) => _files.CountAsync(files, cancellation);

    /// <exception cref="BackupException">Kind Corrupt; what was written so far is right.</exception>
    internal Task CopyAsync(string file, Stream target, CancellationToken cancellation) => _files.CopyAsync(file, target, cancellation);

    /// <summary>Names of databases may have slashes in them: the longest that fits is meant.</summary>
    private string? DatabaseOf(string name) =>
        Databases.Where(d => name == d || name.StartsWith($"{d}/", StringComparison.Ordinal)).MaxBy(d => d.Length);
}
