using System.Globalization;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>What a server says that it has, as far as this account may see it.</summary>
internal sealed class MySqlCatalogue
{
    /// <summary>Tables of the server's own databases are left out by the server, since it would open them all; the rest here.</summary>
    private const string Sql = """
        SELECT 'server', version(), @@log_bin, @@version_comment;
        SELECT 'database', schema_name, '' FROM information_schema.schemata;
        SELECT 'table', table_schema, table_name, table_type, COALESCE(engine, ''), COALESCE(data_length, 0) + COALESCE(index_length, 0), COALESCE(table_rows, 0)
          FROM information_schema.tables WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys');
        SELECT 'columns', table_schema, table_name, SUM(CRC32(CONCAT_WS(',', ordinal_position, column_name, column_type, is_nullable, column_default, extra)))
          FROM information_schema.columns WHERE table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') GROUP BY table_schema, table_name;
        SELECT 'trigger', trigger_schema, trigger_name FROM information_schema.triggers;
        SELECT LOWER(routine_type), routine_schema, routine_name FROM information_schema.routines;
        SELECT 'event', event_schema, event_name, INSTR(event_definition, ';;') FROM information_schema.events;
        """;

    private MySqlCatalogue(
        MySqlVersion version, string comment, bool hasLog, HashSet<MySqlObject> objects, IReadOnlyDictionary<MySqlObject, MySqlTable> tables, HashSet<MySqlObject> endless,
        IReadOnlyDictionary<(string Database, string Table), string> columns)
    {
        Version = version;
        Comment = comment;
        HasBinaryLog = hasLog;
        Objects = objects;
        Tables = tables;
        EndlessEvents = endless;
        Columns = columns;
    }

    internal MySqlVersion Version { get; }

    /// <summary>What the server calls itself, such as <c>Debian 12</c>.</summary>
    internal string Comment { get; }

    internal bool HasBinaryLog { get; }

    /// <summary>All but accounts, and all but what belongs to the server itself.</summary>
    internal IReadOnlySet<MySqlObject> Objects { get; }

    /// <summary>More on tables, views and sequences.</summary>
    internal IReadOnlyDictionary<MySqlObject, MySqlTable> Tables { get; }

    /// <summary>For each table a sum over its columns, which is another when they are.</summary>
    internal IReadOnlyDictionary<(string Database, string Table), string> Columns { get; }

    /// <summary>Events at which the dump tools never end: they look for a delimiter longer than <c>;;</c>, in a loop that does not count.</summary>
    internal IReadOnlySet<MySqlObject> EndlessEvents { get; }

    /// <summary>The databases, in order of their names.</summary>
    internal IEnumerable<string> Databases => Objects.Where(o => o.Kind == MySqlKind.Database).Select(o => o.Database).Order(StringComparer.Ordinal);

    internal static async Task<MySqlCatalogue> ReadAsync(MySqlClient client, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync(Sql, cancellation).ConfigureAwait(false);
        string[] server = rows.Count > 0 && rows[0] is ["server", _, _, _] ? rows[0] : throw new BackupException(BackupErrorKind.Source, "the server does not say its version");
        var objects = new HashSet<MySqlObject>();
        var endless = new HashSet<MySqlObject>();
        var columns = new Dictionary<(string Database, string Table), string>();
        var tables = new Dictionary<MySqlObject, MySqlTable>();
        foreach (string[] row in rows.Skip(1).Where(r => r.Length > 2 && !MySqlName.IsSystem(r[1])))
        {
            if (row[0] == "columns")
            {
                columns.Add((row[1], row[2]), row[3]);
                continue;
            }

            var item = new MySqlObject(KindOf(row), row[1], row[2]);
            objects.Add(item);
            if (item.Kind == MySqlKind.Event && row[3] != "0")
            {
                endless.Add(item);
            }

            if (row.Length == 7)
            {
                tables.Add(item, new(row[2], item.Kind.Word(), row[4], Whole(row[5]), Whole(row[6])));
            }
        }

        return new(MySqlVersion.OfServer(server[1]), server[3], server[2] == "1", objects, tables, endless, columns);
    }

    private static long Whole(string text) => (long)decimal.Parse(text, CultureInfo.InvariantCulture);

    private static MySqlKind KindOf(string[] row) => row[0] switch
    {
        "database" => MySqlKind.Database,
        "table" => row[3] switch { "VIEW" => MySqlKind.View, "SEQUENCE" => MySqlKind.Sequence, _ => MySqlKind.Table },
        "trigger" => MySqlKind.Trigger,
        "function" => MySqlKind.Function,
        "procedure" => MySqlKind.Procedure,
        "package" => MySqlKind.Package,
        "package body" => MySqlKind.PackageBody,
        "event" => MySqlKind.Event,
        string other => throw new BackupException(BackupErrorKind.Source, $"the server has a {other} {row[1]}.{row[2]}, which this version does not know how to keep"),
    };
}
