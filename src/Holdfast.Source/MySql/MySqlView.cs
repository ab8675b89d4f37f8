namespace Holdfast.Source;

/// <summary>A view, and every name in quotes that its statement has: those of the views below it are among them.</summary>
internal sealed record MySqlView(string Database, string Name, IReadOnlySet<string> Names)
{
    internal static MySqlView Of(MySqlObject view, ReadOnlySpan<byte> statement)
    {
        var names = new HashSet<string>();
        var words = new SqlWords(statement);
        while (words.Read())
        {
            if (words.IsQuoted)
            {
                names.Add(words.Name());
            }
        }

        return new(view.Database, view.Name, names);
    }
}
