using System.Text.Json;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>What the server that is restored to says of itself and of the role that restores.</summary>
internal sealed record PostgreSqlTargetFacts
{
    private const string Sql = $"""
        SELECT json_build_object(
          'version', current_setting('server_version_num')::int, 'user', current_user,
          'super', r.rolsuper, 'createdb', r.rolsuper OR r.rolcreatedb, 'createrole', r.rolsuper OR r.rolcreaterole,
          'recovery', pg_is_in_recovery(),
          'roles', (SELECT coalesce(json_agg(json_build_object('name', rolname, 'super', rolsuper, 'mine', pg_has_role(oid, 'MEMBER'))), '[]') FROM pg_roles),
          'tablespaces', (SELECT coalesce(json_agg(spcname), '[]') FROM pg_tablespace),
          'extensions', (SELECT coalesce(json_agg(name), '[]') FROM pg_available_extensions),
          'databases', (SELECT json_agg(json_build_object('name', d.datname, 'owner', pg_get_userbyid(d.datdba), 'mine', pg_has_role(d.datdba, 'MEMBER'), 'open', d.datallowconn,
            'everybody', has_database_privilege('public', d.oid, 'CONNECT'),
            'sessions', (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid AND a.pid <> pg_backend_pid() AND coalesce(a.backend_type, 'client backend') = 'client backend'
              AND a.usesysid IS NOT NULL),
            'prepared', (SELECT count(*) FROM pg_prepared_xacts p WHERE p.database = d.datname),
            'slots', (SELECT coalesce(json_agg(s.slot_name), '[]') FROM pg_replication_slots s WHERE s.database = d.datname))) FROM pg_database d))
        FROM pg_roles r WHERE r.rolname = current_user;
        """;

    public required int Version { get; init; }

    public required string User { get; init; }

    public required bool IsSuperuser { get; init; }

    public required bool MayCreateDatabases { get; init; }

    public required bool MayCreateRoles { get; init; }

    public required bool IsStandby { get; init; }

    public required IReadOnlySet<string> Roles { get; init; }

    /// <summary>Those in whose name who restores may act.</summary>
    public required IReadOnlySet<string> OwnRoles { get; init; }

    /// <summary>Superusers, and who restores.</summary>
    public required IReadOnlySet<string> Administrators { get; init; }

    public required IReadOnlySet<string> Tablespaces { get; init; }

    /// <summary>Those that could be made.</summary>
    public required IReadOnlySet<string> Extensions { get; init; }

    public required IReadOnlyList<PostgreSqlTargetDatabase> Databases { get; init; }

    public int Major => Version / 10000;

    internal PostgreSqlTargetDatabase? Find(string database) => Databases.FirstOrDefault(d => d.Name == database);

    /// <summary>
    /// Notes say what is removed, and who makes a database can write its comment: only those of who restores, and of superusers, count.
    /// </summary>
    /// <exception cref="BackupException">The notes on the server are somebody else's.</exception>
    internal void RequireOwnNotes()
    {
        if (Find(PostgreSqlRestoreNotes.Database) is not { } notes || notes.Owner == User)
        {
            return;
        }

        string next = $"if a restore by {notes.Owner} was cut short, the next one by {notes.Owner} turns it back";
        if (!Administrators.Contains(notes.Owner))
        {
            throw new BackupException(
                BackupErrorKind.Source, $"the database {notes.Name} on the server belongs to {notes.Owner}, who may not tell {User} what to remove: {next}; otherwise rename or drop it");
        }

        if (!IsSuperuser)
        {
            throw new BackupException(BackupErrorKind.Source, $"the database {notes.Name} on the server belongs to {notes.Owner}: {next}, or one by another superuser");
        }
    }

    internal static async Task<PostgreSqlTargetFacts> ReadAsync(PsqlSession session, CancellationToken cancellation)
    {
        // A name that is no text is none that is restored, and no reason to restore nothing.
        using JsonDocument json = await session.ReadSharedAsync(Sql, isStrict: false, cancellation).ConfigureAwait(false);
        JsonElement e = json.RootElement;
        JsonElement[] roles = [.. e.GetProperty("roles").EnumerateArray()];
        string user = Text(e, "user");
        return new()
        {
            Version = e.GetProperty("version").GetInt32(), User = user, IsSuperuser = Is(e, "super"), MayCreateDatabases = Is(e, "createdb"), MayCreateRoles = Is(e, "createrole"),
            IsStandby = Is(e, "recovery"), Roles = roles.Select(r => Text(r, "name")).ToHashSet(), OwnRoles = roles.Where(r => Is(r, "mine")).Select(r => Text(r, "name")).ToHashSet(),
            Administrators = roles.Where(r => Is(r, "super")).Select(r => Text(r, "name")).Append(user).ToHashSet(),
            Tablespaces = Texts(e, "tablespaces").ToHashSet(), Extensions = Texts(e, "extensions").ToHashSet(),
            Databases =
            [
                .. e.GetProperty("databases").EnumerateArray().Select(d => new PostgreSqlTargetDatabase(
                    Text(d, "name"), Text(d, "owner"), Is(d, "mine"), Is(d, "open"), Is(d, "everybody"), d.GetProperty("sessions").GetInt64(), d.GetProperty("prepared").GetInt64(), [.. Texts(d, "slots")])),
            ],
        };
    }

    private static IEnumerable<string> Texts(JsonElement e, string name) => e.GetProperty(name).EnumerateArray().Select(t => t.GetString() ?? string.Empty);

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString() ?? string.Empty;

    private static bool Is(JsonElement e, string name) => e.GetProperty(name).GetBoolean();
}
