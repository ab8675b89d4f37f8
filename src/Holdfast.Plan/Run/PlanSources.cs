using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>The one place where an entry becomes what captures it.</summary>
public static class PlanSources
{
    /// <summary>The source of an entry; null for files, which are walked.</summary>
    /// <param name="said">Called with each line that a command says on standard error.</param>
    /// <exception cref="BackupException">Kind Unsupported: this version cannot capture it; Refused: others can read its secrets.</exception>
    public static ISource? Create(SourceEntry entry, Action<string>? said)
    {
        SecretFile.Check(entry);
        return entry switch
        {
            FilesEntry => null,
            CommandEntry c => CommandSource.Named(c.Name, new(c.Run[0], [.. c.Run.Skip(1)]) { OnErrorLine = said }, new() { EndMarker = c.EndMarker, Timeout = c.Timeout }),
            FifoEntry f => new FifoSource(f.Name, f.Path, new() { EndMarker = f.EndMarker, Timeout = f.Timeout }),
            MySqlEntry m => new MySqlSource(Options(m)),
            PostgreSqlEntry p => new PostgreSqlSource(Options(p)),
            MongoDbEntry m => new MongoDbSource(new()
            {
                Host = m.Host, Port = m.Port, User = m.User, AuthenticationDatabase = m.AuthenticationDatabase, PasswordFile = m.PasswordFile, UriFile = m.UriFile,
                Oplog = m.Oplog, Name = m.Name,
            }),
            SqliteEntry s => new SqliteSource(new() { Paths = s.Paths, Check = s.Check, Timeout = s.Timeout }),
            GitEntry g => new GitSource(new() { Paths = g.Paths, Check = g.Check }),
            _ => throw new BackupException(BackupErrorKind.Unsupported, "this source is not in this version"),
        };
    }

    /// <summary>The server of an entry; null where it is none.</summary>
    /// <exception cref="BackupException">Kind Unsupported: this version does not know it; Refused: others can read its secrets.</exception>
    public static IDatabaseServer? CreateServer(SourceEntry entry)
    {
        SecretFile.Check(entry);
        return entry switch
        {
            MySqlEntry m => new MySqlServer(Options(m)),
            PostgreSqlEntry p => new PostgreSqlServer(Options(p)),
            _ => null,
        };
    }

    private static PostgreSqlOptions Options(PostgreSqlEntry entry)
    {
        var standard = new PostgreSqlOptions();
        return new()
        {
            Host = entry.Host ?? standard.Host, Port = entry.Port ?? standard.Port, User = entry.User, PasswordFile = entry.PasswordFile,
            Databases = entry.Databases, Exclude = entry.Exclude, Name = entry.Name,
        };
    }

    private static MySqlOptions Options(MySqlEntry entry) => new()
    {
        Socket = entry.Socket, Host = entry.Host, Port = entry.Port, User = entry.User, PasswordFile = entry.PasswordFile,
        Databases = entry.Databases, Exclude = entry.Exclude, Name = entry.Name,
    };
}
