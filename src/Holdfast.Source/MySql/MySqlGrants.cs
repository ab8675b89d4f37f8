using System.Text;
using System.Text.RegularExpressions;

namespace Holdfast.Source;

/// <summary>What an account may do, from SHOW GRANTS. Rights on single tables are passed over: a backup needs more than those.</summary>
internal sealed partial class MySqlGrants
{
    /// <summary>To pass on what one has oneself; SHOW GRANTS has it behind the account, and ALL PRIVILEGES is without it.</summary>
    internal const string GrantOption = "GRANT OPTION";

    private readonly List<(string[] Rights, string Scope)> _grants = [];
    private readonly string _account;

    private MySqlGrants(string account, IEnumerable<string> lines)
    {
        _account = account;
        foreach (string line in lines)
        {
            Match match = Form().Match(line);
            if (match.Success)
            {
                string scope = match.Groups["database"].Success ? match.Groups["database"].Value.Replace("``", "`", StringComparison.Ordinal) : string.Empty;
                _grants.Add(([.. match.Groups["rights"].Value.Split(", "), .. GivesOn().IsMatch(line) ? [GrantOption] : (string[])[]], scope));
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
        // Of several patterns that a name is like, a server takes the closest alone: a right on one that is closer would hide those that are there.
        string[] like = database is null ? [] : [.. _grants.Select(g => g.Scope).Where(s => s.Length > 0 && IsLike(database, s)).OrderByDescending(s => s.Length)];
        string scope = database is null ? "*.*" : $"{(like.Length > 0 ? MySqlName.Quote(like[0]) : Pattern(database))}.*";
        bool granted = _grants.Any(g => (g.Scope.Length == 0 || like.Contains(g.Scope))
            && (g.Rights.Contains(right) || (g.Rights.Contains("ALL PRIVILEGES") && right != GrantOption)));
        return new($"{right} on {database ?? "*"}.*", why, granted ? null : $"GRANT {right} ON {scope} TO {_account};");
    }

    /// <summary>Whether the account may do things that the binary log does not get.</summary>
    internal bool MayLeaveLog => !Check("SUPER", null, string.Empty).IsMissing || !Check("BINLOG ADMIN", null, string.Empty).IsMissing;

    /// <summary>A right on one routine that was tried and refused.</summary>
    internal RightListing Missing(string right, string kind, string database, string name, string why) => new(
        $"{right} on {kind.ToLowerInvariant()} {database}.{name}", why,
        $"GRANT {right} ON {kind} {MySqlName.Quote(database)}.{MySqlName.Quote(name)} TO {_account};");

    /// <summary>In GRANT, underscore and percent sign stand for other characters, unless a backslash is before them.</summary>
    private static string Pattern(string database) =>
        MySqlName.Quote(database.Replace("_", "\\_", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal));

    internal static bool IsLike(string name, string pattern)
    {
        var expression = new StringBuilder("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            bool escaped = pattern[i] == '\\' && i + 1 < pattern.Length;
            char c = escaped ? pattern[++i] : pattern[i];
            expression.Append((escaped, c) switch { (false, '%') => ".*", (false, '_') => ".", _ => Regex.Escape(c.ToString()) });
        }

        return Regex.IsMatch(name, expression.Append('$').ToString(), RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }

    [GeneratedRegex(@" WITH GRANT OPTION(?: MAX_[A-Z_0-9 ]+)?$")]
    private static partial Regex GivesOn();

    [GeneratedRegex(@"^GRANT (?<rights>[A-Z ,]+) ON (?:\*|`(?<database>(?:[^`]|``)*)`)\.\* TO ", RegexOptions.Singleline)]
    private static partial Regex Form();
}
