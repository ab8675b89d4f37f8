using System.Text.RegularExpressions;

namespace Holdfast.Source;

/// <summary>What an account may do, from SHOW GRANTS. Rights on single tables are passed over: a backup needs more than those.</summary>
internal sealed partial class MySqlGrants
{
    /// <summary>To pass on what one has oneself; SHOW GRANTS has it behind the account, and ALL PRIVILEGES is without it.</summary>
    internal const string GrantOption = "GRANT OPTION";

    private readonly List<Grant> _grants = [];

    /// <summary>What MySQL takes from a right on all databases again: partial_revokes.</summary>
    private readonly List<Grant> _revokes = [];
    private readonly string _account;

    /// <param name="account">Quoted, with its host.</param>
    /// <param name="lines">As SHOW GRANTS has them.</param>
    internal MySqlGrants(string account, IEnumerable<string> lines)
    {
        _account = account;
        foreach (string line in lines)
        {
            Match match = Form().Match(line);
            if (match.Success)
            {
                string scope = match.Groups["database"].Success ? match.Groups["database"].Value.Replace("``", "`", StringComparison.Ordinal) : string.Empty;
                List<Grant> list = line.StartsWith("REVOKE", StringComparison.Ordinal) ? _revokes : _grants;
                list.Add(new([.. match.Groups["rights"].Value.Split(", "), .. GivesOn().IsMatch(line) ? [GrantOption] : (string[])[]], scope, match.Groups["to"].Value));
            }
        }
    }

    internal static async Task<MySqlGrants> ReadAsync(MySqlClient client, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync("SELECT CURRENT_USER(); SHOW GRANTS;", cancellation).ConfigureAwait(false);
        string[] account = rows.Count > 0 ? rows[0][0].Split('@') : [string.Empty];
        return new($"{MySqlName.Quote(string.Join('@', account[..^1]))}@{MySqlName.Quote(account[^1])}", rows.Skip(1).Select(r => r[0]));
    }

    /// <param name="database">Null for all.</param>
    internal RightListing Check(string right, string? database, string why)
    {
        Grant? revoke = _revokes.Find(r => Has(r.Rights, right) && (database is null || r.Scope == database));
        bool granted = revoke is null && _grants.Any(g => g.Scope.Length == 0 && Has(g.Rights, right));
        string? scope = null;
        if (revoke is not null)
        {
            scope = MySqlName.Quote(revoke.Scope);
        }
        else if (database is not null)
        {
            // The account's own first; then those of roles and of everybody, which count beside them.
            foreach (IGrouping<string, Grant> like in _grants.Where(g => g.Scope.Length > 0 && MySqlPattern.IsLike(database, g.Scope)).GroupBy(g => g.To).OrderByDescending(g => g.Key == _account))
            {
                string? lacking = MySqlPattern.Closest(like.Select(g => g.Scope)).FirstOrDefault(s => !like.Any(g => g.Scope == s && Has(g.Rights, right)));
                granted |= lacking is null;
                scope ??= lacking;
            }

            scope = MySqlName.Quote(scope ?? MySqlPattern.Escape(database));
        }

        return new($"{right} on {database ?? "*"}.*", why, granted ? null : $"GRANT {right} ON {scope ?? "*"}.* TO {_account};");
    }

    private static bool Has(string[] rights, string right) => rights.Contains(right) || (rights.Contains("ALL PRIVILEGES") && right != GrantOption);

    /// <summary>What grants all that is missing: a statement for each thing that rights are on, on a line of its own where there are several.</summary>
    internal static string Lines(IEnumerable<RightListing> missing)
    {
        const string On = " ON ";
        string[] grants =
        [
            .. missing.Select(m => m.Grant).OfType<string>().GroupBy(g => g[g.IndexOf(On, StringComparison.Ordinal)..])
                .Select(k => $"GRANT {string.Join(", ", k.Select(g => g["GRANT ".Length..g.IndexOf(On, StringComparison.Ordinal)]).Distinct())}{k.Key}"),
        ];
        return grants.Length == 1 ? $" {grants[0]}" : string.Concat(grants.Select(g => $"\n  {g}"));
    }

    /// <summary>Whether the account may do things that the binary log does not get.</summary>
    internal bool MayLeaveLog => !Check("SUPER", null, string.Empty).IsMissing || !Check("BINLOG ADMIN", null, string.Empty).IsMissing;

    /// <summary>A right on one routine that was tried and refused.</summary>
    internal RightListing Missing(string right, string kind, string database, string name, string why) => new(
        $"{right} on {kind.ToLowerInvariant()} {database}.{name}", why,
        $"GRANT {right} ON {kind} {MySqlName.Quote(database)}.{MySqlName.Quote(name)} TO {_account};");

    [GeneratedRegex(@" WITH GRANT OPTION(?: MAX_[A-Z_0-9 ]+)?$")]
    private static partial Regex GivesOn();

    [GeneratedRegex(@"^(?:GRANT|REVOKE) (?<rights>[A-Z ,]+) ON (?:\*|`(?<database>(?:[^`]|``)*)`)\.\* (?:TO|FROM) (?<to>(?:`(?:[^`]|``)*`|[^ `])+)", RegexOptions.Singleline)]
    private static partial Regex Form();

    /// <param name="Scope">A pattern of names of databases; empty for all.</param>
    /// <param name="To">The account, a role of it, or PUBLIC.</param>
    private sealed record Grant(string[] Rights, string Scope, string To);
}
