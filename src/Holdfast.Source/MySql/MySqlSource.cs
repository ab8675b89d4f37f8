using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// The databases of a MySQL or MariaDB server as of one moment, in a file for each object, and its accounts. docs/format.md has the
/// layout. Nothing is left out in silence: what the server lists must have come, or the run fails.
/// </summary>
public sealed class MySqlSource : ISource
{
    private readonly MySqlOptions _options;
    private readonly HashSet<string> _excluded;

    public MySqlSource(MySqlOptions options)
    {
        options.Validate();
        _options = options;
        _excluded = [.. options.Exclude.Select(Spelled), .. options.Mirrored.Select(MySqlName.Encode)];
    }

    /// <summary>An exclusion as paths are spelled.</summary>
    private static string Spelled(string exclusion) => string.Join('/', exclusion.Split('/').Select(c => MySqlName.Encode(MySqlName.Decode(c))));

    public string Name => _options.ServerName;

    public string Root => _options.Name is { } name ? $"/.holdfast/databases/mysql/{name}" : "/.holdfast/databases/mysql";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        var client = new MySqlClient(_options, login);
        MySqlCatalogue before = await MySqlCatalogue.ReadAsync(client, cancellation).ConfigureAwait(false);
        RequireRights(await MySqlServer.TestAsync(client, _options, before, cancellation).ConfigureAwait(false));
        string[] databases = Choose(before);
        if (before.EndlessEvents.Where(e => databases.Contains(e.Database)).Select(e => e.ToString()).Order(StringComparer.Ordinal).FirstOrDefault() is { } endless)
        {
            throw Failure($"{endless} has two semicolons in a row, at which the dump tool would never end; change it by ALTER EVENT");
        }

        NoteUnknown(writer, before, databases);
        MySqlDumpTool tool = await MySqlDumpTool.FindAsync(_options, before.Version, cancellation).ConfigureAwait(false);
        using var splitter = new DumpSplitter(writer, Root, before, IsExcluded, cancellation);
        if (databases.Length > 0)
        {
            // For the position, MySQL wants RELOAD, which an application's account seldom has.
            bool hasPosition = before.HasBinaryLog && (_options.Accounts || before.Version.IsMariaDb);
            ToolCommand dump = tool.Command(
                login, hasPosition, databases, before.Objects.Where(o => o.Kind == MySqlKind.Table && IsExcluded(o)).Select(o => $"{o.Database}.{o.Name}"));
            await DumpAsync(dump, splitter, cancellation).ConfigureAwait(false);
        }

        MySqlCatalogue after = await MySqlCatalogue.ReadAsync(client, cancellation).ConfigureAwait(false);
        Compare(before, after, splitter.Made, databases); // D30
        MySqlAccounts accounts = _options.Accounts ? await MySqlAccounts.ReadAsync(client, before.Version, splitter.Made, cancellation).ConfigureAwait(false) : MySqlAccounts.None;
        foreach (MySqlObject account in accounts.Objects)
        {
            writer.Add(new(account.Kind.Word(), account.Path) { Path = $"{Root}/{MySqlLayout.Users}" });
        }

        await SaveAsync(MySqlLayout.Users, [.. SqlText.Header, .. accounts.Sql]).ConfigureAwait(false);
        await SaveAsync(MySqlLayout.Header, Encoding.UTF8.GetBytes($"-- Databases of {before.Version.Text} {before.Comment}\n")).ConfigureAwait(false);
        await SaveAsync(MySqlLayout.Footer, "-- Dump completed\n"u8.ToArray()).ConfigureAwait(false);
        await SaveAsync(MySqlLayout.Files, splitter.Layout.List()).ConfigureAwait(false);
        writer.Describe("server", $"{before.Version.Text} {before.Comment}".Trim());
        writer.Describe("tool", tool.Version.Text);
        DescribeOtherEngines(writer, before, databases);
        await DescribeRoundedAsync(writer, client, before, databases, cancellation).ConfigureAwait(false);

