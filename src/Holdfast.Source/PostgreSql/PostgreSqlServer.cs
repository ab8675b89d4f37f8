using System.Globalization;
using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Looks at a server: what it has, and whether a backup may read it.</summary>
public sealed class PostgreSqlServer(PostgreSqlOptions options)
{
    private readonly PostgreSqlTools _tools = new();

    public string Name => PostgreSqlLogin.NameOf(options);

    /// <summary>The databases of the options with their tables, and with what these take on the server's disk.</summary>
    /// <exception cref="BackupException">Kind Source: the server cannot be reached, or refuses.</exception>
    public async Task<IReadOnlyList<PostgreSqlDatabase>> ListAsync(CancellationToken cancellation)
    {
        using var login = new PostgreSqlLogin(options);
        List<PostgreSqlDatabase> databases = [];
        foreach (string database in await ChooseAsync(login, cancellation).ConfigureAwait(false))
        {
            using JsonDocument json = await AskAsync(login, database, RightsSql.Listing, cancellation).ConfigureAwait(false);
            databases.Add(new(
                database, json.RootElement.GetProperty("bytes").GetInt64(),
                [.. json.RootElement.GetProperty("tables").EnumerateArray().Select(t => new PostgreSqlTable(Text(t, "name"), t.GetProperty("bytes").GetInt64()))]));
        }

        return databases;
    }

    /// <summary>Each right that a backup of what the server has now needs. A login that fails is the only one in the list.</summary>
    public async Task<IReadOnlyList<PostgreSqlRight>> TestAsync(CancellationToken cancellation)
    {
        using var login = new PostgreSqlLogin(options);
        List<PostgreSqlRight> rights = [];
        try
        {
            ServerFacts server = await ServerFacts.ReadAsync(login, _tools, options, cancellation).ConfigureAwait(false);
            string user = SqlText.Identifier(server.User);
            rights.Add(new("log in", true, null));
            rights.Add(new(
                "read the passwords of roles", server.SeesHashes,
                server.SeesHashes ? null : server.Major >= 14 ? $"GRANT pg_read_all_data TO {user};" : $"GRANT SELECT ON pg_catalog.pg_authid TO {user};"));
            foreach (string database in Choose(server))
            {
                rights.AddRange(await TestAsync(login, database, user, cancellation).ConfigureAwait(false));
            }
        }
        catch (BackupException e) when (rights.Count == 0)
        {
            rights.Add(new($"log in: {e.Message}", false, "CREATE ROLE … LOGIN PASSWORD …; or a line in pg_hba.conf"));
        }

        return rights;
    }

    private async Task<List<PostgreSqlRight>> TestAsync(PostgreSqlLogin login, string database, string user, CancellationToken cancellation)
    {
        JsonDocument json;
        try
        {
            json = await AskAsync(login, database, RightsSql.Rights, cancellation).ConfigureAwait(false);
        }
        catch (BackupException)
        {
            return [new($"connect to {database}", false, $"GRANT CONNECT ON DATABASE {SqlText.Identifier(database)} TO {user};")];
        }

        using (json)
        {
            JsonElement e = json.RootElement;
            long unread = Number(e, "unread"), guarded = Number(e, "guarded"), large = Number(e, "large_objects"), subscriptions = Number(e, "subscriptions"), mappings = Number(e, "mappings");
            return
            [
                new($"connect to {database}", true, null),
                Right("read tables and sequences", unread, Number(e, "server") >= 140000
                    ? $"GRANT pg_read_all_data TO {user};"
                    : $"GRANT USAGE ON SCHEMA … TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA … TO {user}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA … TO {user};"),
                Right("read rows that policies hide", guarded, $"ALTER ROLE {user} BYPASSRLS;"),
                Right("read large objects", large, $"ALTER ROLE {user} SET lo_compat_privileges = on;"),
                Right("read subscriptions", subscriptions, $"ALTER ROLE {user} SUPERUSER;"),
                Right("read the options of user mappings", mappings, $"ALTER ROLE {user} SUPERUSER;"),
            ];
        }

        PostgreSqlRight Right(string what, long lacking, string grant) =>
            new(lacking == 0 ? $"{what} of {database}" : string.Create(CultureInfo.InvariantCulture, $"{what} of {database}: {lacking} lacking"), lacking == 0, lacking == 0 ? null : grant);
    }

    private async Task<JsonDocument> AskAsync(PostgreSqlLogin login, string database, string sql, CancellationToken cancellation)
    {
        PsqlSession session = await PsqlSession.OpenAsync(login, _tools, Name, database, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            return await session.ReadJsonAsync(sql, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<string>> ChooseAsync(PostgreSqlLogin login, CancellationToken cancellation) =>
        Choose(await ServerFacts.ReadAsync(login, _tools, options, cancellation).ConfigureAwait(false));

    private IReadOnlyList<string> Choose(ServerFacts server) => server.Choose(options, Name);

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString() ?? string.Empty;

    private static long Number(JsonElement e, string name) => e.GetProperty(name).GetInt64();
}
