namespace Holdfast.Source;

/// <summary>The roles that statements of a dump need, and those that make them.</summary>
internal static class PostgreSqlRoles
{
    /// <summary>Who is named as an owner, for a right, or in whose name something is done.</summary>
    internal static IEnumerable<string> In(PostgreSqlScript script) => script.Statements.SelectMany(Of).Distinct();

    /// <summary>The roles of a snapshot that a server lacks.</summary>
    internal static IEnumerable<string> Missing(IEnumerable<string> all, IReadOnlySet<string> there) =>
        all.Where(r => !there.Contains(r) && !r.StartsWith("pg_", StringComparison.Ordinal));

    /// <summary>These roles, and those that they are members of, and so on.</summary>
    internal static IReadOnlyCollection<string> WithGroups(PostgreSqlScript globals, IEnumerable<string> roles)
    {
        ILookup<string, string> groups = (
            from s in globals.Statements
            where s.Begins("GRANT") && s.Find("ON") < 0
            let member = s.NameAt(s.FindLast("TO") + 1)
            let role = s.NameAt(1)
            where member is not null && role is not null
            select (member, role)).ToLookup(g => g.member, g => g.role);
        HashSet<string> all = [];
        var waiting = new Stack<string>(roles);
        while (waiting.TryPop(out string? role))
        {
            if (all.Add(role))
            {
                foreach (string group in groups[role])
                {
                    waiting.Push(group);
                }
            }
        }

        return all;
    }

    /// <summary>The statements of the globals that make roles which a server lacks. Roles that are there stay as they are, but for what the new ones bring them.</summary>
    /// <param name="all">Those that are wanted.</param>
    /// <param name="there">The server's.</param>
    /// <param name="untouched">Those of the server that get no memberships either: who restores, and superusers.</param>
    internal static IEnumerable<string> Make(PostgreSqlScript globals, IEnumerable<string> all, IReadOnlySet<string> there, IReadOnlySet<string> untouched)
    {
        HashSet<string> made = [.. Missing(all, there)];
        HashSet<string> plain = [.. globals.Statements.Where(s => s.Begins("CREATE", "ROLE")).Select(s => s.NameAt(2)).OfType<string>()];
        foreach (string role in made.Where(r => !plain.Contains(r)).Order(StringComparer.Ordinal))
        {
            // The one that its server was made with is created only where it is missing, which is no statement of its own.
            yield return PostgreSqlStatement.Encode($"CREATE ROLE {PostgreSqlText.Identifier(role)}");
        }

        foreach (PostgreSqlStatement statement in globals.Statements)
        {
            if (Adapt(statement, made, there, untouched) is { } text)
            {
                yield return text;
            }
        }
    }

    private static string? Adapt(PostgreSqlStatement statement, HashSet<string> made, IReadOnlySet<string> there, IReadOnlySet<string> untouched)
    {
        if (statement.Begins("CREATE", "ROLE") || statement.Begins("ALTER", "ROLE"))
        {
            return made.Contains(statement.NameAt(2) ?? string.Empty) && statement.Find("DATABASE") < 0 ? statement.Text : null;
        }

        if (statement.Begins("COMMENT", "ON", "ROLE"))
        {
            return made.Contains(statement.NameAt(3) ?? string.Empty) ? statement.Text : null;
        }

        if (!statement.Begins("GRANT") || statement.FindLast("TO") is not (> 0 and var to) || statement.NameAt(to + 1) is not { } member)
        {
            return null;
        }

        bool isRight = statement.Find("ON") is > 0 and var on && on < to;
        bool concerns = isRight ? made.Contains(member) && statement.Find("PARAMETER") > 0
            : made.Contains(member) || (made.Contains(statement.NameAt(1) ?? string.Empty) && there.Contains(member) && !untouched.Contains(member));
        int by = statement.Find("GRANTED", to);
        return !concerns ? null : by < 0 ? statement.Text : statement.With([(statement.Tokens[by].Start, statement.End, string.Empty)]);
    }

    internal static IEnumerable<string> Of(PostgreSqlStatement s)
    {
        int at = s.Begins("ALTER", "ROLE") ? 2
            : s.Begins("CREATE", "USER", "MAPPING", "FOR") ? 4
            : s.Begins("ALTER", "DEFAULT", "PRIVILEGES", "FOR", "ROLE") ? 5
            : s.Begins("SET", "SESSION", "AUTHORIZATION") ? 3
            : s.Begins("ALTER") && s.Find("OWNER") is > 0 and var owner && s.Is(owner + 1, "TO") ? owner + 2 : -1;
        IEnumerable<string?> roles = [s.NameAt(at)];
        if (s.Begins("GRANT") || (s.Begins("ALTER", "DEFAULT") && s.Find("GRANT") > 0))
        {
            roles = roles.Append(Grantee(s, s.FindLast("TO")));
        }
        else if (s.Begins("REVOKE") || (s.Begins("ALTER", "DEFAULT") && s.Find("REVOKE") > 0))
        {
            roles = roles.Append(Grantee(s, s.FindLast("FROM")));
        }
        else if (s.Begins("CREATE", "POLICY") && s.Find("TO") is > 0 and var to)
        {
            roles = roles.Concat(List(s, to));
        }

        // A user mapping of everybody has a name where others have a keyword; no role can have that name.
        return roles.OfType<string>().Where(r => r != "public");
    }

    private static IEnumerable<string?> List(PostgreSqlStatement s, int at)
    {
        do
        {
            yield return Grantee(s, at);
            at += 2;
        }
        while (s.Is(at, ","));
    }

    private static string? Grantee(PostgreSqlStatement s, int before) => s.Is(before + 1, "PUBLIC") ? null : s.NameAt(before + 1);
}
