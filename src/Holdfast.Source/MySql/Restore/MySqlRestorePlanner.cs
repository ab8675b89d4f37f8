using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Looks at both sides, and refuses what could not end well before anything is loaded.</summary>
internal sealed class MySqlRestorePlanner(MySqlRestorer restorer, MySqlSnapshot snapshot, MySqlTarget target, DatabaseRestoreRequest request)
{
    private static readonly string[] s_rights =
    [
        "SELECT", "INSERT", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "CREATE VIEW", "SHOW VIEW", "TRIGGER", "EVENT", "CREATE ROUTINE", "ALTER ROUTINE",
    ];

    private readonly List<string> _notes = [];

    internal async Task<MySqlRestorePlan> PlanAsync(CancellationToken cancellation)
    {
        RequireSense();
        MySqlCatalogue server = await MySqlCatalogue.ReadAsync(target.Client, cancellation).ConfigureAwait(false);
        MySqlRestoreDatabase[] databases = [.. Choose(server)];
        MySqlMask? mask = request.Mask is { } path ? MySqlMask.Read(path, [.. databases.Select(d => d.Source), .. databases.Select(d => d.Target)]) : null;
        MySqlGrants grants = await MySqlGrants.ReadAsync(target.Client, cancellation).ConfigureAwait(false);
        RequireRights(grants, databases.SelectMany(d => (string[])[d.Pair.New, d.Pair.Old, d.Target]), databases.Any(d => d.Replaced.Count > 0));
        await RequireGrantsAsync(grants, server, databases, cancellation).ConfigureAwait(false);
        await RequireNoForeignKeysAsync(target, server.Version, databases, request.Table, cancellation).ConfigureAwait(false);
        await RequireRowsElsewhereAsync(databases, cancellation).ConfigureAwait(false);
        if (snapshot.Source.Details.TryGetValue("server", out string? then) && CompareVersions(then, server.Version) is { } differs)
        {
            _notes.Add(differs);
        }

        foreach (MySqlRestoreDatabase database in databases.Where(d => d.Source != d.Target))
        {
            await NoteNamesAsync(database, cancellation).ConfigureAwait(false);
        }

        MySqlLeftovers leftovers = await new MySqlTurnBack(target, restorer.Seal, _ => false).FindAsync(cancellation).ConfigureAwait(false);
        _notes.AddRange(leftovers.Begun.Select(n => $"a restore of {n.Pair.Target} was cut short; it is turned back first"));
        if (leftovers.Strangers.FirstOrDefault(s => databases.Any(d => d.Target == s.Key)).Value is { } why)
        {
            throw Refused(why);
        }

        if (mask is not null)
        {
            await NoteReadersAsync(databases, cancellation).ConfigureAwait(false);
        }

        if (server.EndlessEvents.FirstOrDefault(e => databases.Any(d => d.Target == e.Database)) is { Name: not null } endless)
        {
            throw Refused($"{endless} on the target has two semicolons in a row, at which the dump tool would never end, and so cannot be noted; change it by ALTER EVENT");
        }

        foreach (MySqlRestoreDatabase database in databases.Where(d => d.Exists && request.Table is null))
        {
            _notes.AddRange((await target.BrokenViewsAsync(database.Target, cancellation).ConfigureAwait(false))
                .Select(v => $"view {database.Target}/{v} of the target names what is not there: it may not come back if the restore failed"));
        }

        bool withoutLog = grants.MayLeaveLog && !request.BinaryLog;
        if (server.HasBinaryLog)
        {
            _notes.Add(withoutLog ? "the binary log is left alone: replicas of the target do not get what is restored" : "replicas of the target get what is restored, by its binary log");
        }

        if (!Has(grants, "SUPER") && !Has(grants, "SET USER") && snapshot.Source.Items.Any(i => i.Kind is "view" or "trigger" or "event" or "function" or "procedure"))
        {
            _notes.Add("the account has neither SUPER nor SET USER: views, triggers, routines or events that others defined cannot be made, and the restore then fails");
        }

        var plan = new MySqlRestorePlan(restorer, snapshot) { Request = request, Databases = databases, Notes = _notes, WithoutLog = withoutLog, Mask = mask };
        RequireRights(grants, leftovers.Begun.Where(n => !plan.Replaces(n)).Select(n => n.Pair.Aside), replaces: false); // D63
        return plan;
    }

