using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>A MySQL server as a snapshot has it. docs/format.md has the layout.</summary>
internal sealed class MySqlSnapshot
{
    private readonly DatabaseSnapshot _files;

    private MySqlSnapshot(DatabaseSnapshot files)
    {
        _files = files;
    }

    internal ManifestSource Source => _files.Source;

    /// <summary>The files in the order in which they are loaded, relative to the source's root.</summary>
    internal IReadOnlyList<string> Files => _files.Files;

    /// <summary>The databases, in the order in which they are loaded.</summary>
    internal IEnumerable<string> Databases => Files.Where(f => f.EndsWith("/database.sql", StringComparison.Ordinal)).Select(DatabaseOf).Distinct();

    /// <exception cref="BackupException">Kind NotFound: the snapshot has no such server.</exception>
    internal static async Task<MySqlSnapshot> OpenAsync(IndexedRepository repository, TreeId root, string? server, CancellationToken cancellation) =>
        new(await DatabaseSnapshot.OpenAsync(repository, root, "/.holdfast/databases/mysql", "MySQL or MariaDB", server, cancellation).ConfigureAwait(false));

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
    internal Task<byte[]> ReadAsync(string file, CancellationToken cancellation) => _files.ReadAsync(file, cancellation);

    /// <summary>How many bytes these files have.</summary>
    internal Task<long> CountAsync(IEnumerable<string> files, CancellationToken cancellation) => _files.CountAsync(files, cancellation);

    /// <exception cref="BackupException">Kind Corrupt; what was written so far is right.</exception>
    internal Task CopyAsync(string file, Stream target, CancellationToken cancellation) => _files.CopyAsync(file, target, cancellation);
}