        async Task SaveAsync(string path, byte[] content)
        {
            using SourceFile file = writer.CreateFile($"{Root}/{path}");
            await file.WriteAsync(content, cancellation).ConfigureAwait(false);
            await file.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static async Task DumpAsync(ToolCommand command, DumpSplitter splitter, CancellationToken cancellation)
    {
        var reader = new SqlReader();
        ToolProcess tool = ToolProcess.Start(command);
        await using (tool.ConfigureAwait(false))
        {
            int count;
            while ((count = await tool.Output.ReadAsync(reader.Free, cancellation).ConfigureAwait(false)) > 0)
            {
                reader.Added(count);
                await splitter.TakeAsync(reader).ConfigureAwait(false);
            }

            // Its own words first: a dump that stops in the middle of a row is only what follows from them.
            await tool.EndAsync(cancellation).ConfigureAwait(false);
        }

        reader.End();
        await splitter.TakeAsync(reader).ConfigureAwait(false);
        // D31
        if (!splitter.IsComplete)
        {
            throw new BackupException(BackupErrorKind.Source, $"{command.Name} ended without saying that the dump is complete");
        }

        await splitter.EndAsync().ConfigureAwait(false);
    }

    /// <summary>All that is missing at once: nobody should have to run a backup for each.</summary>
    private void RequireRights(IReadOnlyList<RightListing> rights)
    {
        RightListing[] missing = [.. rights.Where(r => r.IsMissing)];
        if (missing.Length > 0)
        {
            string what = string.Join(", ", missing.Select(r => r.Name)), purposes = string.Join(", ", missing.Select(r => r.Purpose).Distinct());
            throw Failure($"the account lacks {what}, without which {purposes} would be missing; run:{MySqlGrants.Lines(missing)}");
        }
    }

    /// <summary>What is to be left out and is not there may be a slip of the pen, and what was meant is captured.</summary>
    private void NoteUnknown(SourceWriter writer, MySqlCatalogue server, string[] databases)
    {
        HashSet<string> all = [.. server.Databases.Select(MySqlName.Encode)], captured = [.. databases.Select(MySqlName.Encode)];
        HashSet<string> tables = [.. server.Objects.Where(o => o.Kind is MySqlKind.Table or MySqlKind.Sequence).Select(o => o.Path)];
        foreach (string exclusion in _options.Exclude)
        {
            string database = Spelled(exclusion).Split('/')[0];
            bool isTable = database != Spelled(exclusion);
            if (isTable && captured.Contains(database) ? !tables.Contains(Spelled(exclusion)) : !all.Contains(database))
            {
                writer.Note($"{Name}: there is no {(isTable ? "table" : "database")} {exclusion}, which is to be left out");
            }
        }
    }

    private string[] Choose(MySqlCatalogue server)
    {
        string[] there = [.. server.Databases];
        MySqlServer.RequireDatabases(_options, server);
        IEnumerable<string> chosen = _options.Databases.Count == 0 ? there.Where(d => !IsOfRestore(server, d)) : _options.Databases.Distinct();
        return [.. chosen.Where(d => !_excluded.Contains(MySqlName.Encode(d))).Order(StringComparer.Ordinal)];
    }

    /// <summary>What a restore that was cut short left beside a database: the next restore removes it.</summary>
    private static bool IsOfRestore(MySqlCatalogue server, string database) =>
        database.Contains(MySqlRestorePair.Mark, StringComparison.Ordinal)
        && server.Objects.Contains(new(MySqlKind.Table, database, MySqlRestorePair.NotesTable));

    private bool IsExcluded(MySqlObject table) => _excluded.Contains(table.Path);

    /// <summary>What was there before must have come. What was made meanwhile is not of the moment, and may have come or not.</summary>
    private void Compare(MySqlCatalogue before, MySqlCatalogue after, IReadOnlySet<MySqlObject> made, string[] databases)
    {
        var chosen = databases.ToHashSet();
        foreach (MySqlObject expected in before.Objects.Where(o => chosen.Contains(o.Database)).OrderBy(o => o.Kind).ThenBy(o => o.Path, StringComparer.Ordinal))
        {
            if (!after.Objects.Contains(expected))
            {
                throw Failure($"{expected} was removed during the dump; run the backup again");
            }

            // A column added in an instant is in the structure, and rows older than it have its default: that never was.
            if (expected.Kind == MySqlKind.Table && !IsExcluded(expected) && !SameColumns(expected))
            {
                throw Failure($"{expected} was altered during the dump; run the backup again");
            }

            if (!made.Contains(expected))
            {
                throw Failure($"{expected} is on the server and did not come in the dump; see whether SHOW CREATE works for it");
            }
        }

        bool SameColumns(MySqlObject table) =>
            before.Columns.GetValueOrDefault((table.Database, table.Name)) == after.Columns.GetValueOrDefault((table.Database, table.Name));
    }

    /// <summary>Tables that no transaction holds still are as they were when the dump came by.</summary>
    private void DescribeOtherEngines(SourceWriter writer, MySqlCatalogue server, string[] databases)
    {
        string[] others =
        [
            .. server.Tables.Where(t => t.Key.Kind == MySqlKind.Table && databases.Contains(t.Key.Database) && t.Value.Engine is not ("InnoDB" or "ROCKSDB" or "TokuDB"))
                .Select(t => t.Key.Path).Order(StringComparer.Ordinal),
        ];
        if (others.Length > 0)
        {
            writer.Describe("not_transactional", string.Join(' ', others));
        }

        string[] empty = [.. server.Tables.Where(t => t.Value.HasNoRows && databases.Contains(t.Key.Database)).Select(t => $"{t.Key.Path} ({t.Value.Engine})").Order(StringComparer.Ordinal)];
        if (empty.Length > 0)
        {
            writer.Describe("rows_elsewhere", string.Join(' ', empty));
            writer.Note($"{Name}: of tables whose rows are somewhere else only the definition is captured: {string.Join(", ", empty)}");
        }
    }

    /// <summary>
    /// A server sends a FLOAT with six digits (FLT_DIG), where a seventh and an eighth may differ, and the dump tools have no option against it. With a number
    /// of decimals, FLOAT(M,D), it sends those.
    /// </summary>
    private async Task DescribeRoundedAsync(SourceWriter writer, MySqlClient client, MySqlCatalogue server, string[] databases, CancellationToken cancellation)
    {
        const int Shown = 5;
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE data_type = 'float' AND numeric_scale IS NULL "
            + "AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY table_schema, table_name, ordinal_position;",
            cancellation).ConfigureAwait(false);
        string[] columns =
        [
            .. rows.Where(r => databases.Contains(r[0]) && HasRows(new(MySqlKind.Table, r[0], r[1]))).Select(r => $"{MySqlName.Encode(r[0])}/{MySqlName.Encode(r[1])}.{r[2]}"),
        ];
        if (columns.Length > 0)
        {
            writer.Describe("rounded", string.Join(' ', columns));
            string more = columns.Length > Shown ? $" and {columns.Length - Shown} more" : string.Empty;
            writer.Note($"{Name}: columns of type FLOAT are captured with six digits, since the server sends no more: {string.Join(", ", columns.Take(Shown))}{more}; DOUBLE and DECIMAL keep all");
        }

        bool HasRows(MySqlObject table) => !IsExcluded(table) && server.Tables.TryGetValue(table, out MySqlTable? known) && !known.HasNoRows;
    }

    private BackupException Failure(string what) => new(BackupErrorKind.Source, $"{Name}: {what}");
}
