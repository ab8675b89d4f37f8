namespace Holdfast.Source;

/// <summary>Questions about the server that is restored to, as it is now.</summary>
internal sealed class MySqlTarget(MySqlClient client)
{
    internal MySqlClient Client => client;

    /// <summary>A text as a string of SQL.</summary>
    internal static string Text(string value) =>
        $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>The tables and sequences of a database; without our own.</summary>
    internal async Task<IReadOnlyList<string>> TablesAsync(string database, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            $"SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = {Text(database)} ORDER BY table_name;", cancellation).ConfigureAwait(false);
        return [.. rows.Where(r => r[1] != "VIEW" && r[0] != MySqlRestorePair.NotesTable).Select(r => r[0])];
    }

    /// <summary>Views that name what is not there.</summary>
    internal async Task<IReadOnlyList<string>> BrokenViewsAsync(string database, CancellationToken cancellation)
    {
        // The server looks at the view, and says in the comment what is wrong with it, only where the number of rows is asked for as well.
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            $"SELECT table_name, table_comment, table_rows FROM information_schema.tables WHERE table_schema = {Text(database)} AND table_type = 'VIEW';", cancellation)
            .ConfigureAwait(false);
        return [.. rows.Where(r => r[1] != "VIEW").Select(r => r[0])];
    }

    /// <summary>The databases beside others that a restore left or is using.</summary>
    internal async Task<IReadOnlyList<MySqlBeside>> BesideAsync(CancellationToken cancellation)
    {
        // Nothing but a table: to look at somebody's view is to run what they put into it. No LIKE: its backslash is none under every sql_mode.
        string isOurs = $"t.table_name = '{MySqlRestorePair.NotesTable}' AND t.table_type = 'BASE TABLE'";
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            $"""
            SELECT s.schema_name, COALESCE(SUM({isOurs}), 0),
                COUNT(t.table_name)
                  + (SELECT COUNT(*) FROM information_schema.routines r WHERE r.routine_schema = s.schema_name)
                  + (SELECT COUNT(*) FROM information_schema.events e WHERE e.event_schema = s.schema_name),
                COALESCE(MAX(IF({isOurs}, t.table_comment, NULL)), '') FROM information_schema.schemata s
              LEFT JOIN information_schema.tables t ON t.table_schema = s.schema_name
              WHERE RIGHT(s.schema_name, 14) IN ('{MySqlRestorePair.Mark}new', '{MySqlRestorePair.Mark}old') GROUP BY s.schema_name ORDER BY s.schema_name;
            """,
            cancellation).ConfigureAwait(false);
        return
        [
            .. rows.Select(r => new MySqlBeside(
                r[0], HasNotes: r[1] != "0", IsEmpty: r[2] == "0", r[3] switch { MySqlSwapNotes.Logged => true, MySqlSwapNotes.NotLogged => false, _ => null })),
        ];
    }

    internal async Task<bool> ExistsAsync(string database, CancellationToken cancellation) =>
        (await client.QueryAsync($"SELECT 1 FROM information_schema.schemata WHERE schema_name = {Text(database)};", cancellation).ConfigureAwait(false)).Count > 0;

    /// <summary>The foreign keys, each with the table that it is of and the one that it names.</summary>
    /// <param name="all">Also those of tables on which the account has no right: the server's storage engine tells these who may look at all processes.</param>
    internal async Task<IReadOnlyList<string[]>> ForeignKeysAsync(MySqlVersion version, bool all, CancellationToken cancellation)
    {
        string sql = "SELECT DISTINCT constraint_schema, table_name, unique_constraint_schema, referenced_table_name FROM information_schema.referential_constraints;";
        if (all)
        {
            string table = version.IsMariaDb || version.Major < 8 ? "innodb_sys_foreign" : "innodb_foreign";
            sql += $" SELECT {Name("for_name", 1)}, {Name("for_name", -1)}, {Name("ref_name", 1)}, {Name("ref_name", -1)} FROM information_schema.{table};";
        }

        return await client.QueryAsync(sql, cancellation).ConfigureAwait(false);

        // There they are as in the names of files.
        string Name(string column, int part) => version.IsMariaDb
            ? $"CONVERT(CONVERT(CAST(SUBSTRING_INDEX({column}, '/', {part}) AS BINARY) USING filename) USING utf8mb4)"
            : $"SUBSTRING_INDEX({column}, '/', {part})";
    }

    /// <summary>What a database has chosen for tables that do not choose, as the end of CREATE or ALTER DATABASE.</summary>
    internal async Task<string> DefaultsAsync(string database, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync($"SHOW CREATE DATABASE {MySqlName.Quote(database)};", cancellation).ConfigureAwait(false);
        return rows.Count > 0 ? DefaultsOf(rows[0][1]) : throw new InvalidOperationException(database);
    }

    /// <summary>What stands behind the name in CREATE DATABASE.</summary>
    internal static string DefaultsOf(string create)
    {
        int from = create.IndexOf('`', StringComparison.Ordinal);
        int at = from + 1;
        while (at < create.Length && (create[at] != '`' || (at + 1 < create.Length && create[at + 1] == '`')))
        {
            at += create[at] == '`' ? 2 : 1;
        }

        return from < 0 ? string.Empty : create[Math.Min(at + 1, create.Length)..].Trim();
    }

    /// <summary>The statements that remove what a database has beside tables.</summary>
    internal async Task<IReadOnlyList<string>> DropsAsync(string database, CancellationToken cancellation)
    {
        string name = Text(database);
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            $"""
            SELECT 'VIEW', table_name FROM information_schema.views WHERE table_schema = {name};
            SELECT routine_type, routine_name FROM information_schema.routines WHERE routine_schema = {name} ORDER BY routine_type DESC;
            SELECT 'EVENT', event_name FROM information_schema.events WHERE event_schema = {name};
            """,
            cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => InMode(r[0], $"DROP {r[0]} IF EXISTS {MySqlName.Quote(database)}.{MySqlName.Quote(r[1])};"))];
    }

    /// <summary>Only in this mode do servers before 11.4 know the word PACKAGE.</summary>
    private static string InMode(string kind, string statement) =>
        kind.StartsWith("PACKAGE", StringComparison.Ordinal) ? $"SET @mode = @@sql_mode, sql_mode = 'ORACLE'; {statement} SET sql_mode = @mode;" : statement;

    /// <summary>The statements that remove a database's triggers.</summary>
    /// <param name="table">Of which table; null for all.</param>
    internal async Task<IReadOnlyList<string>> TriggerDropsAsync(string database, string? table, CancellationToken cancellation)
    {
        string where = table is null ? string.Empty : $" AND event_object_table = {Text(table)}";
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            $"SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = {Text(database)}{where};", cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => $"DROP TRIGGER IF EXISTS {MySqlName.Quote(database)}.{MySqlName.Quote(r[0])};")];
    }

    /// <summary>The statements that grant again what accounts may do with single routines: a server takes that away with the routine.</summary>
    /// <remarks>D60: without those of our own account, which it gets with the routine that it makes, and often could not grant.</remarks>
    /// <param name="routines">Those that are there: some that went have left their rights behind, and nobody can grant those again.</param>
    internal async Task<IReadOnlyList<string>> RoutineGrantsAsync(string database, IEnumerable<MySqlObject> routines, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            $"""
            SELECT user, host, routine_type, routine_name, proc_priv FROM mysql.procs_priv WHERE db = {Text(database)} AND proc_priv <> ''
              AND NOT (@@automatic_sp_privileges AND CONCAT(user, '@', host) = CURRENT_USER() AND FIND_IN_SET('Grant', proc_priv) = 0);
            """,
            cancellation).ConfigureAwait(false);
        HashSet<string> there = [.. routines.Select(r => $"{r.Kind.Word().Replace('-', ' ')}/{r.Name}".ToUpperInvariant())];
        return [.. rows.Where(r => there.Contains($"{r[2]}/{r[3]}".ToUpperInvariant())).Select(Grant)];

        string Grant(string[] row)
        {
            string[] rights = row[4].Split(',');
            string account = row[1].Length == 0 ? MySqlName.Quote(row[0]) : $"{MySqlName.Quote(row[0])}@{MySqlName.Quote(row[1])}";
            string may = string.Join(", ", rights.Where(r => r != "Grant"));
            return InMode(row[2], $"GRANT {(may.Length == 0 ? "USAGE" : may)} ON {row[2]} {MySqlName.Quote(database)}.{MySqlName.Quote(row[3])} TO {account}{(rights.Contains("Grant") ? " WITH GRANT OPTION" : string.Empty)};");
        }
    }
}
