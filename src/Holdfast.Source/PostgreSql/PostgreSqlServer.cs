using System.Text.Json;
using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Looks at a server: what it has, and whether a backup may read it.</summary>
public sealed partial class PostgreSqlServer(PostgreSqlOptions options) : ISqlServer
{
    /// <summary>The first version with a role that may read all.</summary>
    private const int ReadAllData = 14;

    private readonly PostgreSqlTools _tools = new();

    public string Name => PostgreSqlLogin.NameOf(options);

    /// <summary>Whether a backup is to have the passwords of roles; default true. An application's own account may seldom see them.</summary>
    public bool Accounts { get; init; } = true;

    /// <summary>The databases of the options with their tables, and with what these take on the server's disk.</summary>
    public async Task<IReadOnlyList<DatabaseListing>> ListAsync(CancellationToken cancellation)
    {
        using var login = new PostgreSqlLogin(options);
        List<DatabaseListing> databases = [];
        foreach (string database in Choose(await ServerFacts.ReadAsync(login, _tools, options, cancellation).ConfigureAwait(false)))
        {
            using JsonDocument json = await AskAsync(login, database, RightsSql.Listing, cancellation).ConfigureAwait(false);
            IEnumerable<TableListing> tables =
                from t in json.RootElement.GetProperty("tables").EnumerateArray()
                select new TableListing(Text(t, "name"), Text(t, "kind"), t.GetProperty("rows") is { ValueKind: JsonValueKind.Number } rows ? rows.GetInt64() : null, Number(t, "bytes"));
            databases.Add(new(database, Number(json.RootElement, "bytes"), [.. tables]));
        }

        return databases;
    }

    /// <summary>Each right that a backup of what the server has now needs.</summary>
    public async Task<IReadOnlyList<RightListing>> TestAsync(CancellationToken cancellation)
    {
        using var login = new PostgreSqlLogin(options);
        ServerFacts server = await ServerFacts.ReadAsync(login, _tools, options, cancellation).ConfigureAwait(false);
        string user = PostgreSqlText.Identifier(server.User);
        List<RightListing> rights = [];
        if (Accounts)
        {
            rights.Add(new("SELECT on pg_authid", "the passwords of roles", server.SeesHashes ? null
                : server.Major >= ReadAllData ? $"GRANT pg_read_all_data TO {user};" : $"GRANT SELECT ON pg_catalog.pg_authid TO {user};"));
        }

        foreach (string database in Choose(server))
        {
            rights.AddRange(await TestAsync(login, server, database, user, cancellation).ConfigureAwait(false));
        }

        return rights;
    }

    /// <summary>The number that it was made with; a copy that was promoted has another timeline.</summary>
    public async Task<string> IdentifyAsync(CancellationToken cancellation)
    {
        using var login = new PostgreSqlLogin(options);
        const string Question = """
            SELECT pg_catalog.json_build_object('id', s.system_identifier || '/' || c.timeline_id) FROM pg_catalog.pg_control_system() s, pg_catalog.pg_control_checkpoint() c;
            """;
        using JsonDocument json = await AskAsync(login, options.Databases.Count > 0 ? options.Databases[0] : "postgres", Question, cancellation).ConfigureAwait(false);
        return Text(json.RootElement, "id");
    }

    /// <inheritdoc/>
    /// <remarks>As arguments, where psql reads neither its own commands nor its variables; with the role's own settings, which the application has, too.</remarks>
    public async Task QueryAsync(string database, string sql, CancellationToken cancellation)
    {
        using var login = new PostgreSqlLogin(options);
        ToolCommand psql = _tools.Find(
            "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", "SET client_encoding = 'UTF8'", "-c", "BEGIN READ ONLY", "-c", Flowing(sql));
        try
        {
            await ToolProcess.RunAsync(login.Connected(psql, database), cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            throw new BackupException(e.Kind, $"{Name}, database {database}: {e.Message}", e);
        }
    }

    /// <summary>
    /// The same as a COPY, where it is one query: of any other answer psql has all rows in memory before it writes the first. With
    /// FETCH_COUNT it would ask for them by a cursor, and for one of these no server counts a large table in parallel.
    /// </summary>
    private static string Flowing(string sql)
    {
        string query = sql.Trim().TrimEnd(';');
        return Query().IsMatch(query) && !query.Contains(';', StringComparison.Ordinal) ? $"COPY (\n{query}\n) TO STDOUT" : sql;
    }

    private async Task<List<RightListing>> TestAsync(PostgreSqlLogin login, ServerFacts server, string database, string user, CancellationToken cancellation)
    {
        JsonDocument json;
        try
        {
            json = await AskAsync(login, database, RightsSql.Rights, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Message.Contains("permission denied for database", StringComparison.Ordinal))
        {
            return [new($"CONNECT on {database}", "all of it", $"GRANT CONNECT ON DATABASE {PostgreSqlText.Identifier(database)} TO {user};")];
        }

        string select = server.Major >= ReadAllData
            ? $"GRANT pg_read_all_data TO {user};"
            : $"GRANT USAGE ON SCHEMA … TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA … TO {user}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO {user};";
        using (json)
        {
            List<RightListing> rights =
            [
                new($"CONNECT on {database}", "all of it", null),
                Right("SELECT", "unread", "tables and sequences", select),
                Right("BYPASSRLS", "guarded", "tables with row level security", $"ALTER ROLE {user} BYPASSRLS;"),
                Right("lo_compat_privileges", "large_objects", "large objects", $"ALTER ROLE {user} SET lo_compat_privileges = on;"),
                Right("SUPERUSER", "subscriptions", "subscriptions", $"ALTER ROLE {user} SUPERUSER;"),
            ];
            if (Number(json.RootElement, "mappings") is > 0 and var mappings)
            {
                // A backup succeeds without it, and the account of the guide is not to be a superuser.
                rights.Add(new($"user mappings in {database}", $"{mappings} captured without options: they have none, or only a superuser may see them", null));
            }

            return rights;
        }

        RightListing Right(string name, string lacking, string what, string grant)
        {
            long count = Number(json.RootElement, lacking);
            return new($"{name} in {database}", count == 0 ? what : $"{count} {what}", count == 0 ? null : grant);
        }
    }

    private async Task<JsonDocument> AskAsync(PostgreSqlLogin login, string database, string sql, CancellationToken cancellation)
    {
        PsqlSession session = await PsqlSession.OpenAsync(login, _tools, Name, database, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            return await session.ReadJsonAsync(sql, cancellation).ConfigureAwait(false);
        }
    }

    private List<string> Choose(ServerFacts server) => server.Choose(options, Name);

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString() ?? string.Empty;

    private static long Number(JsonElement e, string name) => e.GetProperty(name).GetInt64();

    [GeneratedRegex(@"^(SELECT|WITH|VALUES|TABLE)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Query();
}
