using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Looks at both sides, and refuses what could not end well before anything is loaded.</summary>
internal sealed class PostgreSqlRestorePlanner(PostgreSqlSnapshot snapshot, PostgreSqlTargetFacts facts, DatabaseRestoreRequest request)
{
    /// <summary>What only a superuser makes.</summary>
    private static readonly string[] s_reserved = ["subscription", "event-trigger", "foreign-data-wrapper"];

    private readonly List<string> _notes = [];

    internal async Task<PostgreSqlRestorePlan> PlanAsync(PostgreSqlOptions options, Action<string>? before, CancellationToken cancellation)
    {
        RequireServer();
        PostgreSqlRestoreDatabase[] databases = [.. Choose()];
        RequireRights(databases);
        await RequireRowsElsewhereAsync(options, before, databases, cancellation).ConfigureAwait(false);
        List<PostgreSqlScript> scripts = [];
        var roles = new HashSet<string>(StringComparer.Ordinal);
        using var target = new PostgreSqlTarget(options, before);
        foreach (PostgreSqlRestoreDatabase database in databases)
        {
            foreach (string file in (string[])["database.sql", "pre-data.sql", "post-data.sql"])
            {
                PostgreSqlScript script = await snapshot.ReadScriptAsync(database.Source, file, cancellation).ConfigureAwait(false);
                scripts.Add(script);
                string? encoding = file == "database.sql" ? null : snapshot.EncodingOf(database.Source);
                roles.UnionWith(file == "database.sql" && database.IsOther ? []
                    : await target.RolesAsync(encoding, [.. PostgreSqlRoles.In(script)], cancellation).ConfigureAwait(false));
            }
        }

        string[] spaces = [.. scripts.SelectMany(Tablespaces).Distinct().Where(t => !facts.Tablespaces.Contains(t)).Order(StringComparer.Ordinal)];
        _notes.AddRange(spaces.Select(s => $"the target has no tablespace {s}: what is in it goes into the default one"));
        return new(options, before, snapshot, request)
        {
            Databases = databases, Roles = await RolesAsync(databases, roles, cancellation).ConfigureAwait(false), MissingTablespaces = spaces, Notes = _notes,
            Mask = request.Mask is { } mask ? PostgreSqlMask.Read(mask) : null,
        };
    }

    /// <exception cref="BackupException">The server takes no restore.</exception>
    private void RequireServer()
    {
        if (facts.IsStandby)
        {
            throw Refused("the target is a standby, which takes no changes: restore to its primary");
        }

        facts.RequireOwnNotes();
        if (facts.Major < snapshot.Major)
        {
            _notes.Add($"the target, PostgreSQL {facts.Major}, is older than the server in the snapshot, {snapshot.Major}: what it does not know fails the restore, and nothing is changed then");
        }

        if (facts.Find(PostgreSqlRestoreNotes.Database) is not null)
        {
            _notes.Add("an earlier restore to this server was cut short, or another is under way; what was cut short is turned back first");
        }
    }

