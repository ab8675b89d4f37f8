using System.Text;
using System.Text.Unicode;
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

        foreach (string unknown in _options.Exclude.Where(e => !server.All.Any(d => e == d || e.StartsWith($"{d}/", StringComparison.Ordinal))))
        {
            writer.Note($"{Name}: there is no database for {unknown}, which is to be left out");
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
        byte[] globals = key.Apply(await DumpGlobalsAsync(login, tools, server, cancellation).ConfigureAwait(false));
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

    /// <summary>The names in it are as they are kept, which is in UTF-8 wherever they were given in a database of that encoding.</summary>
    private static async Task<byte[]> DumpGlobalsAsync(PostgreSqlLogin login, PostgreSqlTools tools, ServerFacts server, CancellationToken cancellation)
    {
        byte[] kept = await DumpAsync("SQL_ASCII").ConfigureAwait(false);
        if (!Utf8.IsValid(kept))
        {
            return await DumpAsync("UTF8").ConfigureAwait(false);
        }

        ReadOnlySpan<byte> said = "\nSET client_encoding = 'SQL_ASCII';\n"u8;
        int at = kept.AsSpan().IndexOf(said);
        return at < 0 ? kept : [.. kept[..at], .. "\nSET client_encoding = 'UTF8';\n"u8, .. kept[(at + said.Length)..]];

        Task<byte[]> DumpAsync(string encoding)
        {
            string[] what = [$"--encoding={encoding}", "--globals-only", .. server.SeesHashes ? (string[])[] : ["--no-role-passwords"]];
            return ToolFilter.RunAsync(login.Connected(tools.Find("pg_dumpall", what), server.Database), default, cancellation);
        }
    }

    /// <summary>The role that a server is made with is in each server: creating it again would end a load that ends at errors.</summary>
    private static byte[] CreateWhereMissing(byte[] globals, string bootstrap)
    {
        string text = Encoding.Latin1.GetString(globals); // bytes that are no text stay what they are
        foreach (string name in new[] { bootstrap, PostgreSqlText.Identifier(bootstrap) })
        {
            string create = PostgreSqlStatement.Encode($"\nCREATE ROLE {name};\n");
            int at = text.IndexOf(create, StringComparison.Ordinal);
            if (at >= 0)
            {
                string unless = $"\nDO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {PostgreSqlText.Literal(bootstrap)}) THEN CREATE ROLE {name}; END IF; END $do$;\n";
                return Encoding.Latin1.GetBytes(string.Concat(text.AsSpan(0, at), PostgreSqlStatement.Encode(unless), text.AsSpan(at + create.Length)));
            }
        }

        return globals;
    }
}
