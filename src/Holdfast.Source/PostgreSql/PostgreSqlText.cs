namespace Holdfast.Source;

/// <summary>Quoting, for PostgreSQL and its tools.</summary>
internal static class PostgreSqlText
{
    internal static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A string, with standard_conforming_strings or without.</summary>
    internal static string Literal(string text)
    {
        string quoted = $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        return text.Contains('\\') ? " E" + quoted.Replace("\\", "\\\\", StringComparison.Ordinal) : quoted;
    }

    /// <summary>A database for the tools' <c>-d</c>: a bare name would be taken for a connection string if it looks like one.</summary>
    internal static string ConnectionString(string database) =>
        $"dbname='{database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
