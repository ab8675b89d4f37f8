using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>One table of a snapshot.</summary>
/// <param name="Rows">The file with its rows; null where they were left out.</param>
internal sealed record PostgreSqlSnapshotTable(PostgreSqlTableName Name, ManifestItem Item, PostgreSqlTableScript Script, string? Rows)
{
    /// <exception cref="BackupException">Kind NotFound: there is none. Kind Source: it cannot come alone.</exception>
    internal static async Task<PostgreSqlSnapshotTable> FindAsync(PostgreSqlSnapshot snapshot, string database, string table, CancellationToken cancellation)
    {
        PostgreSqlTableName name = PostgreSqlTableName.Parse(table)
            ?? throw new BackupException(BackupErrorKind.NotFound, $"{table} is not the name of a table with its schema, such as public.orders");
        string shown = new CatalogueTable(name.Schema, name.Name) { Bytes = 0, Columns = string.Empty, Key = string.Empty, Correlation = null, Condition = string.Empty }.ShownName;
        ManifestItem? item = snapshot.Items(database).FirstOrDefault(i => i.Item.Kind == "table" && i.Name == shown).Item;
        PostgreSqlTableScript? script = item is null ? null : PostgreSqlTableScript.Cut(
            name,
            await snapshot.ReadScriptAsync(database, "pre-data.sql", cancellation).ConfigureAwait(false),
            await snapshot.ReadScriptAsync(database, "sequences.sql", cancellation).ConfigureAwait(false),
            await snapshot.ReadScriptAsync(database, "post-data.sql", cancellation).ConfigureAwait(false));
        if (item is null && snapshot.Items(database).Any(i => i.Item.Kind == "sequence" && i.Name == shown))
        {
            throw new BackupException(BackupErrorKind.Source, $"{database}/{shown} is a sequence, which does not come alone: set its value by setval, or restore the whole database");
        }

        if (item is null || script is null)
        {
            throw new BackupException(BackupErrorKind.NotFound, item is null
                ? $"the snapshot has no table {database}/{shown}"
                : $"table {database}/{shown} belongs to an extension, and does not come alone: restore the whole database");
        }

        return script.IsPartitioned
            ? throw new BackupException(BackupErrorKind.Source, $"table {database}/{shown} is partitioned, and has no rows itself: restore its partitions, or the whole database")
            : new(name, item, script, item.SchemaOnly == true ? null : item.Path?[(snapshot.Source.Root.Length + 1)..]);
    }
}
