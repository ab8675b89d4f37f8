using System.Text.RegularExpressions;

namespace Holdfast.Source;

/// <summary>The name of a table, a sequence or an index, with its schema.</summary>
internal readonly partial record struct PostgreSqlTableName(string Schema, string Name)
{
    public override string ToString() => $"{PostgreSqlText.Identifier(Schema)}.{PostgreSqlText.Identifier(Name)}";

    /// <summary>A name as it stands at a place of a statement; null where none does.</summary>
    internal static PostgreSqlTableName? At(PostgreSqlStatement statement, int at) =>
        statement.NameAt(at) is { } schema && statement.Is(at + 1, ".") && statement.NameAt(at + 2) is { } name ? new(schema, name) : null;

    /// <summary>A name as somebody writes it; null where it is none.</summary>
    internal static PostgreSqlTableName? Parse(string text) =>
        PostgreSqlScript.Read(System.Text.Encoding.UTF8.GetBytes(text)).Statements is [{ Tokens.Count: 3 } only] ? At(only, 0) : null;

    /// <summary>A name as the manifest has it (<see cref="CatalogueTable.ShownName"/>): what is not quoted is as it stands.</summary>
    internal static PostgreSqlTableName? FromShown(string text)
    {
        Match parts = Shown().Match(text);
        return parts.Success ? new(Plain(parts.Groups[1].Value), Plain(parts.Groups[2].Value)) : null;

        static string Plain(string name) => name.StartsWith('"') ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name;
    }

    [GeneratedRegex("^(\"(?:[^\"]|\"\")*\"|[^.\"]+)\\.(\"(?:[^\"]|\"\")*\"|[^.\"]+)$", RegexOptions.Singleline)]
    private static partial Regex Shown();
}
