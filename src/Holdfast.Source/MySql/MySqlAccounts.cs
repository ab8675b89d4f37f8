using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Source;

/// <summary>
/// Users, roles and what is granted to them, as statements that may be run where some of them exist. Asked of the server itself:
/// <c>mariadb-dump --system=users</c> leaves out what is granted to PUBLIC, and fails to load where an account is there already.
/// </summary>
internal sealed partial class MySqlAccounts
{
    internal static readonly MySqlAccounts None = new([], []);

    private const int Batch = 200;

    private MySqlAccounts(IReadOnlyList<MySqlObject> objects, byte[] sql)
    {
        Objects = objects;
        Sql = sql;
    }

    internal IReadOnlyList<MySqlObject> Objects { get; }

    internal byte[] Sql { get; }

    internal static async Task<MySqlAccounts> ReadAsync(MySqlClient client, MySqlVersion server, IReadOnlySet<MySqlObject> captured, CancellationToken cancellation)
    {
        IReadOnlyList<Account> accounts = await ListAsync(client, server, cancellation).ConfigureAwait(false);
        var creates = new StringBuilder();
        var grants = new StringBuilder();
        foreach (Account[] batch in accounts.Chunk(Batch))
        {
            string questions = string.Concat(batch.Select(a => $"{(a.IsRole ? string.Empty : $"SHOW CREATE USER {a.Sql};")} SHOW GRANTS FOR {a.Sql};"));
            string session = server.IsMariaDb ? string.Empty : "SET SESSION print_identified_with_as_hex = 1; ";
            foreach (string[] row in await client.QueryAsync(session + questions, cancellation).ConfigureAwait(false))
            {
                string statement = row[^1];
                if (statement.StartsWith("CREATE USER ", StringComparison.Ordinal))
                {
                    creates.Append("CREATE USER IF NOT EXISTS ").Append(statement["CREATE USER ".Length..]).Append(";\n");
                }
                else
                {
                    // A right on one table cannot be granted where that is not there; what was dropped leaves its grants behind.
                    grants.Append(IsOnSomethingElse(statement, captured) ? $"-- not captured: {statement.ReplaceLineEndings(" ")}" : statement).Append(";\n");
                }
            }
        }

        Account[] roles = [.. accounts.Where(a => a.IsRole && !a.IsPublic)];
        if (roles.Length > 0)
        {
            // Only who administers a role may grant it; and whoever loads this is to be no more than it was, once it is loaded.
            creates.Append("CREATE ROLE IF NOT EXISTS holdfast_load;\nSET ROLE holdfast_load;\n");
            creates.AppendJoin(string.Empty, roles.Select(r => $"CREATE ROLE IF NOT EXISTS {r.Sql} WITH ADMIN holdfast_load;\n"));
            grants.Append("SET ROLE NONE;\nDROP ROLE holdfast_load;\n");
        }

        return new([.. accounts.Select(a => a.Object)], Encoding.UTF8.GetBytes(creates.Append(grants).ToString()));
    }

    private static async Task<IReadOnlyList<Account>> ListAsync(MySqlClient client, MySqlVersion server, CancellationToken cancellation)
    {
        string sql = server.IsMariaDb
            ? "SELECT user, host, is_role FROM mysql.user ORDER BY is_role, user, host;"
            : "SELECT user, host, 'N' FROM mysql.user WHERE user NOT IN ('mysql.sys', 'mysql.session', 'mysql.infoschema') ORDER BY user, host;";
        IReadOnlyList<string[]> rows = await client.QueryAsync(sql, cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => new Account(r[0], r[1], r[2] == "Y"))];
    }

    private static bool IsOnSomethingElse(string grant, IReadOnlySet<MySqlObject> captured)
    {
        Match match = OnOneThing().Match(grant);
        if (!match.Success || MySqlName.IsSystem(Name(2)))
        {
            return false;
        }

        MySqlKind[] kinds = match.Groups[1].Value switch
        {
            "PROCEDURE" => [MySqlKind.Procedure],
            "FUNCTION" => [MySqlKind.Function],
            "PACKAGE" => [MySqlKind.Package],
            "PACKAGE BODY" => [MySqlKind.PackageBody],
            _ => [MySqlKind.Table, MySqlKind.View, MySqlKind.Sequence],
        };

        // A server keeps such rights with the routine's name in small letters, whatever the routine itself is called.
        return match.Groups[1].Success
            ? !captured.Any(o => kinds.Contains(o.Kind) && Same(o.Database, Name(2)) && Same(o.Name, Name(3)))
            : !kinds.Any(k => captured.Contains(new(k, Name(2), Name(3))));

        static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);

        string Name(int group) => match.Groups[group].Value.Replace("``", "`", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^GRANT .+? ON (?:(PROCEDURE|FUNCTION|PACKAGE BODY|PACKAGE) )?`((?:[^`]|``)*)`\.`((?:[^`]|``)*)` TO ", RegexOptions.Singleline)]
    private static partial Regex OnOneThing();

    private sealed record Account(string Name, string Host, bool IsRole)
    {
        internal bool IsPublic => IsRole && Name == "PUBLIC";

        /// <summary>PUBLIC is a keyword; in quotes it would be another role.</summary>
        internal string Sql => IsPublic ? Name : IsRole ? MySqlName.Quote(Name) : $"{MySqlName.Quote(Name)}@{MySqlName.Quote(Host)}";

        internal MySqlObject Object => IsRole ? new(MySqlKind.Role, string.Empty, Name) : new(MySqlKind.User, string.Empty, $"{Name}@{Host}");
    }
}
