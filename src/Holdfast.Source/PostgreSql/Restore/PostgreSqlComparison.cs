using System.Text.Json;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Compares a database that was loaded with what the inventory of the snapshot says of it.</summary>
/// <param name="major">The version of the server that has it.</param>
internal sealed class PostgreSqlComparison(PostgreSqlSnapshot snapshot, string database, int major)
{
    private const int Batch = 100;

    /// <returns>How many rows the tables have.</returns>
    /// <exception cref="BackupException">Something is missing.</exception>
    internal async Task<long> RunAsync(PsqlSession session, CancellationToken cancellation)
    {
        await RequireObjectsAsync(session, cancellation).ConfigureAwait(false);
        return await CountAsync(session, cancellation).ConfigureAwait(false);
    }

    /// <summary>How many rows one table has, which must be as many as the inventory says.</summary>
    internal static async Task<long> CountAsync(PsqlSession session, CatalogueTable table, ManifestItem item, CancellationToken cancellation)
    {
        using JsonDocument count = await session.ReadJsonAsync($"SELECT to_json({Count(table)});", cancellation).ConfigureAwait(false);
        return Require(item, count.RootElement.GetInt64());
    }

    private async Task RequireObjectsAsync(PsqlSession session, CancellationToken cancellation)
    {
        HashSet<(string, string)> there = [.. (await DatabaseCatalogue.ReadObjectsAsync(session, cancellation).ConfigureAwait(false)).Select(o => (o.Kind, o.Name))];
        (ManifestItem Item, string Name)[] missing = [.. snapshot.Items(database).Where(i => i.Name.Length > 0 && !there.Contains((i.Item.Kind, i.Name)))];

        // Tables of extensions that hold somebody's rows are listed for those; and another version may call an object otherwise.
        HashSet<string> tables = [.. (await DatabaseCatalogue.ReadTablesAsync(session, cancellation).ConfigureAwait(false)).Select(t => t.ShownName)];
        missing = [.. missing.Where(m => major == snapshot.Major && !(m.Item.Kind == "table" && tables.Contains(m.Name)))];
        if (missing.Length > 0)
        {
            string more = missing.Length > 1 ? $", and {missing.Length - 1} more" : string.Empty;
            throw new BackupException(BackupErrorKind.Source, $"the {missing[0].Item.Kind} {missing[0].Item.Name}{more} is in the snapshot, and was not there once all was loaded");
        }

        if (snapshot.Source.Items.FirstOrDefault(i => i.Kind == "large-objects" && i.Name == database) is { } objects)
        {
            using JsonDocument count = await session.ReadJsonAsync("SELECT to_json((SELECT count(*) FROM pg_largeobject_metadata));", cancellation).ConfigureAwait(false);
            Require(objects, count.RootElement.GetInt64());
        }
    }

    private async Task<long> CountAsync(PsqlSession session, CancellationToken cancellation)
    {
        Dictionary<string, ManifestItem> items = snapshot.Items(database).Where(i => i.Item is { Kind: "table", Rows: not null }).ToDictionary(i => i.Name, i => i.Item);
        List<CatalogueTable> tables = await DatabaseCatalogue.ReadTablesAsync(session, cancellation).ConfigureAwait(false);
        long rows = 0;
        foreach (CatalogueTable[] batch in tables.Where(t => items.ContainsKey(t.ShownName)).Chunk(Batch))
        {
            using JsonDocument counts = await session.ReadJsonAsync($"SELECT json_build_array({string.Join(", ", batch.Select(Count))});", cancellation).ConfigureAwait(false);
            foreach ((CatalogueTable table, JsonElement count) in batch.Zip(counts.RootElement.EnumerateArray()))
            {
                items.Remove(table.ShownName, out ManifestItem? item);
                rows += Require(item!, count.GetInt64());
            }
        }

        return items.Count == 0
            ? rows
            : throw new BackupException(BackupErrorKind.Source, $"the table {items.Values.First().Name} is in the snapshot, and was not there once all was loaded");
    }

    private static string Count(CatalogueTable table) => $"(SELECT count(*) FROM ONLY {table.QualifiedName} {table.Condition})";

    private static long Require(ManifestItem item, long found) => found == item.Rows
        ? found
        : throw new BackupException(BackupErrorKind.Source, $"{item.Kind} {item.Name}: {found} once loaded, and {item.Rows} in the snapshot");
}