    private void RequireSense()
    {
        if (request.Database is null && (request.Table is not null || request.As is not null))
        {
            throw new ArgumentException("A table, or another name, goes with one database.");
        }

        if (request.AsSchema is not null)
        {
            throw Refused("MySQL has no schemas in a database: give the name of a database alone");
        }

        if (request.As is { } name && (name.Length is 0 or > 64 || MySqlName.IsSystem(name)))
        {
            throw Refused($"'{name}' cannot be the name of a restored database");
        }
    }

    /// <summary>Who made something and is not there: it stays as it is, and does not run until the account is made.</summary>
    internal static async Task<IEnumerable<string>> MissingDefinersAsync(MySqlClient client, IEnumerable<string> databases, CancellationToken cancellation)
    {
        const int Batch = 100; // an argument of the client has an end
        List<string[]> rows = [.. await client.QueryAsync("SELECT 'there', IF(host = '', user, CONCAT(user, '@', host)) FROM mysql.user;", cancellation).ConfigureAwait(false)];
        foreach (string[] batch in databases.Chunk(Batch))
        {
            string names = string.Join(", ", batch.Select(MySqlTarget.Text));
            rows.AddRange(await client.QueryAsync(
            $"""
            SELECT 'needed', definer FROM information_schema.views WHERE table_schema IN ({names}) UNION SELECT 'needed', definer FROM information_schema.triggers WHERE trigger_schema IN ({names})
              UNION SELECT 'needed', definer FROM information_schema.routines WHERE routine_schema IN ({names}) UNION SELECT 'needed', definer FROM information_schema.events WHERE event_schema IN ({names});
            """,
            cancellation).ConfigureAwait(false));
        }

        ILookup<string, string> accounts = rows.ToLookup(r => r[0], r => r[1]);
        return accounts["needed"].Distinct().Except(accounts["there"]).Order(StringComparer.Ordinal)
            .Select(a => $"the account {a}, which defined some of what was restored, is not there: make it, or that does not run");
    }

    private IEnumerable<MySqlRestoreDatabase> Choose(MySqlCatalogue server)
    {
        string[] there = [.. snapshot.Databases];
        if (request.Database is { } wanted && !there.Contains(wanted))
        {
            throw new BackupException(BackupErrorKind.NotFound, $"the snapshot has no database {wanted} of {snapshot.Source.Name}; it has {string.Join(", ", there)}");
        }

        foreach (string source in there.Where(d => request.Database is null || d == request.Database))
        {
            string name = request.As ?? source;
            if (name.Length > MySqlRestorePair.MostName)
            {
                throw Refused($"the name of database {name} is too long: with more than {MySqlRestorePair.MostName} characters there is none left for a database beside it; restore it under another");
            }

            if (request.Table is { } table && server.Objects.Contains(new(MySqlKind.View, name, table)))
            {
                throw Refused($"{name}/{table} is a view on the target: drop it first, or restore into another database");
            }

            MySqlRestoreTable[] loaded = [.. Tables(source)];
            string[] goes =
            [
                .. server.Objects.Where(o => o.Database == name && o.Kind is (MySqlKind.Table or MySqlKind.Sequence) && (request.Table is null || o.Name == request.Table))
                    .Select(o => o.Name).Order(StringComparer.Ordinal),
            ];
            yield return new(source, name, server.Databases.Contains(name), loaded, goes);
        }
    }

