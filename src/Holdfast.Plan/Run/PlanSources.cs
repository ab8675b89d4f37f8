using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Repository;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>The one place where an entry becomes what captures it.</summary>
public static class PlanSources
{
    /// <summary>The source of an entry; null for files, which are walked.</summary>
    /// <param name="said">Called with each line that a command says on standard error.</param>
    /// <exception cref="BackupException">Kind Refused: others can read its secrets, or it is what nobody can capture.</exception>
    public static ISource? Create(SourceEntry entry, Action<string>? said)
    {
        SecretFile.Check(entry);
        return CreateUnchecked(entry, said);
    }

    /// <summary>The path in a snapshot below which an entry's source lies; null for files.</summary>
    internal static string? RootOf(SourceEntry entry) => CreateUnchecked(entry, null)?.Root;

    /// <summary>The server of a mirror's target.</summary>
    internal static SourceEntry ServerOf(MirrorEntry mirror) => ServerOf(mirror.Mysql ?? mirror.Postgresql!, mirror.Mysql is not null);

    internal static SourceEntry ServerOf(MirrorTarget target, bool isMySql) => isMySql
        ? new MySqlEntry { Socket = target.Socket, Host = target.Host, Port = target.Port, User = target.User, PasswordFile = target.PasswordFile }
        : new PostgreSqlEntry { Host = target.Host, Port = target.Port, User = target.User, PasswordFile = target.PasswordFile };

    private static ISource? CreateUnchecked(SourceEntry entry, Action<string>? said)
    {
        return entry switch
        {
            FilesEntry => null,
            CommandEntry c => CommandSource.Named(c.Name, new(c.Run[0], [.. c.Run.Skip(1)]) { OnErrorLine = said }, new() { EndMarker = c.EndMarker, Timeout = c.Timeout }),
            FifoEntry f => new FifoSource(f.Name, f.Path, new() { EndMarker = f.EndMarker, Timeout = f.Timeout }),
            MySqlEntry m => Valid(() => new MySqlSource(Options(m))),
            PostgreSqlEntry p => new PostgreSqlSource(Options(p)),
            MongoDbEntry m => new MongoDbSource(Options(m)),
            SqliteEntry s => new SqliteSource(new() { Paths = s.Paths, Check = s.Check, Timeout = s.Timeout }),
            GitEntry g => new GitSource(new() { Paths = g.Paths, Check = g.Check }),
            _ => throw new InvalidOperationException(entry.ToString()), // an application is made of several
        };
    }

    /// <summary>A server that an application names, read with the application's account: that may seldom see the accounts of others.</summary>
    /// <exception cref="BackupException">Kind Source: what the application names is no database of anybody.</exception>
    internal static ISource CreateForApplication(SourceEntry entry, string? passwordFile) => Named(() => (ISource)(entry switch
    {
        MySqlEntry m => new MySqlSource(Options(m) with { PasswordFile = passwordFile, Accounts = false }),
        PostgreSqlEntry p => new PostgreSqlSource(Options(p) with { PasswordFile = passwordFile }),
        _ => throw new InvalidOperationException(entry.ToString()),
    }));

    /// <summary>The same server, to be asked questions.</summary>
    /// <exception cref="BackupException">Kind Source: what the application names is no database of anybody.</exception>
    internal static ISqlServer CreateServerForApplication(SourceEntry entry, string? passwordFile) => Named(() => (ISqlServer)(entry switch
    {
        MySqlEntry m => new MySqlServer(Options(m with { Name = null }) with { PasswordFile = passwordFile, Accounts = false }),
        PostgreSqlEntry p => new PostgreSqlServer(Options(p) with { PasswordFile = passwordFile }) { Accounts = false },
        _ => throw new InvalidOperationException(entry.ToString()),
    }));

    /// <summary>The servers of an entry: one, or those of an application's databases; none where it has no server.</summary>
    /// <exception cref="BackupException">Others can read its secrets, or the application cannot be read.</exception>
    public static IReadOnlyList<IDatabaseServer> CreateServers(SourceEntry entry) =>
        entry is AppEntry app ? [.. Installation.Open(app).FindParts(app.Name).Databases.Select(d => new AppDatabaseServer(app.Name, d))]
            : CreateServer(entry) is { } server ? [server] : [];

