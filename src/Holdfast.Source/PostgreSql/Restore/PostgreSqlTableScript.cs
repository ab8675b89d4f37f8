namespace Holdfast.Source;

/// <summary>
/// What makes one table, cut from the definitions of its database: itself, the sequences of its columns, its indexes, keys, triggers, rules and
/// policies, its comments and rights. pg_dump names each thing with its schema, and begins each statement in one way.
/// </summary>
internal sealed class PostgreSqlTableScript
{
    private readonly PostgreSqlTableName _table;
    private readonly HashSet<PostgreSqlTableName> _own;
    private readonly HashSet<PostgreSqlTableName> _statistics = [];

    private PostgreSqlTableScript(PostgreSqlTableName table)
    {
        _table = table;
        _own = [table];
    }

    /// <summary>The statements before its rows.</summary>
    internal IReadOnlyList<PostgreSqlStatement> Before { get; private set; } = [];

    /// <summary>Those that give its sequences their values.</summary>
    internal IReadOnlyList<PostgreSqlStatement> Values { get; private set; } = [];

    /// <summary>Those after its rows.</summary>
    internal IReadOnlyList<PostgreSqlStatement> After { get; private set; } = [];

    internal IEnumerable<PostgreSqlStatement> All => Before.Concat(Values).Concat(After);

    /// <summary>Statistics over its columns, which do not move with it.</summary>
    internal IReadOnlySet<PostgreSqlTableName> Statistics => _statistics;

    internal int Sequences { get; private set; }

    /// <summary>Whose it is; null where the script does not say.</summary>
    internal string? Owner => Before.FirstOrDefault(s => s.Begins("ALTER", "TABLE") && Subject(s) == _table && s.Find("OWNER") > 0) is { } s ? s.NameAt(s.Find("OWNER") + 2) : null;

    /// <summary>Whether it has no rows of its own.</summary>
    internal bool IsPartitioned { get; private set; }

    /// <summary>Whether its rows show in another table, too.</summary>
    internal bool Inherits { get; private set; }

    /// <returns>Null where there is no such table.</returns>
    internal static PostgreSqlTableScript? Cut(PostgreSqlTableName table, PostgreSqlScript before, PostgreSqlScript values, PostgreSqlScript after)
    {
        if (before.Statements.FirstOrDefault(s => IsTable(s) && Subject(s) == table) is not { } create)
        {
            return null;
        }

        var cut = new PostgreSqlTableScript(table) { IsPartitioned = create.Find("PARTITION") > 0, Inherits = create.Find("INHERITS") > 0 };
        foreach (PostgreSqlStatement statement in before.Statements)
        {
            cut.AddSequence(statement);
        }

        cut.Sequences = cut._own.Count - 1;
        cut.Before = [.. cut.Chosen(before)];
        cut.Values = [.. values.Statements.Where(s => s.Begins("SELECT") && s.Texts().Any(t => PostgreSqlTableName.Parse(t.Text) is { } name && cut._own.Contains(name)))];
        foreach (PostgreSqlStatement statement in after.Statements)
        {
            cut.AddDependent(statement);
        }

        cut.After = [.. cut.Chosen(after)];
        return cut;
    }

    /// <summary>A statement with another schema for what comes with the table.</summary>
    internal string In(string? schema, PostgreSqlStatement statement)
    {
        if (schema is null)
        {
            return PostgreSqlStatement.Decode(statement.Text);
        }

        string other = PostgreSqlStatement.Encode(PostgreSqlText.Identifier(schema));
        List<(int From, int To, string Text)> changes = [];
        for (int i = 0; i < statement.Tokens.Count; i++)
        {
            if (!statement.Is(i - 1, ".") && PostgreSqlTableName.At(statement, i) is { } name && (_own.Contains(name) || _statistics.Contains(name)))
            {
                changes.Add((statement.Tokens[i].Start, statement.Tokens[i].End, other));
            }
        }

        foreach ((PostgreSqlToken token, string text) in statement.Texts())
        {
            // A default names its sequence within a text; and so do the values.
            if (PostgreSqlTableName.Parse(text) is { } name && _own.Contains(name))
            {
                changes.Add((token.Start, token.End, PostgreSqlStatement.Encode(PostgreSqlText.Literal((name with { Schema = schema }).ToString()))));
            }
        }

        return PostgreSqlStatement.Decode(statement.With(changes.OrderBy(c => c.From)));
    }

    private static bool IsTable(PostgreSqlStatement s) => s.Begins("CREATE", "TABLE") || s.Begins("CREATE", "UNLOGGED", "TABLE");

