using System.Globalization;
using System.Text;

namespace Holdfast.Source;

/// <summary>
/// What a database was before a swap, kept in the database beside it until the swap is done: with it everything can be put back,
/// by whoever comes next. docs/format.md has the table.
/// </summary>
internal sealed record MySqlSwapNotes(MySqlRestorePair Pair)
{
    /// <summary>Its tables and sequences before.</summary>
    internal required IReadOnlyList<string> OldTables { get; init; }

    /// <summary>Those that take their place.</summary>
    internal required IReadOnlyList<string> NewTables { get; init; }

    /// <summary>Whether nothing but one table was to be changed.</summary>
    internal required bool IsTable { get; init; }

    /// <summary>How the database itself is made; null where it was not there.</summary>
    internal required string? Database { get; init; }

    internal required IReadOnlyList<MySqlNote> Objects { get; init; }

    /// <summary>Rights on routines, which go with them.</summary>
    internal required IReadOnlyList<string> Grants { get; init; }

    /// <summary>Whether all is noted; before that nothing is touched.</summary>
    internal bool IsReady { get; init; }

    /// <summary>Whether the database is whole, and only the ones beside it are to be removed.</summary>
    internal bool IsDone { get; init; }

    internal static string TableOf(string database) => $"{MySqlName.Quote(database)}.{MySqlName.Quote(MySqlRestorePair.NotesTable)}";

    /// <summary>The statements that make a database beside, with the table that says that it is ours.</summary>
    internal static string Create(string database, string defaults) => $"""
        CREATE DATABASE {MySqlName.Quote(database)} {defaults};
        CREATE TABLE {TableOf(database)} (id INT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(20) NOT NULL, name VARBINARY(1000) NOT NULL, content LONGBLOB NOT NULL) ENGINE=InnoDB;
        """;

    /// <summary>The notes, a statement each; they count once <see cref="Ready"/> is there as well.</summary>
    internal IEnumerable<string> Write()
    {
        yield return Insert("form", IsTable ? "table" : "database", []);
        if (Database is not null)
        {
            yield return Insert("database", Pair.Target, Encoding.UTF8.GetBytes(Database));
        }

        foreach (string statement in OldTables.Select(t => Insert("old", t, [])).Concat(NewTables.Select(t => Insert("new", t, []))))
        {
            yield return statement;
        }

        foreach (MySqlNote note in Objects)
        {
            yield return Insert(note.Object.Kind.Word(), note.Object.Name, note.Sql);
        }

        foreach (string grant in Grants)
        {
            yield return Insert("grant", string.Empty, Encoding.UTF8.GetBytes(grant));
        }
    }

    internal string Ready() => Insert("ready", string.Empty, []);

    internal string Done() => Insert("done", string.Empty, []);

    internal static async Task<MySqlSwapNotes> ReadAsync(MySqlClient client, MySqlRestorePair pair, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            $"SELECT kind, CONCAT('x', HEX(name)), CONCAT('x', HEX(content)) FROM {TableOf(pair.Old)} ORDER BY id;", cancellation).ConfigureAwait(false);
        ILookup<string, (string Name, byte[] Content)> notes = rows.ToLookup(r => r[0], r => (Encoding.UTF8.GetString(Bytes(r[1])), Bytes(r[2])));
        return new(pair)
        {
            OldTables = [.. notes["old"].Select(n => n.Name)],
            NewTables = [.. notes["new"].Select(n => n.Name)],
            IsTable = notes["form"].Any(n => n.Name == "table"),
            Database = notes["database"].Select(n => Encoding.UTF8.GetString(n.Content)).FirstOrDefault(),
            Objects = [.. Enum.GetValues<MySqlKind>().SelectMany(k => notes[k.Word()].Where(_ => k is not MySqlKind.Database).Select(n => new MySqlNote(new(k, pair.Target, n.Name), n.Content)))],
            Grants = [.. notes["grant"].Select(n => Encoding.UTF8.GetString(n.Content))],
            IsReady = notes.Contains("ready"),
            IsDone = notes.Contains("done"),
        };
    }

    private string Insert(string kind, string name, byte[] content) => string.Create(
        CultureInfo.InvariantCulture, $"INSERT INTO {TableOf(Pair.Old)} (kind, name, content) VALUES ('{kind}', x'{Convert.ToHexString(Encoding.UTF8.GetBytes(name))}', x'{Convert.ToHexString(content)}');");

    private static byte[] Bytes(string field) => Convert.FromHexString(field.AsSpan(1));
}