    private IEnumerable<PostgreSqlRestoreDatabase> Choose()
    {
        foreach (string source in snapshot.Databases.Where(d => request.Database is null || d == request.Database))
        {
            string name = request.As ?? source;
            if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > PostgreSqlRestoreDatabase.MostName)
            {
                throw Refused(
                    $"the name of database {name} is too long: with more than {PostgreSqlRestoreDatabase.MostName} bytes there is none left for a database beside it; restore it under another");
            }

            if (name is "template0" or PostgreSqlRestoreNotes.Database)
            {
                throw Refused($"{name} cannot be the name of a restored database");
            }

            PostgreSqlTargetDatabase? there = facts.Find(name);
            RequireFree(name, there);
            ManifestItem[] tables = [.. snapshot.Items(source).Select(i => i.Item).Where(i => i.Kind is "table")];
            _notes.AddRange(tables.Where(t => t.SchemaOnly == true).Select(t => $"table {t.Name} comes back empty: its rows were left out of the backup"));
            _notes.AddRange(snapshot.Items(source).Where(i => i.Item.Kind == "subscription").Select(i => $"subscription {i.Item.Name} comes back disabled"));
            if (snapshot.Source.Details.TryGetValue(DatabaseCapture.HiddenMappings(source), out string? hidden))
            {
                _notes.Add($"user mappings of database {source} come back as they were captured: {hidden}");
            }

            yield return new(source, name, there is not null)
            {
                Tables = tables.Count(t => t.Rows is not null || t.SchemaOnly == true) + snapshot.Items(source).Count(i => i.Item.Kind == "sequence"),
                Rows = tables.Sum(t => t.Rows ?? 0), Bytes = tables.Sum(t => t.Bytes ?? 0),
            };
        }
    }

    /// <summary>D64: rows that the backup left out are nowhere but on the target.</summary>
    private async Task RequireRowsElsewhereAsync(
        PostgreSqlOptions options, Action<string>? before, PostgreSqlRestoreDatabase[] databases, CancellationToken cancellation)
    {
        foreach (PostgreSqlRestoreDatabase database in request.EmptyExcluded ? [] : databases.Where(d => facts.Find(d.Target) is { IsOpen: true }))
        {
            PostgreSqlTableName[] excluded =
                [.. snapshot.Items(database.Source).Where(i => i.Item is { Kind: "table", SchemaOnly: true }).Select(i => PostgreSqlTableName.FromShown(i.Name)).OfType<PostgreSqlTableName>()];
            if (excluded.Length == 0)
            {
                continue;
            }

            using var server = new PostgreSqlTarget(options, before);
            PsqlSession session = await server.OpenAsync(database.Target, cancellation).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (await PostgreSqlTarget.FindWithRowsAsync(session, excluded, cancellation).ConfigureAwait(false) is { } table)
                {
                    throw Refused(DatabaseRestoreText.RowsNowhereElse($"{database.Target}/{table}"));
                }
            }
        }
    }

    private void RequireFree(string name, PostgreSqlTargetDatabase? there)
    {
        if (there is null)
        {
            return;
        }

        if (there.Prepared > 0)
        {
            throw Refused($"database {name} of the target has {there.Prepared} prepared transactions: commit them or roll them back first");
        }

        if (there.Sessions > 0)
        {
            _notes.Add($"connected to database {name} now: {there.Sessions}; who still is at the end is cut off");
        }

        _notes.AddRange(there.Slots.Select(s => $"replication slot {s} goes with the database {name} that is replaced: its subscriber must be set up anew"));
    }

    private void RequireRights(IEnumerable<PostgreSqlRestoreDatabase> databases)
    {
        if (!facts.MayCreateDatabases)
        {
            throw Refused($"{facts.User} may not create databases; run: ALTER ROLE {PostgreSqlText.Identifier(facts.User)} CREATEDB;");
        }

        foreach (PostgreSqlRestoreDatabase database in databases)
        {
            if (facts.Find(database.Target) is { IsMine: false })
            {
                throw Refused($"{facts.User} does not own the database {database.Target}, and so may not replace it; restore as its owner, or as a superuser");
            }

            foreach ((ManifestItem item, _) in snapshot.Items(database.Source))
            {
                if (!facts.IsSuperuser && s_reserved.Contains(item.Kind))
                {
                    throw Refused($"only a superuser may make the {item.Kind} {item.Name}, and {facts.User} is none");
                }
            }

            foreach (string extension in snapshot.Items(database.Source).Where(i => i.Item.Kind == "extension").Select(i => i.Name).Where(e => !facts.Extensions.Contains(e)))
            {
                throw Refused($"database {database.Source} needs the extension {extension}, which the target does not have: {PostgreSqlPackage.Of(extension, facts.Major)}");
            }
        }
    }

    /// <summary>Those that would be made: for one database those that it needs, for a server all.</summary>
    private async Task<IReadOnlyList<string>> RolesAsync(IReadOnlyList<PostgreSqlRestoreDatabase> databases, IReadOnlyCollection<string> needed, CancellationToken cancellation)
    {
        string[] missing = [.. needed.Where(r => !facts.Roles.Contains(r)).Order(StringComparer.Ordinal)];
        if (missing.Length > 0 && !request.Users)
        {
            throw Refused($"{string.Join(", ", databases.Select(d => d.Source))} needs roles that the target does not have: {string.Join(", ", missing)}; make them, or restore with --users, which makes them");
        }

        if (!facts.IsSuperuser && needed.FirstOrDefault(r => facts.Roles.Contains(r) && !facts.OwnRoles.Contains(r)) is { } other)
        {
            _notes.Add($"{facts.User} may not act as {other}: where that is an owner, the restore fails, and nothing is changed then");
        }

        if (!request.Users)
        {
            return [];
        }

        PostgreSqlScript globals = await snapshot.ReadScriptAsync("globals.sql", cancellation).ConfigureAwait(false);
        IEnumerable<string> wanted = request.Database is null ? snapshot.Roles : snapshot.Roles.Intersect(PostgreSqlRoles.WithGroups(globals, needed));
        List<string> made = [.. PostgreSqlRoles.Missing(wanted, facts.Roles).Order(StringComparer.Ordinal)];
        return made.Count == 0 || facts.MayCreateRoles ? made : throw Refused($"{facts.User} may not create roles; run: ALTER ROLE {PostgreSqlText.Identifier(facts.User)} CREATEROLE;");
    }

    private static IEnumerable<string> Tablespaces(PostgreSqlScript script)
    {
        foreach (PostgreSqlStatement statement in script.Statements)
        {
            int at = statement.Begins("SET", "default_tablespace") ? 3 : statement.Begins("CREATE", "DATABASE") && statement.Find("TABLESPACE") is > 0 and var space ? space + 2 : -1;
            if (statement.NameAt(at) is { } name)
            {
                yield return name;
            }
        }
    }

    private static BackupException Refused(string what) => new(BackupErrorKind.Source, what);
}