    /// <summary>The server of an entry; null where it is none.</summary>
    /// <exception cref="BackupException">Kind Refused: others can read its secrets.</exception>
    internal static IDatabaseServer? CreateServer(SourceEntry entry)
    {
        SecretFile.Check(entry);
        return entry switch
        {
            MySqlEntry m => Valid(() => new MySqlServer(Options(m))),
            PostgreSqlEntry p => new PostgreSqlServer(Options(p)),
            MongoDbEntry m => new MongoDbServer(Options(m)),
            _ => null,
        };
    }

    /// <summary>What restores databases of a snapshot to a server.</summary>
    /// <param name="target">The server; its databases and what it excludes do not count.</param>
    /// <param name="snapshotRoot">The snapshot's tree.</param>
    /// <exception cref="BackupException">Kind Refused: it is no database server, or others can read its secrets.</exception>
    public static IDatabaseRestorer CreateRestorer(SourceEntry target, IndexedRepository repository, TreeId snapshotRoot, DatabaseRestoreProgress? progress)
    {
        SecretFile.Check(target);
        return target switch
        {
            MySqlEntry m => Valid(() => new MySqlRestorer(repository, snapshotRoot, Options(m)) { Progress = progress }),
            PostgreSqlEntry p => new PostgreSqlRestorer(repository, snapshotRoot, Options(p)) { Progress = progress },
            _ => throw new BackupException(BackupErrorKind.Refused, $"{PlanText.Kind(target)} is no database server"),
        };
    }

    /// <summary>Writes a database or a table of a snapshot as plain SQL.</summary>
    /// <exception cref="BackupException">The snapshot has no such thing, or it is damaged; what was written so far is right.</exception>
    public static Task WriteDumpAsync(IndexedRepository repository, TreeId snapshotRoot, DatabaseLimit limit, Stream target, CancellationToken cancellation) =>
        limit.Database is not { } database ? throw new ArgumentException("A dump is of one database, or of a part of it.", nameof(limit))
            : limit.IsMySql ? MySqlDump.WriteAsync(repository, snapshotRoot, limit.Server, database, limit.Table, target, cancellation)
            : PostgreSqlDump.WriteAsync(repository, snapshotRoot, limit.Server, database, limit.Table, target, cancellation);

    /// <summary>What no reader of a plan can know, such as that a database is the server's own.</summary>
    private static T Valid<T>(Func<T> create)
    {
        try
        {
            return create();
        }
        catch (ArgumentException e)
        {
            throw new BackupException(BackupErrorKind.Refused, e.Message, e);
        }
    }

    /// <summary>What an application's configuration says may be no database that anybody could capture.</summary>
    private static T Named<T>(Func<T> create)
    {
        try
        {
            return create();
        }
        catch (ArgumentException e)
        {
            throw new BackupException(BackupErrorKind.Source, $"the database of an application cannot be captured: {e.Message}", e);
        }
    }

    private static MongoDbOptions Options(MongoDbEntry entry) => new()
    {
        Host = entry.Host, Port = entry.Port, User = entry.User, AuthenticationDatabase = entry.AuthenticationDatabase, PasswordFile = entry.PasswordFile,
        UriFile = entry.UriFile, Oplog = entry.Oplog, Users = entry.Users, Name = entry.Name,
    };

    private static PostgreSqlOptions Options(PostgreSqlEntry entry)
    {
        var standard = new PostgreSqlOptions();
        return new()
        {
            Host = entry.Host ?? standard.Host, Port = entry.Port ?? standard.Port, User = entry.User, PasswordFile = entry.PasswordFile,
            Databases = entry.Databases, Exclude = entry.Exclude, Mirrored = entry.Mirrored, Name = entry.Name,
        };
    }

    private static MySqlOptions Options(MySqlEntry entry) => new()
    {
        Socket = entry.Socket, Host = entry.Host, Port = entry.Port, User = entry.User, PasswordFile = entry.PasswordFile,
        Databases = entry.Databases, Exclude = entry.Exclude, Mirrored = entry.Mirrored, Name = entry.Name,
    };
}