    private IEnumerable<MySqlRestoreTable> Tables(string database)
    {
        ManifestItem[] items = [.. snapshot.Items(database, "table", "sequence").Where(i => request.Table is null || MySqlName.Decode(i.Name.Split('/')[1]) == request.Table)];
        if (request.Table is { } table && items.Length == 0)
        {
            throw new BackupException(BackupErrorKind.NotFound, $"the snapshot has no table {database}/{table}");
        }

        foreach (ManifestItem item in items)
        {
            if (item.SchemaOnly == true)
            {
                _notes.Add($"table {item.Name} comes back empty: its rows were left out of the backup");
            }
            else if (item is { Kind: "table", Rows: null })
            {
                _notes.Add($"table {item.Name} comes back without rows of its own: the backup has none, since they are in other tables, on another server or in files");
            }

            yield return new(MySqlName.Decode(item.Name.Split('/')[1]), item.SchemaOnly == true ? 0 : item.Rows, item.Bytes ?? 0) { IsExcluded = item is { Kind: "table", SchemaOnly: true } };
        }
    }

    /// <summary>D64: rows that the backup left out are nowhere but on the target.</summary>
    private async Task RequireRowsElsewhereAsync(IReadOnlyList<MySqlRestoreDatabase> databases, CancellationToken cancellation)
    {
        foreach (MySqlRestoreDatabase database in request.EmptyExcluded ? [] : databases.Where(d => d.Exists))
        {
            foreach (MySqlRestoreTable table in database.Loaded.Where(t => t.IsExcluded && database.Replaced.Contains(t.Name)))
            {
                string sql = $"SELECT EXISTS (SELECT 1 FROM {MySqlName.Quote(database.Target)}.{MySqlName.Quote(table.Name)});";
                if ((await target.Client.QueryAsync(sql, cancellation).ConfigureAwait(false))[0][0] == "1")
                {
                    throw Refused(DatabaseRestoreText.RowsNowhereElse($"{database.Target}/{table.Name}"));
                }
            }
        }
    }

    private static bool Has(MySqlGrants grants, string right) => !grants.Check(right, null, string.Empty).IsMissing;

    /// <param name="names">Of databases, there or not.</param>
    /// <param name="replaces">Whether tables go.</param>
    private static void RequireRights(MySqlGrants grants, IEnumerable<string> names, bool replaces)
    {
        RightListing[] missing =
        [
            .. names.SelectMany(d => s_rights.Select(r => grants.Check(r, d, string.Empty))),
            grants.Check("SELECT", "mysql", string.Empty),

            // D60: foreign keys of tables on which it has no right are shown with this one only.
            .. replaces ? (RightListing[])[grants.Check("PROCESS", null, string.Empty)] : [],
        ];
        missing = [.. missing.Where(r => r.IsMissing)];
        if (missing.Length > 0)
        {
            throw Refused($"the account lacks {missing[0].Name}{(missing.Length > 1 ? $" and {missing.Length - 1} more rights" : string.Empty)}; run:{MySqlGrants.Lines(missing)}");
        }
    }

    /// <summary>D60: what others may do with single routines goes with those, and must be granted again when tables have moved already.</summary>
    private async Task RequireGrantsAsync(MySqlGrants grants, MySqlCatalogue server, IEnumerable<MySqlRestoreDatabase> databases, CancellationToken cancellation)
    {
        foreach (MySqlRestoreDatabase database in databases.Where(d => d.Exists && request.Table is null))
        {
            RightListing right = grants.Check(MySqlGrants.GrantOption, database.Target, string.Empty);
            IReadOnlyList<string> again = !right.IsMissing ? []
                : await target.RoutineGrantsAsync(database.Target, server.Objects.Where(o => o.Database == database.Target && o.Kind.IsRoutine()), cancellation).ConfigureAwait(false);
            if (again.Count > 0)
            {
                throw Refused($"the account could not grant again what others may do with single routines of {database.Target} ({again[0].TrimEnd(';')}"
                    + $"{(again.Count > 1 ? $", and {again.Count - 1} more" : string.Empty)}); run: {right.Grant}");
            }
        }
    }

