using System.Text;
using Holdfast.Archiver;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Reads the entries of <c>sources:</c>, in a file or on the command line.</summary>
internal sealed class EntryReader(string folder, PlanProblems problems)
{
    /// <summary>All that this version reads.</summary>
    internal static readonly string[] Kinds = ["files", "mysql", "postgresql", "mongodb", "sqlite", "git", "command", "fifo", "app"];

    private const string AllowedDuration = "a time such as 30s, 5m or 1h30m, of at most 100 days";

    private RecipeBook? _book;
    private bool _saidBook;

    /// <summary>An entry; null where it cannot be read, which a problem says.</summary>
    internal SourceEntry? Read(YamlNode node)
    {
        if (node is YamlMapping { Members: [var (kind, value)] })
        {
            return Read(kind, value);
        }

        if (node is YamlMapping { Members: [_, var (second, _), ..] })
        {
            problems.Add(second.Place, $"a source has one key, its kind: '{second.Text}' belongs inside, as in `files: {{ paths: [/etc], exclude: ['*.tmp'] }}`, or begins an entry of its own with a dash");
        }
        else
        {
            problems.Add(node.Place, $"a source is one of {string.Join(", ", Kinds)} with a value behind it, and not {node.What}");
        }

        return null;
    }

    internal SourceEntry? Read(YamlScalar kind, YamlNode value)
    {
        SourceEntry? entry = kind.Text switch
        {
            "files" => ReadFiles(value),
            "mysql" => ReadMySql(value),
            "postgresql" => ReadPostgreSql(value),
            "mongodb" => ReadMongoDb(value),
            "sqlite" => ReadSqlite(value),
            "git" => ReadGit(value),
            "command" => ReadCommand(value),
            "fifo" => ReadFifo(value),
            "app" => ReadApp(value),
            _ => null,
        };
        if (Array.IndexOf(Kinds, kind.Text) < 0)
        {
            string near = NearestWord.Find(kind.Text, Kinds) is { } word ? $"; did you mean {word}?" : $": it is one of {string.Join(", ", Kinds)}";
            problems.Add(kind.Place, $"there is no source '{kind.Text}'{near}");
        }

        return entry is null ? null : entry with { Place = kind.Place };
    }

    /// <summary>Two entries must not put what they have at the same place.</summary>
    internal void Compare(IReadOnlyList<SourceEntry> sources)
    {
        for (int i = 1; i < sources.Count; i++)
        {
            SourceEntry[] before = [.. sources.Take(i).Where(s => s.GetType() == sources[i].GetType() || (NameOf(s) is not null && NameOf(s) == NameOf(sources[i])))];
            SourceEntry? same = sources[i] switch
            {
                FilesEntry or SqliteEntry or GitEntry => before.FirstOrDefault(),
                MySqlEntry mine => before.OfType<MySqlEntry>().FirstOrDefault(s => s.Name is null || mine.Name is null || s.Name == mine.Name),
                MongoDbEntry mine => before.OfType<MongoDbEntry>().FirstOrDefault(s => s.Name is null || mine.Name is null || s.Name == mine.Name),
                PostgreSqlEntry mine => before.OfType<PostgreSqlEntry>().FirstOrDefault(s => s.Name is null || mine.Name is null || s.Name == mine.Name),
                AppEntry mine => before.OfType<AppEntry>().FirstOrDefault(s => s.Name == mine.Name),
                _ => before.FirstOrDefault(s => NameOf(s) == NameOf(sources[i])),
            };
            if (same is not null)
            {
                string advice = sources[i] is FilesEntry or SqliteEntry or GitEntry ? $"name all paths in one entry `{PlanText.Kind(sources[i])}`" : "give each a `name` of its own";
                problems.Add(sources[i].Place, $"this would lie at the same place in the snapshot as the source in line {same.Place.Line}: {advice}");
            }
        }
    }

    /// <summary>Commands and FIFOs lie in one folder.</summary>
    private static string? NameOf(SourceEntry entry) => entry switch { CommandEntry c => c.Name, FifoEntry f => f.Name, _ => null };

    private FilesEntry ReadFiles(YamlNode value)
    {
        Section files = OpenPaths(value, "files",
            "paths", "exclude", "iexclude", "exclude-caches", "exclude-if-present", "exclude-larger-than", "one-file-system", "read-fifos", "fifo-timeout");
        if (!files.Has("paths"))
        {
            files.Missing("paths", string.Empty);
        }

        foreach (string key in (string[])["exclude", "iexclude"])
        {
            Try(files, key, text => new PathPattern(text, ignoreCase: false));
        }

        Try(files, "exclude-if-present", ExcludeMarker.Parse);
        return new()
        {
            Paths = [.. files.Texts("paths").Select(files.Absolute).Distinct()],
            Exclude = files.Texts("exclude"),
            Iexclude = files.Texts("iexclude"),
            ExcludeCaches = files.Flag("exclude-caches"),
            ExcludeIfPresent = files.Texts("exclude-if-present"),
            ExcludeLargerThan = files.Measure<long>("exclude-larger-than", Quantity.Bytes, "a size such as 500K, 100M or 2G"),
            OneFileSystem = files.Flag("one-file-system"),
            ReadFifos = files.Flag("read-fifos"),
            FifoTimeout = files.Measure<TimeSpan>("fifo-timeout", Quantity.Duration, AllowedDuration) ?? TimeSpan.FromMinutes(1),
        };
    }

