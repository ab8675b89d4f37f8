namespace Holdfast.Source;

/// <summary>A restore of databases under way: loads beside, compares, swaps.</summary>
/// <param name="session">In the database of the notes, with the lock.</param>
internal sealed class PostgreSqlRestoreRun(PostgreSqlRestorePlan plan, PostgreSqlTarget target, PsqlSession session)
{
    /// <summary>How often sessions are ended anew because one had begun in the moment before its database was closed.</summary>
    private const int MostAttempts = 5;

    private readonly PostgreSqlSnapshot _snapshot = plan.Snapshot;
    private PostgreSqlRestoreNotes _notes = new() { Databases = [.. plan.Databases.Select(d => d.Target)] };
    private PostgreSqlTargetFacts? _facts;

    internal long Rows { get; private set; }

    internal IReadOnlyList<string> Roles => _notes.Roles;

    /// <summary>Loads everything into databases of its own, and compares it. Nothing else is touched.</summary>
    internal async Task LoadAsync(PostgreSqlTargetFacts facts, CancellationToken cancellation)
    {
        _facts = facts;
        IEnumerable<string> counted = plan.Databases.SelectMany(d => _snapshot.FilesOf(d.Source)).Where(f => !IsDefinition(f));
        plan.Progress?.Load(await _snapshot.CountAsync(counted, cancellation).ConfigureAwait(false));
        await MakeRolesAsync(facts, cancellation).ConfigureAwait(false);
        foreach (PostgreSqlRestoreDatabase database in plan.Databases)
        {
            PostgreSqlScript script = await _snapshot.ReadScriptAsync(database.Source, "database.sql", cancellation).ConfigureAwait(false);
            await ExecuteAsync([Create(script, database, facts), $"REVOKE CONNECT ON DATABASE {PostgreSqlText.Identifier(database.New)} FROM PUBLIC"], cancellation).ConfigureAwait(false);

            // Who connected between the two is inside, and would see rows before they are masked: D43.
            await session.RunAsync(PostgreSqlTurnBack.EndSessions([database.New]), cancellation).ConfigureAwait(false);
            PsqlSession inside = await target.OpenAsync(database.New, cancellation).ConfigureAwait(false);
            await using (inside.ConfigureAwait(false))
            {
                await LoadAsync(inside, database, facts, cancellation).ConfigureAwait(false);
                plan.Progress?.Begin($"comparing {database.Target}");
                Rows += await new PostgreSqlComparison(_snapshot, database.Source, facts.Major).RunAsync(inside, cancellation).ConfigureAwait(false);
            }

            if (plan.Mask is { } mask)
            {
                plan.Progress?.Begin($"masking {database.Target}");
                await target.RunMaskAsync(mask, database.New, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Puts what was loaded into the place of what is there, all of it in one transaction.</summary>
    /// <remarks>D45: only what is loaded and compared takes a place.</remarks>
    internal async Task SwapAsync(CancellationToken cancellation)
    {
        plan.Progress?.Begin("putting it in place");
        PostgreSqlRestoreDatabase[] there = [.. plan.Databases.Where(d => _facts?.Find(d.Target) is not null)];
        string[] names = [.. there.Select(d => d.Target), .. plan.Databases.Select(d => d.New)];
        string[] open = [.. there.Select(d => d.Target).Where(d => _facts?.Find(d)?.IsOpen == true)];
        _notes = _notes with { Closed = open };
        string close = string.Concat(open.Select(d => $"ALTER DATABASE {PostgreSqlText.Identifier(d)} ALLOW_CONNECTIONS false;\n"));
        await session.RunAsync($"BEGIN;\n{_notes.Write()}\n{close}COMMIT;", cancellation).ConfigureAwait(false);

        string[] properties = [.. await PropertiesAsync(cancellation).ConfigureAwait(false)];
        for (int attempt = 1; ; attempt++)
        {
            await session.RunAsync(PostgreSqlTurnBack.EndSessions(names), cancellation).ConfigureAwait(false);

            // D46
            await session.RunAsync("BEGIN;", cancellation).ConfigureAwait(false);
            if (await TryRenameAsync(there, isLast: attempt == MostAttempts, cancellation).ConfigureAwait(false))
            {
                break;
            }

            await session.RunAsync("ROLLBACK;", cancellation).ConfigureAwait(false);
        }

        await ExecuteAsync(properties, cancellation).ConfigureAwait(false);
        await session.RunAsync((_notes with { IsDone = true }).Write(), cancellation).ConfigureAwait(false);

        // Who interrupts from here on could not be told whether it came.
        await session.RunAsync("COMMIT;", CancellationToken.None).ConfigureAwait(false);
    }

    /// <returns>False where a session is still in one of the databases.</returns>
    private async Task<bool> TryRenameAsync(IEnumerable<PostgreSqlRestoreDatabase> there, bool isLast, CancellationToken cancellation)
    {
        const string InUse = "55006";
        foreach (string rename in (string[])[.. there.Select(d => Rename(d.Target, d.Old)), .. plan.Databases.Select(d => Rename(d.New, d.Target))])
        {
            string? state = await session.TryAsync(rename, cancellation).ConfigureAwait(false);
            if (state is not null)
            {
                return state == InUse && !isLast ? false : throw session.Failure($"SQLSTATE {state}");
            }
        }

        return true;
    }

    private static string Rename(string from, string to) => $"ALTER DATABASE {PostgreSqlText.Identifier(from)} RENAME TO {PostgreSqlText.Identifier(to)};";

    /// <summary>The roles, and the word that they are ours, in one transaction.</summary>
    private async Task MakeRolesAsync(PostgreSqlTargetFacts facts, CancellationToken cancellation)
    {
        string[] make = [];
        if (plan.Request.Users)
        {
            PostgreSqlScript globals = await _snapshot.ReadScriptAsync("globals.sql", cancellation).ConfigureAwait(false);
            make = [.. PostgreSqlRoles.Make(globals, plan.Roles, facts.Roles, facts.Administrators)];
            _notes = _notes with { Roles = [.. PostgreSqlRoles.Missing(plan.Roles, facts.Roles)] };
        }

        await session.RunAsync("BEGIN;", cancellation).ConfigureAwait(false);
        await session.RunAsync(_notes.Write(), cancellation).ConfigureAwait(false);
        await ExecuteAsync(make.Select(PostgreSqlStatement.Decode), cancellation).ConfigureAwait(false);
        await session.RunAsync("COMMIT;", cancellation).ConfigureAwait(false);
    }

    private static string Create(PostgreSqlScript script, PostgreSqlRestoreDatabase database, PostgreSqlTargetFacts facts)
    {
        PostgreSqlStatement? create = script.Statements.FirstOrDefault(s => s.Begins("CREATE", "DATABASE"));
        if (create is null)
        {
            // Of those that each server has, how they were made is not in the snapshot.
            return $"CREATE DATABASE {PostgreSqlText.Identifier(database.New)} TEMPLATE template0";
        }

        List<(int From, int To, string Text)> changes = [(create.Tokens[2].Start, create.Tokens[2].End, PostgreSqlStatement.Encode(PostgreSqlText.Identifier(database.New)))];
        int space = create.Find("TABLESPACE");
        if (space > 0 && create.NameAt(space + 2) is { } name && !facts.Tablespaces.Contains(name))
        {
            changes.Add((create.Tokens[space].Start, create.Tokens[space + 2].End, string.Empty));
        }

        return PostgreSqlStatement.Decode(create.With(changes));
    }

    private async Task LoadAsync(PsqlSession inside, PostgreSqlRestoreDatabase database, PostgreSqlTargetFacts facts, CancellationToken cancellation)
    {
        // D61: only while nobody else can connect. A superuser needs none of it.
        PostgreSqlOpenSchemas? open = facts.IsSuperuser ? null
            : new(await _snapshot.ReadScriptAsync(database.Source, "pre-data.sql", cancellation).ConfigureAwait(false), facts.Major);
        if (open is not null)
        {
            await inside.RunAsync(open.Begin(database.New), cancellation).ConfigureAwait(false);
        }

        foreach (string file in _snapshot.FilesOf(database.Source).Where(f => !f.EndsWith("/database.sql", StringComparison.Ordinal)))
        {
            if (open is not null && file.EndsWith("/post-data.sql", StringComparison.Ordinal))
            {
                await inside.RunAsync(open.Again(), cancellation).ConfigureAwait(false);
            }

            await LoadAsync(inside, file, facts, cancellation).ConfigureAwait(false);
        }

        if (open is not null)
        {
            await inside.RunAsync(open.End(database.New), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>What is no data, and not counted as it is loaded.</summary>
    private static bool IsDefinition(string file) => file.Split('/') is [_, "database.sql" or "pre-data.sql" or "post-data.sql"];

    private async Task LoadAsync(PsqlSession inside, string file, PostgreSqlTargetFacts facts, CancellationToken cancellation)
    {
        plan.Progress?.Begin($"loading {file}");
        bool isFirst = file.EndsWith("/pre-data.sql", StringComparison.Ordinal), isDefinition = IsDefinition(file);
        bool opens = isFirst && !facts.IsSuperuser;
        if (!opens && (!isDefinition || plan.MissingTablespaces.Count == 0))
        {
            await inside.LoadAsync(file, CopyAsync, cancellation).ConfigureAwait(false);
            return;
        }

        PostgreSqlScript script = await _snapshot.ReadScriptAsync(file, cancellation).ConfigureAwait(false);
        byte[] sql = script.Replace(script.Statements
            .Where(s => s.Begins("SET", "default_tablespace") && s.NameAt(3) is { } name && !facts.Tablespaces.Contains(name))
            .Select(s => KeyValuePair.Create(s, (string?)"SET default_tablespace = ''"))
            .Concat(opens ? new PostgreSqlOpenSchemas(script, facts.Major).Changes() : [])
            .ToDictionary());
        await inside.LoadAsync(file, (stream, token) => stream.WriteAsync(sql, token).AsTask(), cancellation).ConfigureAwait(false);

        async Task CopyAsync(Stream stream, CancellationToken token)
        {
            using var counted = new CountedStream(stream, bytes => plan.Progress?.Loaded(isDefinition ? 0 : bytes));
            await _snapshot.CopyAsync(file, counted, token).ConfigureAwait(false);
        }
    }

    /// <summary>Owner, rights, settings and comment of each database, with the name that it gets: those of the snapshot, or of another that is replaced.</summary>
    private async Task<IReadOnlyList<string>> PropertiesAsync(CancellationToken cancellation)
    {
        List<string> properties = [];
        foreach (PostgreSqlRestoreDatabase database in plan.Databases)
        {
            PostgreSqlScript script = await _snapshot.ReadScriptAsync(database.Source, "database.sql", cancellation).ConfigureAwait(false);

            // While it was loaded nobody else was to get in; the rest says what differs from how a database is made.
            properties.Add($"GRANT CONNECT ON DATABASE {PostgreSqlText.Identifier(database.Target)} TO PUBLIC");
            if (database.IsOther && await PostgreSqlReplacedProperties.ReadAsync(session, database.Target, cancellation).ConfigureAwait(false) is [_, ..] kept)
            {
                properties.AddRange(kept);
                continue;
            }

            foreach (PostgreSqlStatement statement in script.Statements.Where(s => s.Tokens.Count > 1 && !s.Begins("SET") && !s.Begins("SELECT") && !s.Begins("CREATE")))
            {
                int at = statement.Find("DATABASE") + 1;
                string name = PostgreSqlStatement.Encode(PostgreSqlText.Identifier(database.Target));
                properties.Add(PostgreSqlStatement.Decode(
                    at > 0 && statement.NameAt(at) == database.Source ? statement.With([(statement.Tokens[at].Start, statement.Tokens[at].End, name)]) : statement.Text));
            }
        }

        return properties;
    }

    private async Task ExecuteAsync(IEnumerable<string> statements, CancellationToken cancellation)
    {
        foreach (string statement in statements)
        {
            await session.RunAsync($"{statement};", cancellation).ConfigureAwait(false);
        }
    }
}
