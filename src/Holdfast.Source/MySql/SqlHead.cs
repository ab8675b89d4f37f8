namespace Holdfast.Source;

/// <summary>What a statement of a dump does, as far as it decides where it goes.</summary>
/// <param name="Verb">Its first keyword, in upper case; empty where it has none.</param>
/// <param name="Kind">For a CREATE, of what; null where that is nothing known.</param>
/// <param name="Name">For a CREATE, USE or INSERT, of what; without the database.</param>
internal readonly record struct SqlHead(string Verb, MySqlKind? Kind, string Name)
{
    internal static SqlHead Of(ReadOnlySpan<byte> statement)
    {
        var words = new SqlWords(statement);
        if (!words.Read() || words.IsQuoted)
        {
            return new(string.Empty, null, string.Empty);
        }

        string verb = words.Name().ToUpperInvariant();
        switch (verb)
        {
            case "CREATE":
                return OfCreate(ref words);
            case "USE":
                words.Read();
                return new(verb, MySqlKind.Database, words.Name());
            case "INSERT":
                words.Read();
                words.Read();
                return new(verb, MySqlKind.Table, words.Name());
            case "ALTER":
                words.Read();
                return new(verb, words.Is("DATABASE"u8) ? MySqlKind.Database : null, string.Empty);
            default:
                return new(verb, null, string.Empty);
        }
    }

    /// <summary>The kind comes after words like OR REPLACE, ALGORITHM=…, DEFINER=`a`@`b`, SQL SECURITY …; none of them is a kind.</summary>
    private static SqlHead OfCreate(ref SqlWords words)
    {
        MySqlKind? kind = null;
        while (kind is null && words.Read())
        {
            kind = words.Is("TABLE"u8) ? MySqlKind.Table
                : words.Is("VIEW"u8) ? MySqlKind.View
                : words.Is("TRIGGER"u8) ? MySqlKind.Trigger
                : words.Is("DATABASE"u8) ? MySqlKind.Database
                : words.Is("SEQUENCE"u8) ? MySqlKind.Sequence
                : words.Is("FUNCTION"u8) ? MySqlKind.Function
                : words.Is("PROCEDURE"u8) ? MySqlKind.Procedure
                : words.Is("PACKAGE"u8) ? MySqlKind.Package
                : words.Is("EVENT"u8) ? MySqlKind.Event
                : null;
        }

        words.Read();
        if (kind == MySqlKind.Package && words.Is("BODY"u8))
        {
            kind = MySqlKind.PackageBody;
            words.Read();
        }

        while (words.Is("IF"u8) || words.Is("NOT"u8) || words.Is("EXISTS"u8))
        {
            words.Read();
        }

        string name = words.Name();

        // Whoever made it may have written its database as well.
        if (words.Read() && words.Is("."u8) && words.Read())
        {
            name = words.Name();
        }

        return new("CREATE", kind, name);
    }
}
