using System.Text.RegularExpressions;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Reads the nodes of a recipe. All that is wrong becomes a problem with its place.</summary>
internal sealed class RecipeReader(PlanProblems problems)
{
    /// <summary>What a recipe may name beside its settings.</summary>
    internal static readonly string[] BuiltIn = ["root", "config"];

    /// <summary>Where a secret may be filled in: anything else is shown, or seen in a list of processes.</summary>
    private static readonly string[] s_secretKeys = ["password", "url"];

    private readonly HashSet<string> _names = [.. BuiltIn];
    private readonly HashSet<string> _secrets = [];

    internal Recipe? Read(YamlNode? node, string text, string? file)
    {
        if (node is not YamlMapping mapping)
        {
            problems.Add(node?.Place ?? new(1, 1), "a recipe is a mapping with name, find and sources");
            return null;
        }

        Section recipe = Open(mapping, "a recipe", "name", "description", "find", "settings", "overrides", "version", "sources", "pause", "check");
        string name = recipe.RequiredText("name");
        if (name.Length > 0 && (name.Length > 64 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')))
        {
            problems.Add(recipe.Find("name")!.Place, $"'{name}' is no name of a recipe: small letters, digits and dashes");
        }

        Dictionary<string, RecipeSetting> settings = ReadSettings(recipe);
        var (before, after, unless) = ReadPause(recipe);
        return new()
        {
            Name = name,
            Description = recipe.Text("description") ?? string.Empty,
            File = file,
            Text = text,
            Find = [.. Items(recipe, "find", isNeeded: true).Select(ReadPlace).OfType<RecipePlace>()],
            Settings = settings,
            Overrides = [.. ReadOverrides(recipe)],
            Version = Template(recipe, "version"),
            Sources = [.. Items(recipe, "sources", isNeeded: true).Select(ReadSource).OfType<RecipeSource>()],
            Unless = unless,
            Before = before,
            After = after,
            Checks = ReadChecks(recipe),
        };
    }

    private RecipePlace? ReadPlace(YamlNode node)
    {
        if (node is not YamlMapping mapping)
        {
            problems.Add(node.Place, $"find is a list of mappings with file and needle, and not {node.What}");
            return null;
        }

        Section place = Open(mapping, "find", "file", "needle", "beside");
        string file = place.RequiredText("file");
        if (file.Length > 0 && !IsBelowRoot(file))
        {
            problems.Add(place.Find("file")!.Place, $"file is a path from the root of the application, such as conf/app.ini, and not '{file}'");
        }

        return new(file, place.Text("needle"), place.Texts("beside"));
    }

    private static bool IsBelowRoot(string path) => !path.StartsWith('/') && !path.Split('/').Any(p => p is "" or "." or "..");

    private IEnumerable<string> ReadOverrides(Section recipe)
    {
        foreach (string file in recipe.Texts("overrides"))
        {
            if (IsBelowRoot(file) && !file[..Math.Max(0, file.LastIndexOf('/'))].AsSpan().ContainsAny('*', '?'))
            {
                yield return file;
            }
            else
            {
                problems.Add(recipe.Find("overrides")!.Place, $"overrides are paths from the root of the application, of which the last part may have * and ?, such as conf/*.ini, and not '{file}'");
            }
        }
    }

    private Dictionary<string, RecipeSetting> ReadSettings(Section recipe)
    {
        var settings = new Dictionary<string, RecipeSetting>();
        if (recipe.Find("settings") is not { } node)
        {
            return settings;
        }

        if (node is not YamlMapping mapping)
        {
            recipe.Wrong(node, "settings is a mapping of names");
            return settings;
        }

        foreach ((YamlScalar name, YamlNode value) in mapping.Members)
        {
            if (name.Text.Length == 0 || !name.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            {
                problems.Add(name.Place, $"'{name.Text}' is no name of a setting: letters, digits, dashes and underscores");
            }
            else if (_names.Contains(name.Text))
            {
                problems.Add(name.Place, $"{name.Text} is there already: {string.Join(" and ", BuiltIn)} are given, and each setting has a name of its own");
            }
            else if (ReadSetting(name.Text, value) is { } setting)
            {
                settings.Add(name.Text, setting);
            }

            _names.Add(name.Text); // a default may name what stands before it
            if (settings.TryGetValue(name.Text, out RecipeSetting? read) && read.IsSecret)
            {
                _secrets.Add(name.Text);
            }
        }

        return settings;
    }

    private RecipeSetting? ReadSetting(string name, YamlNode node)
    {
        if (node is not YamlMapping mapping)
        {
            problems.Add(node.Place, $"a setting is a mapping with one of {string.Join(", ", RecipeSetting.Extractors)}, and not {node.What}");
            return null;
        }

        Section setting = Open(mapping, "a setting", [.. RecipeSetting.Extractors, "file", "default", "optional", "secret"]);
        string[] ways = [.. RecipeSetting.Extractors.Where(setting.Has)];
        if (ways.Length != 1)
        {
            problems.Add(setting.Place, $"setting {name} is read in one way: give one of {string.Join(", ", RecipeSetting.Extractors)}");
            return null;
        }

        string key = setting.Text(ways[0]) ?? string.Empty;
        if (ways[0] == "regex" && key.Length > 0)
        {
            TryRegex(key, setting.Find("regex")!.Place);
        }

        if (setting.Flag("optional") && !setting.Has("default"))
        {
            setting.Missing("default, which counts where it cannot be read", string.Empty);
        }

        // An empty text is a default like any other.
        bool isSecret = setting.Flag("secret");
        bool isEmpty = setting.Find("default") is YamlScalar { IsPlain: false, Text: "" };
        return new(name, ways[0], key)
        {
            File = Template(setting, "file"), Default = isEmpty ? Plan.Template.Parse(string.Empty) : Template(setting, "default", isSecret), IsOptional = setting.Flag("optional"),
            IsSecret = isSecret,
        };
    }

    private void TryRegex(string pattern, Place place)
    {
        try
        {
            if (new Regex(pattern, SettingsFile.RegexOptions).GetGroupNumbers().Length < 2)
            {
                problems.Add(place, $"the expression '{pattern}' has no group in parentheses, and that is what it is to find");
            }
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            problems.Add(place, $"the expression '{pattern}' cannot be used: {e.Message}");
        }
    }

    private RecipeSource? ReadSource(YamlNode node)
    {
        YamlMapping? mapping = node as YamlMapping;
        KeyValuePair<YamlScalar, YamlNode>[] kinds = mapping is null ? [] : [.. mapping.Members.Where(m => m.Key.Text != "when")];
        if (kinds is not [var (kind, value)])
        {
            problems.Add(kinds.Length > 1 ? kinds[1].Key.Place : node.Place, $"a source has one of {string.Join(", ", RecipeSource.Kinds.Keys)}, and may have `when`");
            return null;
        }

        if (!RecipeSource.Kinds.TryGetValue(kind.Text, out string[]? keys))
        {
            string near = NearestWord.Find(kind.Text, RecipeSource.Kinds.Keys) is { } word ? $"; did you mean {word}?" : $": it is one of {string.Join(", ", RecipeSource.Kinds.Keys)}";
            problems.Add(kind.Place, $"there is no source '{kind.Text}'{near}");
            return null;
        }

        string[] needed = RecipeSource.Needed(kind.Text);
        YamlMapping members = value as YamlMapping ?? new(value.Place, [new(new(value.Place, needed[0], true), value)]);
        Section source = Open(members, kind.Text, keys);
        foreach (string key in needed.Where(k => !source.Has(k)))
        {
            source.Missing(key, string.Empty);
        }

        return new(kind.Text, ReadConditions(mapping!, "when"), keys.Where(source.Has).ToDictionary(k => k, k => Templates(source, k)));
    }

    private Dictionary<string, IReadOnlyList<string>> ReadConditions(YamlMapping owner, string key)
    {
        YamlNode? node = owner.Members.FirstOrDefault(m => m.Key.Text == key).Value;
        if (node is null)
        {
            return [];
        }

        if (node is not YamlMapping mapping)
        {
            problems.Add(node.Place, $"{key} is a mapping of settings and the texts that they may have, and not {node.What}");
            return [];
        }

        Section conditions = Open(mapping, key, [.. _names]);
        return mapping.Members.Select(m => m.Key.Text).Distinct().Where(k => _names.Contains(k)).ToDictionary(k => k, k => conditions.Texts(k));
    }

    private (IReadOnlyList<RecipeCommand> Before, IReadOnlyList<RecipeCommand> After, IReadOnlyDictionary<string, IReadOnlyList<string>> Unless) ReadPause(Section recipe)
    {
        var never = new Dictionary<string, IReadOnlyList<string>>();
        if (recipe.Find("pause") is not { } node)
        {
            return ([], [], never);
        }

        if (node is not YamlMapping mapping)
        {
            recipe.Wrong(node, "pause is a mapping with before and after");
            return ([], [], never);
        }

        Section pause = Open(mapping, "pause", "before", "after", "unless");
        if (pause.Has("before") && !pause.Has("after"))
        {
            pause.Missing("after, which undoes what before does", string.Empty);
        }

        return (ReadCommands(pause, "before"), ReadCommands(pause, "after"), ReadConditions(mapping, "unless"));
    }

    private List<RecipeCommand> ReadCommands(Section section, string key) => [.. Items(section, key, isNeeded: false).Select(ReadCommand).OfType<RecipeCommand>()];

    private RecipeCommand? ReadCommand(YamlNode node)
    {
        if (node is not YamlMapping mapping)
        {
            problems.Add(node.Place, $"a command is a mapping with run, the program and its arguments as a list, and not {node.What}");
            return null;
        }

        Section command = Open(mapping, "a command", "run", "timeout", "as");
        if (!command.Has("run"))
        {
            command.Missing("run, the program and its arguments as a list", string.Empty);
        }

        if (command.Find("as") is { } user and not YamlScalar { Text: "owner" })
        {
            command.Wrong(user, "as is `owner`, that of the configuration");
        }

        TimeSpan? timeout = command.Measure<TimeSpan>("timeout", Quantity.Duration, "a time such as 30s, 5m or 1h30m, of at most 100 days");
        return new(Templates(command, "run"), timeout ?? RecipeCommand.DefaultTimeout, command.Has("as"));
    }

    private RecipeChecks ReadChecks(Section recipe)
    {
        if (recipe.Find("check") is not { } node)
        {
            return RecipeChecks.None;
        }

        if (node is not YamlMapping mapping)
        {
            recipe.Wrong(node, "check is a mapping with files, queries and commands");
            return RecipeChecks.None;
        }

        Section check = Open(mapping, "check", "files", "queries", "commands");
        return new(Templates(check, "files"), Templates(check, "queries"), ReadCommands(check, "commands"));
    }

    private static IReadOnlyList<YamlNode> Items(Section section, string key, bool isNeeded)
    {
        switch (section.Find(key))
        {
            case null:
                if (isNeeded)
                {
                    section.Missing(key, string.Empty);
                }

                return [];
            case YamlSequence { Items: { Count: > 0 } items }:
                return items;
            case var other:
                section.Wrong(other, $"{key} is a list, each entry with a dash before it");
                return [];
        }
    }

    private Template? Template(Section section, string key, bool maySecret = false) => section.Text(key) is { Length: > 0 } text ? Parse(text, section.Find(key)!.Place, maySecret) : null;

    private IReadOnlyList<Template> Templates(Section section, string key)
    {
        YamlNode[] places = section.Find(key) is { } node ? node is YamlSequence list ? [.. list.Items] : [node] : [];
        IReadOnlyList<string> texts = section.Texts(key);
        return texts.Count == places.Length ? [.. texts.Zip(places, (t, p) => Parse(t, p.Place, s_secretKeys.Contains(key))).OfType<Template>()] : [];
    }

    private Template? Parse(string text, Place place, bool maySecret)
    {
        try
        {
            Template template = Plan.Template.Parse(text);
            foreach (string name in template.Names.Where(n => !_names.Contains(n)))
            {
                string near = NearestWord.Find(name, _names) is { } word ? $"; did you mean {word}?" : $": there are {string.Join(", ", _names)}";
                problems.Add(place, $"there is no setting '{name}'{near}");
            }

            foreach (string name in maySecret ? [] : template.Names.Where(_secrets.Contains))
            {
                problems.Add(place, $"{name} is secret, and would be seen here; it may stand in {string.Join(" and ", s_secretKeys)} of a source, and in the default of a secret setting");
            }

            return template;
        }
        catch (FormatException e)
        {
            problems.Add(place, e.Message);
            return null;
        }
    }

    private Section Open(YamlMapping mapping, string what, params string[] keys) => new(mapping, "/", what, keys, problems);
}
