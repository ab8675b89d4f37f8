using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast.Source;

/// <summary>What a database has, read in the transaction whose snapshot all of a capture uses.</summary>
internal sealed record DatabaseCatalogue
{
    private const int Batch = 500;

    public required string Snapshot { get; init; }

    /// <summary>The position in the write-ahead log when the snapshot was exported.</summary>
    public required string Wal { get; init; }

    public required string Time { get; init; }

    public required string Encoding { get; init; }

    /// <summary>Or bytes that PostgreSQL passes on as they are.</summary>
    public bool IsUtf8 => Encoding is "UTF8" or "SQL_ASCII";

    public required long Comments { get; init; }

    public required long DefaultPrivileges { get; init; }

    public required long LargeObjects { get; init; }

    /// <summary>User mappings whose options this role does not see, or that have none.</summary>
    public required long HiddenMappings { get; init; }

    public required IReadOnlyList<CatalogueTable> Tables { get; init; }

    /// <summary>Their quoted names.</summary>
    public required IReadOnlyList<string> Sequences { get; init; }

    public required IReadOnlyList<CatalogueObject> Objects { get; init; }

    /// <summary>
    /// Reads it, and locks the tables as pg_dump does: what would change or remove one waits until the transaction ends. Null where
    /// a table was rewritten in the moment before its lock: its rows are no longer what the snapshot says, and a new one is needed.
    /// </summary>
    internal static async Task<DatabaseCatalogue?> ReadAsync(PsqlSession session, CancellationToken cancellation)
    {
        using JsonDocument moment = await session.ReadJsonAsync(CatalogueSql.Moment, cancellation).ConfigureAwait(false);
        List<string> locks = await ReadListAsync(session, CatalogueSql.Locks, e => e.GetString() ?? string.Empty, cancellation).ConfigureAwait(false);
        foreach (string[] batch in locks.Chunk(Batch))
        {
            string names = string.Join(", ", batch.Select(n => "ONLY " + n));
            await session.RunAsync($"LOCK TABLE {names} IN ACCESS SHARE MODE;", cancellation).ConfigureAwait(false);
        }

        // D37
        using JsonDocument rewritten = await session.ReadJsonAsync(CatalogueSql.Rewritten, cancellation).ConfigureAwait(false);
        if (rewritten.RootElement.GetInt64() > 0)
        {
            return null;
        }

        JsonElement at = moment.RootElement;
        return new()
        {
            Snapshot = Text(at, "snapshot"), Wal = Text(at, "wal"), Time = Text(at, "time"), Encoding = Text(at, "encoding"),
            Comments = Number(at, "comments"), DefaultPrivileges = Number(at, "default_privileges"),
            LargeObjects = Number(at, "large_objects"), HiddenMappings = Number(at, "hidden_mappings"),
            Tables = await ReadTablesAsync(session, cancellation).ConfigureAwait(false),
            Sequences = await ReadListAsync(session, CatalogueSql.Sequences, e => e.GetString() ?? string.Empty, cancellation).ConfigureAwait(false),
            Objects = await ReadObjectsAsync(session, cancellation).ConfigureAwait(false),
        };
    }

    internal static Task<List<CatalogueTable>> ReadTablesAsync(PsqlSession session, CancellationToken cancellation) =>
        ReadListAsync(session, CatalogueSql.Tables, ReadTable, cancellation);

    internal static Task<List<CatalogueObject>> ReadObjectsAsync(PsqlSession session, CancellationToken cancellation) =>
        ReadListAsync(session, CatalogueSql.Objects, ReadObject, cancellation);

    /// <summary>Statements that give the sequences the values they have now. They are no part of a snapshot; none is behind the rows.</summary>
    internal async Task<string> ReadSequencesAsync(PsqlSession session, CancellationToken cancellation)
    {
        var sql = new StringBuilder();
        foreach (string[] batch in Sequences.Chunk(Batch))
        {
            string each = string.Join(" UNION ALL ", batch.Select((n, i) => $"SELECT {i} AS place, {PostgreSqlText.Literal(n)} AS name, last_value, is_called FROM {n}"));
            foreach ((string name, long value, bool called) in await ReadListAsync(
                session, $"SELECT pg_catalog.json_agg(s ORDER BY s.place) FROM ({each}) s;", e => (Text(e, "name"), Number(e, "last_value"), e.GetProperty("is_called").GetBoolean()), cancellation)
                .ConfigureAwait(false))
            {
                sql.Append(CultureInfo.InvariantCulture, $"SELECT pg_catalog.setval({PostgreSqlText.Literal(name)}, {value}, {(called ? "true" : "false")});\n");
            }
        }

        return sql.ToString();
    }

    private static async Task<List<T>> ReadListAsync<T>(PsqlSession session, string sql, Func<JsonElement, T> read, CancellationToken cancellation)
    {
        using JsonDocument list = await session.ReadJsonAsync(sql, cancellation).ConfigureAwait(false);
        return [.. list.RootElement.EnumerateArray().Select(read)];
    }

    private static CatalogueTable ReadTable(JsonElement e) => new(Text(e, "schema"), Text(e, "name"))
    {
        Bytes = Number(e, "bytes"), Columns = Text(e, "columns"), Key = Text(e, "key"), Condition = Text(e, "condition"),
        Correlation = e.GetProperty("correlation") is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null,
    };

    private static CatalogueObject ReadObject(JsonElement e) => new((uint)Number(e, "class"), (uint)Number(e, "id"), Text(e, "kind"), Text(e, "name"));

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString() ?? string.Empty;

    private static long Number(JsonElement e, string name) => e.GetProperty(name).GetInt64();
}
