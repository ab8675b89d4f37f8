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
    private readonly List<MySqlView> _views = [];

    internal static string OfDatabase(string database, string file) => $"{Folder(database)}/{file}";

    internal static string Of(string database, string folder, string name) => $"{Folder(database)}/{folder}/{MySqlName.Encode(name)}.sql";

    /// <summary>A database may have the name of a file that stands beside its folder.</summary>
    private static string Folder(string database) => database is Header or Users or Footer or Files ? $"%{(int)database[0]:X2}{database[1..]}" : MySqlName.Encode(database);

    internal void Add(MySqlView view) => _views.Add(view);

    internal void Add(string database, string path)
    {
        if (!_files.TryGetValue(database, out List<string>? files))
        {
            _files.Add(database, files = []);
            _databases.Add(database);
        }

        files.Add(path[(Folder(database).Length + 1)..]);
    }

    /// <summary>
    /// The paths in the order in which they make a dump, one a line. <c>database.sql</c> comes again before a database's views, because
    /// it chooses the database.
    /// </summary>
    internal byte[] List()
    {
        var text = new StringBuilder().Append(Header).Append('\n');
        foreach (string database in _databases)
        {
            Append(database, s_order.SelectMany(o => _files[database].Where(f => f == o || (o[^1] == '/' && f.StartsWith(o, StringComparison.Ordinal)))));
        }

        string? chosen = null;
        foreach (MySqlView view in ViewsInOrder())
        {
            Append(view.Database, view.Database == chosen ? [] : ["database.sql"]);
            Append(view.Database, [$"views/{MySqlName.Encode(view.Name)}.sql"]);
            chosen = view.Database;
        }

        return Encoding.UTF8.GetBytes(text.Append(Users).Append('\n').Append(Footer).Append('\n').ToString());

        void Append(string database, IEnumerable<string> files) => text.AppendJoin(string.Empty, files.Select(f => $"{OfDatabase(database, f)}\n"));
    }

    /// <summary>
    /// A view after those that it may name: a check option needs to see what is below. The dump tools go by the alphabet, and what
    /// they write cannot always be loaded. A circle, which names alone may seem to make, is cut; the placeholders are there for that.
    /// </summary>
    private List<MySqlView> ViewsInOrder()
    {
        ILookup<string, MySqlView> byName = _views.ToLookup(v => v.Name);
        var done = new HashSet<MySqlView>(ReferenceEqualityComparer.Instance);
        var ordered = new List<MySqlView>();
        var waiting = new Stack<(MySqlView View, bool IsReady)>(_views.AsEnumerable().Reverse().Select(v => (v, false)));
        while (waiting.TryPop(out (MySqlView View, bool IsReady) next))
        {
            if (next.IsReady)
            {
                ordered.Add(next.View);
            }
            else if (done.Add(next.View))
            {
                waiting.Push((next.View, true));
                foreach (MySqlView below in next.View.Names.SelectMany(n => byName[n]).Where(v => !done.Contains(v)))
                {
                    waiting.Push((below, false));
                }
            }
        }

        return ordered;
    }
}
