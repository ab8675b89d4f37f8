using System.Text;
using System.Text.Json;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>The databases of a PostgreSQL server, each at one moment of its own, as files that psql loads: docs/design.md, "PostgreSQL".</summary>
public sealed class PostgreSqlSource : ISource
{
    /// <summary>What the manifest calls the databases that were chosen; where all of a server are captured, it has none.</summary>
    public const string Chosen = "chosen";

    /// <summary>Older servers have catalogues that are not asked here.</summary>
    internal const int OldestServer = 12;

    private readonly PostgreSqlOptions _options;
    private readonly PostgreSqlTools _tools;

    public PostgreSqlSource(PostgreSqlOptions options)
        : this(options, new())
    {
    }

    internal PostgreSqlSource(PostgreSqlOptions options, PostgreSqlTools tools)
    {
        _options = options;
        _tools = tools;
    }

    public string Name => PostgreSqlLogin.NameOf(_options);

    public string Root => _options.Name is { } name ? $"/.holdfast/databases/postgresql/{name}" : "/.holdfast/databases/postgresql";

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        using var login = new PostgreSqlLogin(_options);
        ServerFacts server = await ServerFacts.ReadAsync(login, _tools, _options, cancellation).ConfigureAwait(false);
        PostgreSqlTools tools = await _tools.ForAsync(server.Major, cancellation).ConfigureAwait(false);
        List<string> databases = server.Choose(_options, Name);
        writer.Describe("server", $"PostgreSQL {server.Major}.{server.Version % 10000}");
        writer.Describe("tool", tools.Version);
        if (server.Closed.Count > 0 && _options.Databases.Count == 0)
        {
            writer.Describe("left_out", $"{string.Join(", ", server.Closed)}: no connections are allowed");
        }

        if (_options.Databases.Count > 0)
        {
            writer.Describe(Chosen, string.Join(", ", databases));
        }

        var files = new DumpFiles(writer, Root);
        RestrictKey key = RestrictKey.For(writer);
        await WriteGlobalsAsync(login, tools, server, files, key, cancellation).ConfigureAwait(false);
        foreach (string database in databases)
        {
            await new DatabaseCapture(login, tools, _options, files, key, database).RunAsync(cancellation).ConfigureAwait(false);
        }

        await files.WriteOrderAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Roles with their password hashes, tablespaces, rights on parameters, and settings of all roles, which pg_dumpall leaves out.</summary>
    private static async Task WriteGlobalsAsync(
        PostgreSqlLogin login, PostgreSqlTools tools, ServerFacts server, DumpFiles files, RestrictKey key, CancellationToken cancellation)
    {
        string[] what = server.SeesHashes ? ["--globals-only"] : ["--globals-only", "--no-role-passwords"];
        byte[] globals = key.Apply(await ToolFilter.RunAsync(login.Connected(tools.Find("pg_dumpall", what), server.Database), default, cancellation).ConfigureAwait(false));
        byte[] settings = Encoding.UTF8.GetBytes(string.Concat(server.Settings.Select(s => PostgreSqlSetting.Parse(s).ForAllRoles() + "\n")));
        await files.WriteAsync("globals.sql", (byte[])[.. CreateWhereMissing(globals, server.Bootstrap), .. settings], cancellation).ConfigureAwait(false);
        files.AddToOrder("globals.sql");
        foreach (string role in server.Roles)
        {
            files.Writer.Add(new("role", role));
        }

        foreach (string tablespace in server.Tablespaces)
        {
            files.Writer.Add(new("tablespace", tablespace));
        }

        if (!server.SeesHashes)
        {
            files.Writer.Describe("roles", $"without passwords: {server.User} may not read pg_authid");
        }
    }

    /// <summary>The role that a server is made with is in each server: creating it again would end a load that ends at errors.</summary>
    private static byte[] CreateWhereMissing(byte[] globals, string bootstrap)
    {
        string text = Encoding.UTF8.GetString(globals);
        foreach (string name in new[] { bootstrap, PostgreSqlText.Identifier(bootstrap) })
        {
            string create = $"\nCREATE ROLE {name};\n";
            int at = text.IndexOf(create, StringComparison.Ordinal);
            if (at >= 0)
            {
                string unless = $"\nDO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {PostgreSqlText.Literal(bootstrap)}) THEN CREATE ROLE {name}; END IF; END $do$;\n";
                return Encoding.UTF8.GetBytes(string.Concat(text.AsSpan(0, at), unless, text.AsSpan(at + create.Length)));
            }
        }

        return globals;
    }
}
