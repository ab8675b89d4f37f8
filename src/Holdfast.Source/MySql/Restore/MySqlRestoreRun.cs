using System.Globalization;
using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A restore under way: loads beside, compares, swaps. One session for all of it, whose lock keeps other restores away.</summary>
internal sealed class MySqlRestoreRun(MySqlRestorePlan plan, MySqlTarget target, MySqlVersion version, MySqlLogin login, MySqlDumpTool tool, MySqlSession session)
{
    private readonly MySqlSnapshot _snapshot = plan.Snapshot;
    private readonly DatabaseRestoreProgress? _progress = plan.Restorer.Progress;
    private readonly List<string> _notes = [];

    /// <summary>Under which all databases are done at once.</summary>
    private readonly string _run = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);

    /// <summary>Rows, as they were loaded.</summary>
    internal long Rows { get; private set; }

    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>Loads everything into databases of its own, and counts it. Nothing else is touched.</summary>
    internal async Task LoadAsync(CancellationToken cancellation)
    {
        foreach (MySqlRestoreDatabase database in plan.Databases)
        {
            string defaults = plan.Request.Table is null
                ? await SnapshotDefaultsAsync(database.Source, cancellation).ConfigureAwait(false)
                : string.Empty;
            await session.ExecuteAsync(MySqlSwapNotes.Create(database.Pair.New, defaults, !plan.WithoutLog), cancellation).ConfigureAwait(false);
        }

        IEnumerable<string> rows = plan.Databases.SelectMany(d => _snapshot.FilesOf(d.Source, plan.Request.Table)).Where(IsOfRows);
        _progress?.Load(await _snapshot.CountAsync(rows, cancellation).ConfigureAwait(false));
        foreach (MySqlRestoreDatabase database in plan.Databases)
        {
            foreach (string file in _snapshot.FilesOf(database.Source, plan.Request.Table).Where(MySqlSnapshot.IsOfTables))
            {
                await LoadAsync(database, file, cancellation).ConfigureAwait(false);
            }
        }

        foreach (MySqlRestoreDatabase database in plan.Databases)
        {
            _progress?.Begin($"counting {database.Target}");
            Dictionary<string, long> found = await CountAsync(database, cancellation).ConfigureAwait(false);
            Rows += found.Values.Sum();
            if (database.Loaded.FirstOrDefault(t => t.Rows is { } rows && found.GetValueOrDefault(t.Name) != rows) is { } wrong)
            {
                throw new BackupException(BackupErrorKind.Source, $"table {database.Source}/{wrong.Name} has {found.GetValueOrDefault(wrong.Name)} rows once loaded, and {wrong.Rows} in the snapshot");
            }
        }
    }

    /// <summary>Runs the mask, where there is one, in what was loaded and counted. What it leaves is what takes the place.</summary>
    internal async Task MaskAsync(CancellationToken cancellation)
    {
        foreach (MySqlRestoreDatabase database in plan.Databases.Where(_ => plan.Mask is not null))
        {
            _progress?.Begin($"masking {database.Target}");
            plan.Restorer.BeforeStatement?.Invoke("the mask");
            IReadOnlyList<string> said = await plan.Mask!.RunAsync(login, database.Pair.New, plan.WithoutLog, cancellation).ConfigureAwait(false);
            _notes.AddRange(said.Select(line => $"the mask says: {line}"));

            // A mask may delete on purpose.
            Dictionary<string, long> left = await CountAsync(database, cancellation).ConfigureAwait(false);
            _notes.AddRange(database.Loaded.Where(t => t.Rows is not null && !left.ContainsKey(t.Name)).Select(t => $"the mask removed table {database.Target}/{t.Name}"));
            _notes.AddRange(database.Loaded.Where(t => left.TryGetValue(t.Name, out long rows) && rows != t.Rows)
                .Select(t => $"table {database.Target}/{t.Name} has {left[t.Name]} rows after the mask, and had {t.Rows}"));
        }
    }

    /// <summary>Puts what was loaded into the place of what is there.</summary>
    /// <remarks>D40: only what is loaded and counted takes a place. D41: first all that goes is noted, in a way that outlives this process.</remarks>
    internal async Task SwapAsync(CancellationToken cancellation)
    {
        _progress?.Begin("putting it in place");
        await MySqlRestorePlanner.RequireNoForeignKeysAsync(target, version, plan.Databases, plan.Request.Table, cancellation).ConfigureAwait(false); // loading took its time
        var all = new List<MySqlSwapNotes>();
        foreach (MySqlRestoreDatabase database in plan.Databases)
        {
            all.Add(await NoteAsync(database, cancellation).ConfigureAwait(false));
        }

        await session.ExecuteAsync($"START TRANSACTION; {string.Concat(all.Select(n => n.Ready(plan.Restorer.Seal)))} COMMIT;", cancellation).ConfigureAwait(false);
        foreach (MySqlRestoreDatabase database in plan.Databases)
        {
            await session.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {MySqlName.Quote(database.Target)};", cancellation).ConfigureAwait(false);
            await ExecuteAsync(await target.TriggerDropsAsync(database.Target, plan.Request.Table, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }

        // One statement: foreign keys follow the tables that they name, so all of them move at once.
        (string From, string To, string Table)[] moves =
        [
            .. all.SelectMany(n => n.OldTables.Select(t => (n.Pair.Target, n.Pair.Old, t))),
            .. all.SelectMany(n => n.NewTables.Select(t => (n.Pair.New, n.Pair.Target, t))),
        ];
        if (moves.Length > 0)
        {
            await RenameAsync(MySqlTurnBack.Rename(moves), cancellation).ConfigureAwait(false);
        }

        if (plan.Request.Table is null)
        {
            foreach (MySqlRestoreDatabase database in plan.Databases)
            {
                await ExecuteAsync(await target.DropsAsync(database.Target, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
                string defaults = await SnapshotDefaultsAsync(database.Source, cancellation).ConfigureAwait(false);
                await session.ExecuteAsync($"ALTER DATABASE {MySqlName.Quote(database.Target)} {defaults};", cancellation).ConfigureAwait(false);
            }
        }

        await NameSequencesAsync(cancellation).ConfigureAwait(false);
        await MakeObjectsAsync(cancellation).ConfigureAwait(false);
        await GrantAsync(all, cancellation).ConfigureAwait(false);

        // D42: all at once.
        await session.ExecuteAsync($"START TRANSACTION; {string.Concat(all.Select(n => n.Done(plan.Restorer.Seal)))} COMMIT;", cancellation).ConfigureAwait(false);
    }

    /// <summary>Triggers are gone by now: whoever holds the tables for long is not waited for.</summary>
    private async Task RenameAsync(string rename, CancellationToken cancellation)
    {
        await session.ExecuteAsync($"SET SESSION lock_wait_timeout = {plan.Restorer.SwapPatience};", cancellation).ConfigureAwait(false);
        try
        {
            await session.ExecuteAsync(rename, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw new BackupException(e.Kind, $"{e.Message}; while that was tried, the tables to be replaced had no triggers", e);
        }

        await session.ExecuteAsync($"SET SESSION lock_wait_timeout = {MySqlRestorer.Patience};", cancellation).ConfigureAwait(false);
    }

    private static bool IsOfRows(string file) => file.Split('/') is [_, "rows", _];

    private async Task LoadAsync(MySqlRestoreDatabase database, string file, CancellationToken cancellation)
    {
        byte[] use = Encoding.UTF8.GetBytes($"USE {MySqlName.Quote(database.Pair.New)};\n");
        _progress?.Begin($"loading {database.Source}/{MySqlName.Decode(Path.GetFileNameWithoutExtension(file))}");
        if (IsOfRows(file))
        {
            await session.ExecuteAsync(file, CopyAsync, cancellation).ConfigureAwait(false);
            return;
        }

        bool isTable = plan.Request.Table is not null;
        var qualifier = new SqlQualifier(
            plan.Databases.ToDictionary(d => d.Source, d => isTable ? d.Target : d.Pair.New), isTable ? database.Target : null);
        byte[] sql = qualifier.Rewrite(await _snapshot.ReadAsync(file, cancellation).ConfigureAwait(false));
        await session.ExecuteAsync(file, (s, token) => s.WriteAsync((byte[])[.. use, .. sql], token).AsTask(), cancellation).ConfigureAwait(false);

        async Task CopyAsync(Stream stream, CancellationToken token)
        {
            await stream.WriteAsync(use, token).ConfigureAwait(false);
            using var counted = new CountedStream(stream, bytes => _progress?.Loaded(bytes));
            await _snapshot.CopyAsync(file, counted, token).ConfigureAwait(false);
        }
    }

    /// <summary>The rows of the loaded tables that are there.</summary>
    private async Task<Dictionary<string, long>> CountAsync(MySqlRestoreDatabase database, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> versioned = await target.Client.QueryAsync(
            $"SELECT table_name FROM information_schema.tables WHERE table_schema = {MySqlTarget.Text(database.Pair.New)} AND table_type = 'SYSTEM VERSIONED';", cancellation)
            .ConfigureAwait(false);
        HashSet<string> withHistory = [.. versioned.Select(r => r[0])];
        HashSet<string> there = [.. await target.TablesAsync(database.Pair.New, cancellation).ConfigureAwait(false)];
        var found = new Dictionary<string, long>();
        foreach (string[] batch in database.Loaded.Where(t => t.Rows is not null && there.Contains(t.Name)).Select(t => t.Name).Chunk(100))
        {
            string sql = string.Concat(batch.Select(t =>
                $"SELECT COUNT(*) FROM {MySqlName.Quote(database.Pair.New)}.{MySqlName.Quote(t)}{(withHistory.Contains(t) ? " FOR SYSTEM_TIME ALL" : string.Empty)}; "));
            IReadOnlyList<string[]> counts = await target.Client.QueryAsync(sql, cancellation).ConfigureAwait(false);
            foreach ((string table, string[] count) in batch.Zip(counts))
            {
                found[table] = long.Parse(count[0], CultureInfo.InvariantCulture);
            }
        }

        return found;
    }

    private async Task<MySqlSwapNotes> NoteAsync(MySqlRestoreDatabase database, CancellationToken cancellation)
    {
        MySqlRestorePair pair = database.Pair;
        string? table = plan.Request.Table;
        bool exists = await target.ExistsAsync(database.Target, cancellation).ConfigureAwait(false);
        IReadOnlyList<string> there = exists ? await target.TablesAsync(database.Target, cancellation).ConfigureAwait(false) : [];
        IReadOnlyList<string> broken = exists && table is null ? await target.BrokenViewsAsync(database.Target, cancellation).ConfigureAwait(false) : [];
        IReadOnlyList<MySqlNote> objects = !exists || (table is not null && !there.Contains(table)) ? []
            : await TargetObjects.ReadAsync(tool, login, database.Target, broken, table, cancellation).ConfigureAwait(false);
        var notes = new MySqlSwapNotes(pair)
        {
            OldTables = [.. there.Where(t => table is null || t == table)],
            NewTables = await target.TablesAsync(pair.New, cancellation).ConfigureAwait(false),
            IsTable = table is not null,
            Database = exists ? await target.DefaultsAsync(database.Target, cancellation).ConfigureAwait(false) : null,
            Objects = objects,
            Broken = [.. await BrokenAsync(database.Target, broken, cancellation).ConfigureAwait(false)],
            Grants = exists && table is null
                ? await target.RoutineGrantsAsync(database.Target, objects.Select(o => o.Object).Where(o => o.Kind.IsRoutine()), cancellation).ConfigureAwait(false) : [],
            Run = _run,
            IsLogged = !plan.WithoutLog,
        };
        await session.ExecuteAsync(MySqlSwapNotes.Create(pair.Old, string.Empty, !plan.WithoutLog), cancellation).ConfigureAwait(false);
        await ExecuteAsync(notes.Write(), cancellation).ConfigureAwait(false);
        return notes;
    }

    /// <summary>The dump tool would fail at a view that names what is not there; the server can still say how it was made.</summary>
    private async Task<List<MySqlNote>> BrokenAsync(string database, IReadOnlyList<string> views, CancellationToken cancellation)
    {
        var notes = new List<MySqlNote>();
        foreach (string view in views)
        {
            try
            {
                IReadOnlyList<string[]> rows = await target.Client.QueryAsync($"SHOW CREATE VIEW {MySqlName.Quote(database)}.{MySqlName.Quote(view)};", cancellation).ConfigureAwait(false);
                notes.AddRange(rows.Select(r => new MySqlNote(new(MySqlKind.View, database, view), Encoding.UTF8.GetBytes($"{r[1]};"))));
            }
            catch (BackupException e)
            {
                _notes.Add($"view {database}/{view} would not have come back: {e.Message}");
            }
        }

        return notes;
    }

    /// <summary>A column's default names its sequence with the database, which was the one beside while that was loaded.</summary>
    private async Task NameSequencesAsync(CancellationToken cancellation)
    {
        var names = new SqlQualifier(plan.Databases.ToDictionary(d => d.Pair.New, d => d.Target), null);
        foreach (MySqlRestoreDatabase database in plan.Databases.Where(_ => plan.Request.Table is null))
        {
            IReadOnlyList<string[]> columns = await target.Client.QueryAsync(
                $"SELECT table_name, column_name, column_default FROM information_schema.columns WHERE table_schema = {MySqlTarget.Text(database.Target)} AND column_default LIKE '%val(`%';",
                cancellation).ConfigureAwait(false);
            foreach (string[] column in columns)
            {
                string value = Encoding.UTF8.GetString(names.Rewrite(Encoding.UTF8.GetBytes(column[2])));
                if (value != column[2])
                {
                    await session.ExecuteAsync(
                        $"ALTER TABLE {MySqlName.Quote(database.Target)}.{MySqlName.Quote(column[0])} ALTER COLUMN {MySqlName.Quote(column[1])} SET DEFAULT ({value});", cancellation)
                        .ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>In the order of the snapshot over all databases, as a view may name those of another.</summary>
    private async Task MakeObjectsAsync(CancellationToken cancellation)
    {
        Dictionary<string, MySqlRestoreDatabase> bySource = plan.Databases.ToDictionary(d => d.Source);
        var qualifier = new SqlQualifier(plan.Databases.ToDictionary(d => d.Source, d => d.Target), null);
        HashSet<string> wanted = [.. plan.Databases.SelectMany(d => _snapshot.FilesOf(d.Source, plan.Request.Table))];
        foreach (string file in _snapshot.Files.Where(f => wanted.Contains(f) && !MySqlSnapshot.IsOfTables(f) && !f.EndsWith("/database.sql", StringComparison.Ordinal)))
        {
            byte[] content = await _snapshot.ReadAsync(file, cancellation).ConfigureAwait(false);
            byte[] sql = file.Split('/') is [_, "views", _] ? qualifier.Rewrite(content) : content;
            byte[] use = Encoding.UTF8.GetBytes($"USE {MySqlName.Quote(bySource[MySqlSnapshot.DatabaseOf(file)].Target)};\n");
            await session.ExecuteAsync(file, (s, token) => s.WriteAsync((byte[])[.. use, .. sql], token).AsTask(), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Accounts keep what they might do with routines that are there again.</summary>
    private async Task GrantAsync(IEnumerable<MySqlSwapNotes> all, CancellationToken cancellation)
    {
        foreach (MySqlSwapNotes notes in all.Where(n => n.Grants.Count > 0))
        {
            string[] routines = [.. _snapshot.Items(plan.Databases.First(d => d.Pair == notes.Pair).Source, "function", "procedure", "package", "package-body").Select(RoutineOf)];
            await ExecuteAsync(notes.Grants.Where(g => routines.Any(r => g.Contains($" ON {r} TO ", StringComparison.OrdinalIgnoreCase))), cancellation).ConfigureAwait(false);

            string RoutineOf(ManifestItem item) =>
                $"{item.Kind.Replace('-', ' ').ToUpperInvariant()} {MySqlName.Quote(notes.Pair.Target)}.{MySqlName.Quote(MySqlName.Decode(item.Name.Split('/')[1]))}";
        }
    }

    private async Task<string> SnapshotDefaultsAsync(string database, CancellationToken cancellation)
    {
        byte[] file = await _snapshot.ReadAsync(MySqlLayout.OfDatabase(database, "database.sql"), cancellation).ConfigureAwait(false);
        string? create = SqlStatements.Of(file).FirstOrDefault(s => s.StartsWith("CREATE DATABASE ", StringComparison.Ordinal));
        return create is null ? string.Empty : MySqlTarget.DefaultsOf(create);
    }

    private async Task ExecuteAsync(IEnumerable<string> statements, CancellationToken cancellation)
    {
        foreach (string statement in statements)
        {
            await session.ExecuteAsync(statement, cancellation).ConfigureAwait(false);
        }
    }
}