    /// <summary>A foreign key follows the table that it names, and so would go with the old one.</summary>
    internal static async Task RequireNoForeignKeysAsync(
        MySqlTarget target, MySqlVersion version, IReadOnlyList<MySqlRestoreDatabase> databases, string? table, CancellationToken cancellation)
    {
        bool all = Has(await MySqlGrants.ReadAsync(target.Client, cancellation).ConfigureAwait(false), "PROCESS");
        IReadOnlyList<string[]> keys = await target.ForeignKeysAsync(version, all, cancellation).ConfigureAwait(false);
        foreach (string[] key in keys.Where(k => databases.Any(d => d.Target == k[2] && (table is null || table == k[3]))))
        {
            bool comesToo = table is null ? databases.Any(d => d.Target == key[0]) : key[0] == key[2] && key[1] == key[3];
            if (!comesToo)
            {
                throw Refused($"a foreign key of {key[0]}/{key[1]} names {key[2]}/{key[3]}, and would be left without its table: drop that key first"
                    + (table is null ? string.Empty : ", restore the whole database, or restore the table into another one"));
            }
        }
    }

    /// <summary>What to say where the target is another kind of server than the one in the snapshot, or an older one.</summary>
    /// <param name="then">As the inventory has it.</param>
    internal static string? CompareVersions(string then, MySqlVersion now)
    {
        // It has the number alone; MariaDB's begin with 10, and MySQL's have not come that far.
        MySqlVersion was = MySqlVersion.OfServer(then.Split(' ')[0]);
        was = was with { IsMariaDb = was.Major >= 10 };
        return was.IsMariaDb != now.IsMariaDb ? $"the snapshot is of {Kind(was)} {was.Text}, the target is {Kind(now)} {now.Text}: they may not understand each other"
            : now.IsOlderThan(was)
                ? $"the target, {now.Text}, is older than the server in the snapshot, {was.Text}: what it does not know fails the restore, and nothing is changed then"
            : null;

        static string Kind(MySqlVersion version) => version.IsMariaDb ? "MariaDB" : "MySQL";
    }

    /// <summary>What somebody wrote stays as it was, and may mean the database that it came from.</summary>
    private async Task NoteNamesAsync(MySqlRestoreDatabase database, CancellationToken cancellation)
    {
        foreach (string file in snapshot.FilesOf(database.Source, request.Table).Where(f => f.Split('/') is [_, "triggers", _] or [_, "routines.sql" or "events.sql"]))
        {
            string text = Encoding.UTF8.GetString(await snapshot.ReadAsync(file, cancellation).ConfigureAwait(false));
            if (text.Contains($"{MySqlName.Quote(database.Source)}.", StringComparison.OrdinalIgnoreCase) || Regex.IsMatch(text, $@"\b{Regex.Escape(database.Source)}\.", RegexOptions.IgnoreCase))
            {
                _notes.Add($"{file} names {database.Source} in its text, which stays so: look whether {database.Target} is meant");
            }
        }
    }

    /// <summary>A right on a pattern of names, or on everything, is one on the database beside as well, where the mask has not run yet.</summary>
    private async Task NoteReadersAsync(IEnumerable<MySqlRestoreDatabase> databases, CancellationToken cancellation)
    {
        const int Most = 10;
        IReadOnlyList<string[]> rows = await target.Client.QueryAsync(
            $"""
            SELECT user, host, '%' FROM mysql.user WHERE Select_priv = 'Y' AND Super_priv = 'N' AND CONCAT(user, '@', host) <> CURRENT_USER();
            SELECT user, host, db FROM mysql.db WHERE Select_priv = 'Y' AND CONCAT(user, '@', host) <> CURRENT_USER();
            """,
            cancellation).ConfigureAwait(false);
        foreach (MySqlRestoreDatabase database in databases)
        {
            string[] readers =
            [
                .. rows.Where(r => MySqlPattern.IsLike(database.Pair.New, r[2])).Select(r => r[1].Length == 0 ? r[0] : $"{r[0]}@{r[1]}").Distinct().Order(StringComparer.Ordinal),
            ];
            if (readers.Length > 0)
            {
                string more = readers.Length > Most ? $" and {readers.Length - Most} more" : string.Empty;
                _notes.Add($"before the mask has run, {string.Join(", ", readers.Take(Most))}{more} may read {database.Pair.New}: grant on single databases, with \\_ for each _ in a name");
            }
        }
    }

    private static BackupException Refused(string what) => new(BackupErrorKind.Source, what);
}
