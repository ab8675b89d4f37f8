using System.CommandLine;
using Holdfast.Plan;
using Holdfast.Protocol;

namespace Holdfast.Cli.Plans;

/// <summary>The options of `restore` that are about databases.</summary>
internal sealed class DatabaseRestoreOptions
{
    private readonly Option<string[]> _limit = new("--limit")
    {
        Description = "restore a database: mysql:DB, mysql:DB/TABLE, mysql: for a whole server; pgsql:DB, pgsql:DB/SCHEMA.TABLE (may be repeated)",
        HelpName = "database", DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = "the server for --limit: mysql:KEY=VALUE,… or postgresql:KEY=VALUE,… (default: the one that its client reaches by itself)", HelpName = "server",
    };

    private readonly Option<string?> _as = new("--as") { Description = "another name for the database; DB.SCHEMA for a table of PostgreSQL", HelpName = "name" };
    private readonly Option<bool> _users = new("--users") { Description = "make accounts that are missing, and add their grants" };
    private readonly Option<bool> _binaryLog = new("--binary-log") { Description = "let replicas of a MySQL server have what is restored" };
    private readonly Option<bool> _emptyExcluded = new("--empty-excluded") { Description = "let tables whose rows the backup leaves out be replaced by empty ones" };

    internal DatabaseRestoreOptions(Command command)
    {
        foreach (Option option in (Option[])[_limit, _to, _as, _users, _binaryLog, _emptyExcluded])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What is asked for; null where it is about files.</summary>
    /// <exception cref="UsageException">The options do not go together.</exception>
    /// <exception cref="Backend.BackupException">One of them cannot be understood.</exception>
    internal DatabaseRestoreChoice? Read(ParseResult parsed, bool dryRun)
    {
        string[] given = parsed.GetValue(_limit)!;
        if (given.Length == 0)
        {
            Option? alone = ((Option[])[_to, _as, _users, _binaryLog, _emptyExcluded]).FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
            return alone is null ? null : throw new UsageException($"{alone.Name} is about databases: say which with --limit");
        }

        List<DatabaseLimit> limits = [.. given.Distinct().Select(DatabaseLimit.Parse)];
        SourceEntry? to = parsed.GetValue(_to) is { } server ? ReadServer(server) : null;
        if (to is not null && limits.Find(l => l.IsMySql != to is MySqlEntry) is { } other)
        {
            throw new UsageException($"--limit {other.Text} cannot go to a server of {PlanText.Kind(to)}: {_to.Name} names one of the same kind");
        }

        if (to is null && limits.Exists(l => l.IsMySql != limits[0].IsMySql))
        {
            throw new UsageException("databases of MySQL and of PostgreSQL are restored in two calls");
        }

        if (parsed.GetValue(_as) is { } name && (name.Length == 0 || limits is not [{ Database: not null }]))
        {
            throw new UsageException($"{_as.Name} goes with one --limit that names a database, and is not empty");
        }

        if (parsed.GetValue(_binaryLog) && !limits[0].IsMySql)
        {
            throw new UsageException($"{_binaryLog.Name} is for MySQL and MariaDB");
        }

        return new(limits, to, parsed.GetValue(_as))
        {
            Users = parsed.GetValue(_users), BinaryLog = parsed.GetValue(_binaryLog), EmptyExcluded = parsed.GetValue(_emptyExcluded), DryRun = dryRun,
        };
    }

    private SourceEntry ReadServer(string text) => PlanFile.ReadSource(text, _to.Name) switch
    {
        MySqlEntry { Databases.Count: 0, Exclude.Count: 0, Name: null } server => server,
        PostgreSqlEntry { Databases.Count: 0, Exclude.Count: 0, Name: null } server => server,
        MySqlEntry or PostgreSqlEntry => throw new UsageException($"{_to.Name} names a server, and no name, databases or exclude: what is restored says --limit"),
        var other => throw new UsageException($"{_to.Name} names a database server, and {PlanText.Kind(other)} is none"),
    };
}