    /// <summary>Has each text of a key parsed by whoever uses it later, to say here what is wrong.</summary>
    private void Try(Section section, string key, Func<string, object> parse)
    {
        YamlNode[] items = section.Find(key) is { } node ? node is YamlSequence list ? [.. list.Items] : [node] : [];
        foreach (YamlScalar item in items.OfType<YamlScalar>().Where(i => i.Text.Length > 0))
        {
            try
            {
                parse(item.Text);
            }
            catch (FormatException e)
            {
                problems.Add(item.Place, e.Message);
            }
        }
    }

    /// <summary>A server of MySQL is reached by a socket or a host.</summary>
    internal static void RequireOneWay(Section server, int? port, PlanProblems problems)
    {
        if (server.Has("socket") && (server.Has("host") || server.Has("port")))
        {
            problems.Add(server.Find("socket")!.Place, "mysql has a socket, or a host with a port, and not both");
        }
        else if (port is not null && !server.Has("host"))
        {
            problems.Add(server.Find("port")!.Place, "a port goes with a host");
        }
    }

    private MySqlEntry? ReadMySql(YamlNode value)
    {
        if (OpenMapping(value, "mysql", "name", "socket", "host", "port", "user", "password-file", "databases", "exclude") is not { } server)
        {
            return null;
        }

        var entry = new MySqlEntry
        {
            Name = ComponentName(server), Socket = server.FilePath("socket"), Host = server.Text("host"), Port = server.Port("port"), User = server.Text("user"),
            PasswordFile = server.FilePath("password-file"), Databases = server.Texts("databases"), Exclude = server.Texts("exclude"),
        };
        RequireOneWay(server, entry.Port, problems);
        return entry;
    }

    private PostgreSqlEntry? ReadPostgreSql(YamlNode value) =>
        OpenMapping(value, "postgresql", "name", "host", "port", "user", "password-file", "databases", "exclude") is { } server
            ? new()
            {
                Name = ComponentName(server), Host = server.Text("host"), Port = server.Port("port"), User = server.Text("user"),
                PasswordFile = server.FilePath("password-file"), Databases = server.Texts("databases"), Exclude = server.Texts("exclude"),
            }
            : null;

    private MongoDbEntry? ReadMongoDb(YamlNode value)
    {
        string[] inUri = ["host", "port", "user", "authentication-database", "password-file"];
        if (OpenMapping(value, "mongodb", ["name", .. inUri, "uri-file", "oplog", "users"]) is not { } server)
        {
            return null;
        }

        if (server.Has("uri-file") && inUri.FirstOrDefault(server.Has) is { } both)
        {
            problems.Add(server.Find(both)!.Place, $"mongodb has a uri-file, or {both}, and not both: the connection string says all of it");
        }

        return new()
        {
            Name = ComponentName(server), Host = server.Text("host"), Port = server.Port("port"), User = server.Text("user"),
            AuthenticationDatabase = server.Text("authentication-database"), PasswordFile = server.FilePath("password-file"),
            UriFile = server.FilePath("uri-file"), Oplog = server.Flag("oplog"), Users = !server.Has("users") || server.Flag("users"),
        };
    }

    private SqliteEntry ReadSqlite(YamlNode value)
    {
        Section sqlite = OpenPaths(value, "sqlite", "path", "paths", "check", "timeout");
        return new()
        {
            Paths = Patterns(sqlite), Check = !sqlite.Has("check") || sqlite.Flag("check"),
            Timeout = sqlite.Measure<TimeSpan>("timeout", Quantity.Duration, AllowedDuration) ?? TimeSpan.FromSeconds(30),
        };
    }

    private GitEntry ReadGit(YamlNode value)
    {
        Section git = OpenPaths(value, "git", "path", "paths", "check");
        return new() { Paths = Patterns(git), Check = !git.Has("check") || git.Flag("check") };
    }

    /// <summary>A mapping, or only its paths.</summary>
    private Section OpenPaths(YamlNode value, string kind, params string[] keys) =>
        Open(value as YamlMapping ?? new(value.Place, [new(new(value.Place, "paths", true), value)]), kind, keys);

    /// <summary>Paths, with or without wildcards; <c>path</c> reads better where it is one.</summary>
    private List<string> Patterns(Section section)
    {
        if (!section.Has("paths") && !section.Has("path"))
        {
            section.Missing("paths", string.Empty);
        }

        List<string> paths = [];
        foreach (string key in (string[])["path", "paths"])
        {
            foreach (string path in section.Texts(key).Select(section.Absolute))
            {
                if (!PathSearch.IsValid(path))
                {
                    problems.Add(section.Find(key)!.Place, $"the pattern '{path}' is malformed: a [ without its ], or a \\ at the end");
                }

                paths.Add(path);
            }
        }

        return [.. paths.Distinct()];
    }

