using System.Text;

namespace Holdfast.Source;

/// <summary>Where things lie below the source's root, and in which order they are loaded.</summary>
internal sealed class MySqlLayout
{
    internal const string Header = "header.sql";
    internal const string Users = "users.sql";
    internal const string Footer = "footer.sql";
    internal const string Files = "files";

    /// <summary>Tables before rows, rows before the triggers that they would fire, everything before views, which may name any of it.</summary>
    private static readonly string[] s_order = ["database.sql", "tables/", "placeholders.sql", "rows/", "triggers/", "routines.sql", "events.sql"];

    private readonly Dictionary<string, List<string>> _files = [];
    private readonly List<string> _databases = [];

    internal static string OfDatabase(string database, string file) => $"{MySqlName.Encode(database)}/{file}";

    internal static string Of(string database, string folder, string name) => $"{MySqlName.Encode(database)}/{folder}/{MySqlName.Encode(name)}.sql";

    internal void Add(string database, string path)
    {
        if (!_files.TryGetValue(database, out List<string>? files))
        {
            _files.Add(database, files = []);
            _databases.Add(database);
        }

        files.Add(path[(MySqlName.Encode(database).Length + 1)..]);
    }

    /// <summary>
    /// The paths in the order in which they make a dump, one a line. <c>database.sql</c> comes a second time before a database's views,
    /// because it chooses the database.
    /// </summary>
    internal byte[] List()
    {
        var text = new StringBuilder().Append(Header).Append('\n');
        foreach (string database in _databases)
        {
            Append(database, s_order.SelectMany(o => _files[database].Where(f => f == o || (o[^1] == '/' && f.StartsWith(o, StringComparison.Ordinal)))));
        }

        foreach (string database in _databases)
        {
            string[] views = [.. _files[database].Where(f => f.StartsWith("views/", StringComparison.Ordinal))];
            Append(database, views.Length == 0 ? [] : ["database.sql", .. views]);
        }

        return Encoding.UTF8.GetBytes(text.Append(Users).Append('\n').Append(Footer).Append('\n').ToString());

        void Append(string database, IEnumerable<string> files) => text.AppendJoin(string.Empty, files.Select(f => $"{OfDatabase(database, f)}\n"));
    }
}
