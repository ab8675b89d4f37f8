using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>What a server says of itself and of the role that asks.</summary>
/// <param name="Database">The one that it was asked in.</param>
internal sealed record ServerFacts(string Database)
{
    /// <summary>As <c>server_version_num</c> has it: 150018.</summary>
    public required int Version { get; init; }

    public required string User { get; init; }

    public required bool IsSuperuser { get; init; }

    /// <summary>The role that the server was made with.</summary>
    public required string Bootstrap { get; init; }

    /// <summary>Whether the user may read the passwords' hashes.</summary>
    public required bool SeesHashes { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    public required IReadOnlyList<string> Tablespaces { get; init; }

    /// <summary>What <c>ALTER ROLE ALL SET</c> said, as <c>NAME=VALUE</c>.</summary>
    public required IReadOnlyList<string> Settings { get; init; }

    /// <summary>Those that can be connected to.</summary>
    public required IReadOnlyList<string> Databases { get; init; }

    /// <summary>Those that allow no connections, and so cannot be captured, but for the one that every server has.</summary>
    public required IReadOnlyList<string> Closed { get; init; }

    internal IEnumerable<string> All => Databases.Concat(Closed);

    public int Major => Version / 10000;

    /// <summary>Asks in the first of the databases to capture, else in <c>postgres</c>, which nearly every server has.</summary>
    internal static async Task<ServerFacts> ReadAsync(PostgreSqlLogin login, PostgreSqlTools tools, PostgreSqlOptions options, CancellationToken cancellation)
    {
        string database = options.Databases.Count > 0 ? options.Databases[0] : "postgres";
        PsqlSession session = await PsqlSession.OpenAsync(login, tools, PostgreSqlLogin.NameOf(options), database, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            using JsonDocument json = await session.ReadSharedAsync(CatalogueSql.Server, isStrict: true, cancellation).ConfigureAwait(false);
            JsonElement e = json.RootElement;
            ServerFacts facts = new(database)
            {
                Version = e.GetProperty("version").GetInt32(), User = Text(e.GetProperty("user")), IsSuperuser = e.GetProperty("superuser").GetBoolean(),
                Bootstrap = Text(e.GetProperty("bootstrap")), SeesHashes = e.GetProperty("hashes").GetBoolean(),
                Roles = [.. e.GetProperty("roles").EnumerateArray().Select(Text)], Tablespaces = [.. e.GetProperty("tablespaces").EnumerateArray().Select(Text)],
                Settings = [.. e.GetProperty("settings").EnumerateArray().Select(Text)],
                Databases = [.. e.GetProperty("databases").EnumerateArray().Where(IsOpen).Select(d => Text(d.GetProperty("name")))],
                Closed = [.. e.GetProperty("databases").EnumerateArray().Where(d => !IsOpen(d)).Select(d => Text(d.GetProperty("name"))).Where(n => n != "template0")],
            };
            return facts.Major >= PostgreSqlSource.OldestServer
                ? facts
                : throw new BackupException(
                    BackupErrorKind.Source, $"{PostgreSqlLogin.NameOf(options)} is PostgreSQL {facts.Major}; {PostgreSqlSource.OldestServer} is the oldest that can be captured");
        }
    }

    /// <summary>The databases that the options mean.</summary>
    /// <exception cref="BackupException">One is not there, or none is left.</exception>
    internal List<string> Choose(PostgreSqlOptions options, string server)
    {
        string[] missing = [.. options.Databases.Except(Databases)];
        if (missing.Length > 0)
        {
            throw new BackupException(BackupErrorKind.Source, $"{server} has no database {string.Join(", ", missing)} that can be connected to");
        }

        IEnumerable<string> chosen = options.Databases.Count > 0 ? options.Databases.Distinct() : Databases.Where(d => !IsOfRestore(d));
        List<string> databases = [.. chosen.Where(d => !options.Exclude.Concat(options.Mirrored).Contains(d, StringComparer.Ordinal))];
        return databases.Count > 0 ? databases : throw new BackupException(BackupErrorKind.Source, $"{server}: no database is left to capture");
    }

    /// <summary>What a restore makes that is under way or was cut short: the next restore removes it.</summary>
    private bool IsOfRestore(string database) => database == PostgreSqlRestoreNotes.Database
        || (Databases.Contains(PostgreSqlRestoreNotes.Database, StringComparer.Ordinal)
            && (database.EndsWith(PostgreSqlRestoreDatabase.NewMark, StringComparison.Ordinal) || database.EndsWith(PostgreSqlRestoreDatabase.OldMark, StringComparison.Ordinal)));

    private static bool IsOpen(JsonElement database) => database.GetProperty("connectable").GetBoolean();

    private static string Text(JsonElement e) => e.GetString() ?? string.Empty;
}
