using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Makes of a recipe's sources what they are in one installation.</summary>
internal sealed class InstallationParts(Recipe recipe, string root, string config, InstallationSettings settings, string name)
{
    private readonly List<string> _paths = [], _excludes = [], _sqlite = [], _git = [];
    /// <summary>What may say, behind the question mark of a URL, which database is meant.</summary>
    private static readonly string[] s_places = ["host", "hostaddr", "port", "user", "password", "dbname", "service", "unix_socket", "read_default_file", "passfile", "db"];

    private readonly List<AppDatabase> _databases = [];

    /// <exception cref="BackupException">Kind Source: a setting is missing, or names something that the recipe does not know.</exception>
    internal AppParts Read()
    {
        RecipeSource[] chosen = [.. recipe.Sources.Where(Applies)];
        RecipeSource[] conditional = [.. recipe.Sources.Where(s => s.When.Count > 0)];
        if (conditional.Length > 0 && !conditional.Any(chosen.Contains))
        {
            // What no source of the recipe is for would be left out without a word.
            string[] names = [.. conditional.SelectMany(s => s.When.Keys).Distinct()];
            string[] unknown = [.. names.Where(n => !conditional.Any(s => s.When.TryGetValue(n, out IReadOnlyList<string>? may) && may.Contains(settings.Text(n), StringComparer.OrdinalIgnoreCase)))];
            names = unknown.Length > 0 ? unknown : names;
            throw settings.Failure($"{string.Join(", ", names.Select(n => Found(n)))}, for which the recipe has no source");
        }

        Array.ForEach(chosen, Add);
        (string, string)[] links = FollowLinks();
        return new() { Paths = [.. _paths.Distinct()], Links = links, Excludes = [.. _excludes.Distinct()], Databases = _databases, Sqlite = _sqlite, Git = [.. _git.Distinct()] };
    }

    /// <summary>A walk stores a link, and not what it leads to: so that is a path of its own.</summary>
    private (string From, string To)[] FollowLinks()
    {
        var links = new List<(string, string)>();
        foreach (string path in (string[])[.. _paths, config, .. settings.Overrides])
        {
            string real = RealPath.Of(path);
            foreach (string here in new[] { path, real }.Where(h => !_paths.Any(p => h == p || h.StartsWith(p.TrimEnd('/') + "/", StringComparison.Ordinal))))
            {
                _paths.Add(here);
                links.AddRange(here == path ? [] : [(path, here)]);
            }
        }

        return [.. links];
    }

    private string Found(string name) =>
        recipe.Settings.TryGetValue(name, out RecipeSetting? setting) ? $"{setting.Title} is {(setting.IsSecret ? "something" : $"'{settings.Text(name)}'")}" : name;

    private bool Applies(RecipeSource source) => source.When.All(w => w.Value.Contains(settings.Text(w.Key), StringComparer.OrdinalIgnoreCase));

    private void Add(RecipeSource source)
    {
        switch (source.Kind)
        {
            case "files":
                _paths.AddRange(PathsOf(source.All("paths")));
                _excludes.AddRange(source.All("exclude").SelectMany(e => new[] { Pattern(e, p => p), Pattern(e, RealPath.Of) }));
                break;
            case "git":
                _git.AddRange(PathsOf(source.All("paths")));
                break;
            case "sqlite":
                _sqlite.AddRange(PathsOf(source.All("path")));
                break;
            case "mysql":
                AddMySql(source);
                break;
            case "postgresql":
                AddPostgreSql(Address(source, DatabaseAddress.Of), Text(source, "database"), Text(source, "user"), Text(source, "password"));
                break;
            case "url":
                AddUrl(Text(source, "url"));
                break;
        }
    }

    private void AddMySql(RecipeSource source)
    {
        DatabaseAddress address = source.One("address") is { } php ? Parse(settings.Fill(php), DatabaseAddress.OfPhp) : Address(source, DatabaseAddress.Of);
        address = Text(source, "socket") is { Length: > 0 } socket ? new(socket, null, null) : WithPort(address, source);
        AddMySql(address, Text(source, "database"), Text(source, "user"), Text(source, "password"));
    }

    private void AddMySql(DatabaseAddress address, string database, string user, string password) =>
        Add(new MySqlEntry { Name = NextName<MySqlEntry>(), Socket = address.Path, Host = address.Host, Port = address.Port, User = OrNull(user), Databases = [Needed(database)] }, password);

    private void AddPostgreSql(DatabaseAddress address, string database, string user, string password) =>
        Add(new PostgreSqlEntry { Name = NextName<PostgreSqlEntry>(), Host = address.Path ?? address.Host, Port = address.Port, User = OrNull(user), Databases = [Needed(database)] }, password);

