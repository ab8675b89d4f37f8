namespace Holdfast.Source;

/// <summary>
/// A database under load in which each role may create, as long as nobody else can connect: who is no superuser gives a thing to its owner
/// only where that owner may create such a thing. By his own rights he seldom could yet, as those come last.
/// </summary>
/// <param name="definitions">What makes the schemas, with their rights.</param>
/// <param name="major">The version of the server.</param>
internal sealed class PostgreSqlOpenSchemas(PostgreSqlScript definitions, int major)
{
    /// <summary>The schema that each new database has; before this version each role may create in it anyway.</summary>
    private const string Initial = "public";
    private const int ClosesInitial = 15;

    private readonly IReadOnlyList<PostgreSqlStatement> _made = [.. definitions.Statements.Where(s => s.Begins("CREATE", "SCHEMA"))];

    private IEnumerable<string> Names =>
        _made.Select(s => s.NameAt(2)).OfType<string>().Concat(major >= ClosesInitial ? [Initial] : []).Distinct().Select(PostgreSqlText.Identifier);

    /// <summary>Before anything is made.</summary>
    internal string Begin(string database)
    {
        string initial = major >= ClosesInitial && _made.All(s => s.NameAt(2) != Initial) ? $"{Open(Initial)};" : string.Empty;
        return $"GRANT CREATE ON DATABASE {PostgreSqlText.Identifier(database)} TO PUBLIC;\n{initial}";
    }

    /// <summary>The statements that make schemas, each of which then opens its own.</summary>
    internal IEnumerable<KeyValuePair<PostgreSqlStatement, string?>> Changes() =>
        _made.Select(s => KeyValuePair.Create(s, (string?)$"{s.Text};\n{PostgreSqlStatement.Encode(Open(s.NameAt(2) ?? string.Empty))}"));

    /// <summary>Once more: the definitions end with the schemas' own rights, and what comes behind the rows has owners, too.</summary>
    internal string Again() => string.Concat(Names.Select(n => $"GRANT CREATE ON SCHEMA {n} TO PUBLIC;\n"));

    /// <summary>Leaves what the snapshot grants to all, and no more.</summary>
    internal string End(string database)
    {
        IEnumerable<string> own = definitions.Statements
            .Where(s => s.Begins("GRANT") && s.Find("ON") is > 0 and var on && s.Is(on + 1, "SCHEMA") && s.Is(s.FindLast("TO") + 1, "PUBLIC"))
            .Select(s => $"{PostgreSqlStatement.Decode(s.Text)};\n");
        string close = string.Concat(Names.Select(n => $"REVOKE CREATE ON SCHEMA {n} FROM PUBLIC;\n"));
        return $"{close}{string.Concat(own)}REVOKE CREATE ON DATABASE {PostgreSqlText.Identifier(database)} FROM PUBLIC;";
    }

    private static string Open(string schema) => $"GRANT CREATE ON SCHEMA {PostgreSqlText.Identifier(schema)} TO PUBLIC";
}