    /// <summary>The sequence that a column owns, or that numbers it.</summary>
    private void AddSequence(PostgreSqlStatement s)
    {
        int owned = s.Begins("ALTER", "SEQUENCE") ? s.Find("OWNED") : -1;
        if (owned > 0 && PostgreSqlTableName.At(s, owned + 2) == _table && PostgreSqlTableName.At(s, 2) is { } sequence)
        {
            _own.Add(sequence);
        }

        if (s.Begins("ALTER", "TABLE") && Subject(s) == _table && s.Find("IDENTITY") is > 0 and var identity
            && s.Is(identity + 2, "SEQUENCE") && PostgreSqlTableName.At(s, identity + 4) is { } numbers)
        {
            _own.Add(numbers);
        }
    }

    private void AddDependent(PostgreSqlStatement s)
    {
        if (Subject(s) != _table)
        {
            return;
        }

        if (s.Begins("CREATE", "STATISTICS") && PostgreSqlTableName.At(s, 2) is { } statistics)
        {
            _statistics.Add(statistics);
        }
        else if (s.Begins("CREATE", "INDEX") && s.NameAt(2) is { } index)
        {
            _own.Add(_table with { Name = index });
        }
        else if (s.Begins("CREATE", "UNIQUE", "INDEX") && s.NameAt(3) is { } unique)
        {
            _own.Add(_table with { Name = unique });
        }
    }

    private IEnumerable<PostgreSqlStatement> Chosen(PostgreSqlScript script)
    {
        PostgreSqlStatement? role = null;
        bool isOther = false;
        foreach (PostgreSqlStatement statement in script.Statements)
        {
            if (statement.Begins("SET", "SESSION", "AUTHORIZATION"))
            {
                role = statement;
            }
            else if (statement.Begins("RESET", "SESSION", "AUTHORIZATION"))
            {
                role = null;
                if (isOther)
                {
                    yield return statement;
                }

                isOther = false;
            }
            else if (statement.Begins("SET", "default_tablespace") || statement.Begins("SET", "default_table_access_method"))
            {
                yield return statement;
            }
            else if (IsOwn(statement))
            {
                if (role is not null && !isOther)
                {
                    isOther = true;
                    yield return role;
                }

                yield return statement;
            }
        }
    }

    private bool IsOwn(PostgreSqlStatement s)
    {
        if (Subject(s) is not { } subject || s.Find("ATTACH") > 0)
        {
            return false;
        }

        bool isStatistics = s.Begins("ALTER", "STATISTICS") || s.Begins("COMMENT", "ON", "STATISTICS");
        return isStatistics ? _statistics.Contains(subject) : _own.Contains(subject);
    }

    /// <summary>What a statement makes, changes or tells of, where that is a relation or belongs to one.</summary>
    private static PostgreSqlTableName? Subject(PostgreSqlStatement s)
    {
        if (s.Begins("CREATE"))
        {
            int verb = s.Is(1, "UNIQUE") || s.Is(1, "UNLOGGED") || s.Is(1, "CONSTRAINT") ? 2 : 1;
            return s.Is(verb, "TABLE") || s.Is(verb, "SEQUENCE") ? PostgreSqlTableName.At(s, verb + 1)
                : s.Is(verb, "INDEX") || s.Is(verb, "POLICY") || s.Is(verb, "TRIGGER") ? Behind(s, s.Find("ON", verb + 2))
                : s.Is(verb, "RULE") ? Behind(s, s.Find("TO", verb + 2))
                : s.Is(verb, "STATISTICS") ? Behind(s, s.FindLast("FROM"))
                : null;
        }

        if (s.Begins("ALTER"))
        {
            return s.Is(1, "TABLE") ? Behind(s, 1) : s.Is(1, "SEQUENCE") || s.Is(1, "INDEX") || s.Is(1, "STATISTICS") ? PostgreSqlTableName.At(s, 2) : null;
        }

        int on = s.Begins("COMMENT") || s.Begins("SECURITY", "LABEL") || s.Begins("GRANT") || s.Begins("REVOKE") ? s.Find("ON") : -1;
        return on < 0 ? null
            : s.Is(on + 1, "TABLE") || s.Is(on + 1, "COLUMN") || s.Is(on + 1, "SEQUENCE") || s.Is(on + 1, "INDEX") || s.Is(on + 1, "STATISTICS") ? PostgreSqlTableName.At(s, on + 2)
            : s.Is(on + 1, "CONSTRAINT") || s.Is(on + 1, "TRIGGER") || s.Is(on + 1, "POLICY") || s.Is(on + 1, "RULE") ? Behind(s, s.Find("ON", on + 2))
            : null;
    }

    private static PostgreSqlTableName? Behind(PostgreSqlStatement s, int at) => at < 0 ? null : PostgreSqlTableName.At(s, s.Is(at + 1, "ONLY") ? at + 2 : at + 1);
}