    private void Add(SourceEntry entry, string password) => _databases.Add(new(entry, OrNull(password)));

    /// <summary><c>sqlite:PATH</c>, <c>mysql://USER:PASSWORD@HOST:PORT/DATABASE</c>, <c>postgres://…</c>; what stands behind a question mark is for the application, but for a host.</summary>
    private void AddUrl(string url)
    {
        int colon = url.IndexOf(':');
        string scheme = colon < 0 ? string.Empty : url[..colon];
        string rest = colon < 0 ? string.Empty : url[(colon + 1)..];
        if (scheme is "sqlite" or "sqlite3")
        {
            string path = rest.Split('?')[0];
            path = path.StartsWith("///", StringComparison.Ordinal) ? path[2..] : path;
            _sqlite.Add(TargetPath.Clean(Needed(path), root));
            return;
        }

        string[] query = rest.Split('?', 2);
        rest = query[0].StartsWith("//", StringComparison.Ordinal) ? query[0][2..] : query[0];
        int at = rest.LastIndexOf('@');
        string[] login = at < 0 ? [string.Empty] : rest[..at].Split(':', 2);
        string where = rest[(at + 1)..];
        int slash = where.StartsWith('/') ? where.LastIndexOf('/') : where.IndexOf('/'); // a socket is a path before the name
        string user = Uri.UnescapeDataString(login[0]), password = login.Length > 1 ? Uri.UnescapeDataString(login[1]) : string.Empty;
        string server = slash < 0 ? where : where[..slash], database = slash < 0 ? string.Empty : Uri.UnescapeDataString(where[(slash + 1)..]);
        foreach (string[] option in query.Skip(1).SelectMany(q => q.Split('&')).Select(o => o.Split('=', 2)).Where(o => s_places.Contains(o[0])))
        {
            server = option[0] == "host" && server.Length == 0 && option.Length > 1 && scheme is "postgres" or "postgresql"
                ? Uri.UnescapeDataString(option[1])
                : throw settings.Failure($"the URL of the database says `{option[0]}` behind its question mark, which is not read");
        }

        switch (scheme)
        {
            case "mysql" or "mariadb":
                AddMySql(ParseUrl(server, DatabaseAddress.OfPhp), database, user, password); // its client reaches localhost as PHP does
                break;
            case "postgres" or "postgresql":
                AddPostgreSql(ParseUrl(server, DatabaseAddress.Of), database, user, password);
                break;
            default:
                throw settings.Failure($"the database has a URL of the kind '{scheme}', which no recipe can use: it begins with sqlite, mysql or postgres");
        }
    }

    private DatabaseAddress Address(RecipeSource source, Func<string, DatabaseAddress> parse) => WithPort(Parse(Text(source, "host"), parse), source);

    private DatabaseAddress WithPort(DatabaseAddress address, RecipeSource source)
    {
        string port = Text(source, "port");
        bool belongs = port.Length > 0 && address is { Port: null } && (address.Host is not null || source.Kind == "postgresql"); // there it is part of the socket's name
        return belongs ? address with { Port = Parse(port, DatabaseAddress.PortOf) } : address;
    }

    /// <summary>In a URL that is malformed, a piece of the password may stand where the port is to be.</summary>
    private DatabaseAddress ParseUrl(string text, Func<string, DatabaseAddress> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException)
        {
            throw settings.Failure("the URL of the database has no port where one is to be");
        }
    }

    private T Parse<T>(string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            throw settings.Failure(e.Message);
        }
    }

    /// <summary>Relative patterns begin at the root of the installation. What settings bring is a path, and no pattern.</summary>
    private string Pattern(Template template, Func<string, string> real)
    {
        string pattern = template.Fill(n => PathSearch.Escape(settings.Text(n) is ['/', ..] path ? real(path) : settings.Text(n)));
        return pattern.StartsWith('/') ? pattern : $"{PathSearch.Escape(real(root)).TrimEnd('/')}/{pattern}";
    }

    /// <summary>An empty one is none.</summary>
    private IEnumerable<string> PathsOf(IEnumerable<Template> templates) => templates.Select(settings.Fill).Where(p => p.Length > 0).Select(p => TargetPath.Clean(p, root));

    private string Text(RecipeSource source, string key) => source.One(key) is { } template ? settings.Fill(template) : string.Empty;

    private string Needed(string database) => database.Length > 0 ? database : throw settings.Failure("the database has no name");

    private string NextName<T>()
        where T : SourceEntry
    {
        int before = _databases.Count(d => d.Entry is T);
        return before == 0 ? name : $"{name}-{before + 1}";
    }

    private static string? OrNull(string text) => text.Length > 0 ? text : null;
}