    private CommandEntry? ReadCommand(YamlNode value)
    {
        if (OpenMapping(value, "command", "name", "run", "end-marker", "shrink-limit", "timeout") is not { } command)
        {
            return null;
        }

        if (!command.Has("name"))
        {
            command.Missing("name, that of the file", string.Empty);
        }

        if (!command.Has("run"))
        {
            command.Missing("run, the program and its arguments as a list", string.Empty);
        }

        return new()
        {
            Name = ComponentName(command) ?? string.Empty, Run = command.Texts("run"), EndMarker = EndMarker(command), ShrinkLimit = ShrinkLimit(command),
            Timeout = command.Measure<TimeSpan>("timeout", Quantity.Duration, AllowedDuration),
        };
    }

    private FifoEntry? ReadFifo(YamlNode value)
    {
        if (OpenMapping(value, "fifo", "name", "path", "end-marker", "shrink-limit", "timeout") is not { } fifo)
        {
            return null;
        }

        if (!fifo.Has("path"))
        {
            fifo.Missing("path", string.Empty);
        }

        string path = fifo.FilePath("path") ?? "/";
        return new()
        {
            Name = ComponentName(fifo) ?? Path.GetFileName(path), Path = path, EndMarker = EndMarker(fifo), ShrinkLimit = ShrinkLimit(fifo),
            Timeout = fifo.Measure<TimeSpan>("timeout", Quantity.Duration, AllowedDuration) ?? TimeSpan.FromMinutes(1),
        };
    }

    private AppEntry? ReadApp(YamlNode value)
    {
        if (OpenMapping(value, "app", "name", "recipe", "path", "config") is not { } app)
        {
            return null;
        }

        string path = app.RequiredText("path") is { Length: > 0 } given ? app.Absolute(given) : "/";
        string recipe = app.RequiredText("recipe");
        string recipes = Path.Combine(folder, RecipeBook.FolderName);
        if (recipe.Length > 0)
        {
            CheckRecipe(recipe, app.Find("recipe")!.Place, _book ??= RecipeBook.Load(recipes));
        }

        // A folder may be called what a folder of the snapshot cannot.
        string name = ComponentName(app) ?? string.Concat(Path.GetFileName(path).TrimStart('.').Select(c => char.IsControl(c) || char.IsSurrogate(c) || c == '%' ? '-' : c));
        return new() { Name = name.Length > 0 ? name : recipe, Recipe = recipe, Path = path, Config = app.Text("config"), RecipeFolder = recipes };
    }

    /// <summary>What is wrong with own recipes counts here: the one that is meant may be among them.</summary>
    private void CheckRecipe(string recipe, Place place, RecipeBook book)
    {
        if (book.Find(recipe) is null && book.Problems.Count == 0)
        {
            string[] names = [.. book.Recipes.Select(r => r.Name)];
            string near = NearestWord.Find(recipe, names) is { } word ? $"; did you mean {word}?" : $": there are {string.Join(", ", names)}";
            problems.Add(place, $"there is no recipe '{recipe}'{near}");
        }

        if (!_saidBook)
        {
            _saidBook = true;
            foreach (PlanProblem problem in book.Problems)
            {
                problems.Add(problem);
            }
        }
    }

    private string? EndMarker(Section stream)
    {
        string? marker = stream.Text("end-marker");
        if (marker is not null && Encoding.UTF8.GetByteCount(marker) > 1024)
        {
            problems.Add(stream.Find("end-marker")!.Place, "end-marker is at most 1024 bytes");
        }

        return marker;
    }

    private static double ShrinkLimit(Section stream) => stream.Measure<double>("shrink-limit", Quantity.Percent, "a share from 0 to 100, such as 50%") ?? 50;

    /// <summary>The name of a file or folder in the snapshot.</summary>
    private string? ComponentName(Section section)
    {
        string? name = section.Text("name");
        if (name is { Length: > 0 } && (name is "." or ".." || name.Contains('/') || name.Any(char.IsControl) || Encoding.UTF8.GetByteCount(name) > 200))
        {
            problems.Add(section.Find("name")!.Place, $"name becomes the name of a file: '{name}' cannot be one");
        }

        return name;
    }

    private Section? OpenMapping(YamlNode value, string kind, params string[] keys)
    {
        if (value is YamlMapping mapping)
        {
            return Open(mapping, kind, keys);
        }

        if (value is YamlScalar { IsMissing: true } && kind is "mysql" or "postgresql" or "mongodb")
        {
            return Open(new(value.Place, []), kind, keys); // all as the client has it
        }

        problems.Add(value.Place, $"{kind} is a mapping of {string.Join(", ", keys)}, and not {value.What}");
        return null;
    }

    private Section Open(YamlMapping mapping, string what, params string[] keys) => new(mapping, folder, what, keys, problems);
}
