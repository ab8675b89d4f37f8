using System.Text;

namespace Holdfast.Source;

/// <summary>
/// What a database was before a swap, kept in the database beside it until the swap is done: with it everything can be put back,
/// by whoever comes next. docs/format.md has the table.
/// </summary>
internal sealed record MySqlSwapNotes(MySqlRestorePair Pair)
{
    internal const string Logged = "holdfast, logged", NotLogged = "holdfast, not logged";

    /// <summary>Its tables and sequences before.</summary>
    internal required IReadOnlyList<string> OldTables { get; init; }

    /// <summary>Those that take their place.</summary>
    internal required IReadOnlyList<string> NewTables { get; init; }

    /// <summary>Whether nothing but one table was to be changed.</summary>
    internal required bool IsTable { get; init; }

    /// <summary>How the database itself is made; null where it was not there.</summary>
    internal required string? Database { get; init; }

    internal required IReadOnlyList<MySqlNote> Objects { get; init; }

    /// <summary>Views that name what is not there: to be made again as far as the server does that.</summary>
    internal required IReadOnlyList<MySqlNote> Broken { get; init; }

    /// <summary>Rights on routines, which go with them.</summary>
    internal required IReadOnlyList<string> Grants { get; init; }

    /// <summary>The run that swaps; all its databases are done at once.</summary>
    internal required string Run { get; init; }

    /// <summary>Whether the binary log has what was done so far: it gets the turning back as well, or not.</summary>
    internal required bool IsLogged { get; init; }

    /// <summary>Whether all is noted; before that nothing is touched.</summary>
    internal bool IsReady { get; init; }

    /// <summary>Whether the database is whole, and only the ones beside it are to be removed.</summary>
    internal bool IsDone { get; init; }

    /// <summary>The repository that the notes say they come from, where this one did not seal them; null where it did, or nothing needs a seal yet.</summary>
    internal string? Stranger { get; init; }

    internal static string TableOf(string database) => $"{MySqlName.Quote(database)}.{MySqlName.Quote(MySqlRestorePair.NotesTable)}";

    /// <summary>The statements that make a database beside, with the table that says that it is ours.</summary>
    internal static string Create(string database, string defaults, bool isLogged) => $"""
        CREATE DATABASE {MySqlName.Quote(database)} {defaults};
        CREATE TABLE {TableOf(database)} (id INT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(20) NOT NULL, name VARBINARY(1000) NOT NULL, content LONGBLOB NOT NULL) ENGINE=InnoDB COMMENT='{(isLogged ? Logged : NotLogged)}';
        """;

    /// <summary>The notes, a statement each; they count once <see cref="Ready"/> is there as well.</summary>
    internal IEnumerable<string> Write() => Rows().Select(Insert);

    internal string Ready(MySqlNotesSeal seal) => Insert(new("ready", Encoding.UTF8.GetBytes(seal.Repository), seal.Of(Pair, IsLogged, Rows())));

    internal string Done(MySqlNotesSeal seal) => Insert(new("done", [], seal.OfDone(seal.Of(Pair, IsLogged, Rows()))));

    internal static async Task<MySqlSwapNotes> ReadAsync(MySqlClient client, MySqlBeside beside, MySqlNotesSeal seal, CancellationToken cancellation)
    {
        MySqlRestorePair pair = beside.Pair;
        IReadOnlyList<string[]> fields = await client.QueryAsync(
            $"SELECT kind, CONCAT('x', HEX(name)), CONCAT('x', HEX(content)) FROM {TableOf(pair.Old)} ORDER BY id;", cancellation).ConfigureAwait(false);
        MySqlNoteRow[] all = [.. fields.Select(f => new MySqlNoteRow(f[0], Bytes(f[1]), Bytes(f[2])))];
        MySqlNoteRow[] rows = [.. all.Where(r => r.Kind is not ("ready" or "done"))];
        MySqlNoteRow[] ready = [.. all.Where(r => r.Kind == "ready")], done = [.. all.Where(r => r.Kind == "done")];
        byte[] expected = seal.Of(pair, beside.IsLogged == true, rows);
        bool isSealed = ready.All(r => MySqlNotesSeal.IsEqual(r.Content, expected)) && done.All(r => MySqlNotesSeal.IsEqual(r.Content, seal.OfDone(expected)));
        ILookup<string, (string Name, byte[] Content)> notes = rows.ToLookup(r => r.Kind, r => (Encoding.UTF8.GetString(r.Name), r.Content));
        return new(pair)
        {
            OldTables = [.. notes["old"].Select(n => n.Name)],
            NewTables = [.. notes["new"].Select(n => n.Name)],
            IsTable = notes["form"].Any(n => n.Name == "table"),
            Database = notes["database"].Select(n => Encoding.UTF8.GetString(n.Content)).FirstOrDefault(),
            Objects = [.. notes.Where(n => n.Key != "database").SelectMany(k => k.Where(_ => KindOf(k.Key) is not null).Select(n => new MySqlNote(new(KindOf(k.Key)!.Value, pair.Target, n.Name), n.Content)))],
            Broken = [.. notes["broken-view"].Select(n => new MySqlNote(new(MySqlKind.View, pair.Target, n.Name), n.Content))],
            Grants = [.. notes["grant"].Select(n => Encoding.UTF8.GetString(n.Content))],
            Run = notes["form"].Select(n => Encoding.UTF8.GetString(n.Content)).FirstOrDefault() ?? string.Empty,
            IsLogged = beside.IsLogged == true,
            IsReady = ready.Length > 0,
            IsDone = done.Length > 0,
            Stranger = isSealed ? null : ready.Select(r => Encoding.UTF8.GetString(r.Name)).FirstOrDefault() ?? string.Empty,
        };
    }

    private IEnumerable<MySqlNoteRow> Rows()
    {
        yield return Row("form", IsTable ? "table" : "database", Encoding.UTF8.GetBytes(Run));
        if (Database is not null)
        {
            yield return Row("database", Pair.Target, Encoding.UTF8.GetBytes(Database));
        }

        foreach (MySqlNoteRow row in OldTables.Select(t => Row("old", t, [])).Concat(NewTables.Select(t => Row("new", t, []))))
        {
            yield return row;
        }

        foreach (MySqlNoteRow row in Objects.Select(n => Row(n.Object.Kind.Word(), n.Object.Name, n.Sql)).Concat(Broken.Select(n => Row("broken-view", n.Object.Name, n.Sql))))
        {
            yield return row;
        }

        foreach (string grant in Grants)
        {
            yield return Row("grant", string.Empty, Encoding.UTF8.GetBytes(grant));
        }
    }

    private static MySqlKind? KindOf(string word) => Enum.GetValues<MySqlKind>().Where(k => k.Word() == word).Select(k => (MySqlKind?)k).FirstOrDefault();

    private static MySqlNoteRow Row(string kind, string name, byte[] content) => new(kind, Encoding.UTF8.GetBytes(name), content);

    private string Insert(MySqlNoteRow row) =>
        $"INSERT INTO {TableOf(Pair.Old)} (kind, name, content) VALUES ('{row.Kind}', x'{Convert.ToHexString(row.Name)}', x'{Convert.ToHexString(row.Content)}');";

    private static byte[] Bytes(string field) => Convert.FromHexString(field.AsSpan(1));
}
