using System.Text.RegularExpressions;
using Holdfast.Backend;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>
/// What of the databases in a snapshot is meant, as <c>mysql:DB/TABLE</c> says it on the command line: <c>mysql:</c> for a whole server,
/// <c>mysql@NAME:DB</c> for one of several.
/// </summary>
public sealed partial record DatabaseLimit
{
    private DatabaseLimit(string text, bool isMySql, string? server)
    {
        Text = text;
        IsMySql = isMySql;
        Server = server;
    }

    /// <summary>As it was given.</summary>
    public string Text { get; }

    /// <summary>MySQL or MariaDB; else PostgreSQL.</summary>
    public bool IsMySql { get; }

    /// <summary>The name of the source in its plan; null where the snapshot has one server of the engine.</summary>
    public string? Server { get; }

    /// <summary>Null for all.</summary>
    public string? Database { get; private init; }

    /// <summary>A table or sequence, with PostgreSQL <c>SCHEMA.TABLE</c>; null for all.</summary>
    public string? Table { get; private init; }

    /// <exception cref="BackupException">Kind Refused: it says nothing that this version knows.</exception>
    public static DatabaseLimit Parse(string text)
    {
        int colon = text.IndexOf(':');
        string[] engine = (colon < 0 ? text : text[..colon]).Split('@', 2);
        bool isMySql = engine[0] == "mysql";
        if (colon < 0 || !(isMySql || engine[0] is "pgsql" or "postgresql") || engine is [_, ""])
        {
            throw Wrong(text, "write mysql:DB, mysql:DB/TABLE, or mysql: for a whole server; pgsql:DB or pgsql:DB/SCHEMA.TABLE; and mysql@NAME:DB where a plan gives its server a name");
        }

        var limit = new DatabaseLimit(text, isMySql, engine is [_, { } name] ? name : null);
        string[] parts = Parts(text[(colon + 1)..], isMySql);
        if (parts is [""])
        {
            return limit;
        }

        if (parts.Length > 2 || parts.Contains(string.Empty))
        {
            throw Wrong(text, "behind the colon is a database, and perhaps one slash and a table; a slash in a name is written %2F, a percent sign %25");
        }

        if (!isMySql && parts is [_, var table] && !table.Contains('.'))
        {
            throw Wrong(text, $"a table of PostgreSQL is named with its schema: pgsql:{parts[0]}/public.{table}");
        }

        return limit with
        {
            Database = isMySql ? Uri.UnescapeDataString(parts[0]) : DatabaseName(parts[0]),
            Table = parts is [_, var one] ? isMySql ? Uri.UnescapeDataString(one) : TableName(one) : null,
        };
    }

    /// <summary>Names of PostgreSQL may have a slash in quotation marks.</summary>
    private static string[] Parts(string text, bool isMySql)
    {
        int quoted = !isMySql && text.StartsWith('"') ? QuotedName().Match(text).Length : 0;
        return quoted == 0 ? text.StartsWith('"') && !isMySql ? [string.Empty, string.Empty] : text.Split('/', isMySql ? 3 : 2)
            : quoted == text.Length ? [text]
            : text[quoted] == '/' ? [text[..quoted], text[(quoted + 1)..]]
            : [string.Empty, string.Empty];
    }

    private static string DatabaseName(string name) =>
        name.StartsWith('"') ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : Uri.UnescapeDataString(name);

    /// <summary>As SQL has it: what is in quotation marks is as it stands, and what was encoded comes into such.</summary>
    private static string TableName(string name) => name.Contains('"') || !name.Contains('%')
        ? name
        : string.Join('.', name.Split('.').Select(n => n.Contains('%') ? $"\"{Uri.UnescapeDataString(n).Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : n));

    /// <summary>What a restore of it is asked for.</summary>
    /// <param name="name">Another database, with PostgreSQL and one table <c>DATABASE.SCHEMA</c>; null for its own.</param>
    public DatabaseRestoreRequest ToRequest(string? name, bool users, bool binaryLog, bool emptyExcluded)
    {
        int dot = IsMySql || Table is null || name is null ? -1 : name.IndexOf('.');
        return new()
        {
            Server = Server, Database = Database, Table = Table, As = dot < 0 ? name : name![..dot], AsSchema = dot < 0 ? null : name![(dot + 1)..],
            Users = users, BinaryLog = binaryLog, EmptyExcluded = emptyExcluded,
        };
    }

    [GeneratedRegex("^\"([^\"]|\"\")+\"")]
    private static partial Regex QuotedName();

    private static BackupException Wrong(string text, string allowed) => new(BackupErrorKind.Refused, $"'{text}' names no database: {allowed}");
}
