namespace Holdfast.Source;

/// <summary>The name of a table, a sequence or an index, with its schema.</summary>
internal readonly record struct PostgreSqlTableName(string Schema, string Name)
{
    public override string ToString() => $"{PostgreSqlText.Identifier(Schema)}.{PostgreSqlText.Identifier(Name)}";

    /// <summary>A name as it stands at a place of a statement; null where none does.</summary>
    internal static PostgreSqlTableName? At(PostgreSqlStatement statement, int at) =>
        statement.NameAt(at) is { } schema && statement.Is(at + 1, ".") && statement.NameAt(at + 2) is { } name ? new(schema, name) : null;

    /// <summary>A name as somebody writes it; null where it is none.</summary>
    internal static PostgreSqlTableName? Parse(string text) =>
        PostgreSqlScript.Read(System.Text.Encoding.UTF8.GetBytes(text)).Statements is [{ Tokens.Count: 3 } only] ? At(only, 0) : null;
}
