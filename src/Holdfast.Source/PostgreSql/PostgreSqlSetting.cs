using System.Text;

namespace Holdfast.Source;

/// <summary>A setting as the catalogue keeps it.</summary>
internal sealed record PostgreSqlSetting(string Name, string Value)
{
    /// <summary>Those whose value is a list of names, each quoted where it has to be: as one string, they would be one name. pg_dump has the same list.</summary>
    private static readonly string[] s_lists =
        ["local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces", "unix_socket_directories"];

    /// <param name="text"><c>NAME=VALUE</c>.</param>
    internal static PostgreSqlSetting Parse(string text) => new(text[..text.IndexOf('=')], text[(text.IndexOf('=') + 1)..]);

    internal string ForAllRoles()
    {
        IEnumerable<string> values = s_lists.Contains(Name, StringComparer.OrdinalIgnoreCase) ? Names() : [Value];
        // Extensions have settings with a point in the name, which is not to be quoted.
        string name = string.Join('.', Name.Split('.').Select(PostgreSqlText.Identifier));
        return $"ALTER ROLE ALL SET {name} TO {string.Join(", ", values.Select(PostgreSqlText.Literal))};";
    }

    /// <summary>The names of a list: <c>"$user", public</c>.</summary>
    private List<string> Names()
    {
        var names = new List<string>();
        var name = new StringBuilder();
        bool isQuoted = false;
        foreach ((int at, char c) in Value.Index())
        {
            if (c == '"')
            {
                // A quote inside is there twice: the second one begins the name anew, with itself.
                name.Append(!isQuoted && at > 0 && Value[at - 1] == '"' ? "\"" : string.Empty);
                isQuoted = !isQuoted;
            }
            else if (c == ',' && !isQuoted)
            {
                names.Add(name.ToString());
                name.Clear();
            }
            else if (isQuoted || c != ' ')
            {
                name.Append(c);
            }
        }

        names.Add(name.ToString());
        return names;
    }
}
