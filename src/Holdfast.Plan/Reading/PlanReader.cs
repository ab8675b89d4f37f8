using Holdfast.Archiver;
using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>Reads the nodes of a plan file into a document.</summary>
internal sealed class PlanReader(string folder, PlanProblems problems)
{
    private static readonly string[] Keys = ["repository", "password-file", "plans", "mirrors"];

    private readonly EntryReader _entries = new(folder, problems);

    /// <summary>The mirrors by what they replace.</summary>
    private readonly Dictionary<(ServerAddress Server, string Database), YamlScalar> _targets = [];

    /// <summary>The document; of no use where there are problems.</summary>
    internal PlanDocument Read(YamlNode? node)
    {
        if (node is not YamlMapping mapping)
        {
            problems.Add(node?.Place ?? new(1, 1), "a plan file has `plans:` with at least one plan in it");
            return new() { Plans = [] };
        }

        Section top = Open(mapping, "a plan file", Keys);
        List<PlanEntry> plans = [.. Members(top, "plans").Select(m => ReadPlan(m.Key, m.Value))];
        if (!top.Has("plans"))
        {
            top.Missing("plans", string.Empty);
        }

        return new()
        {
            Repository = top.Text("repository") is { Length: > 0 } location ? Locate(top, location) : null,
            PasswordFile = top.FilePath("password-file"),
            Plans = plans,
            Mirrors = [.. Members(top, "mirrors").Select(m => ReadMirror(m.Key, m.Value, plans))],
        };
    }

    /// <summary>A folder may be relative to the file; a location of another kind stays as it is.</summary>
    private static string Locate(Section top, string location)
    {
        int colon = location.IndexOf(':');
        return location.StartsWith("local:", StringComparison.Ordinal) ? top.Absolute(location["local:".Length..])
            : colon > 0 && location.AsSpan(0, colon).IndexOf('/') < 0 ? location
            : top.Absolute(location);
    }

    private PlanEntry ReadPlan(YamlScalar name, YamlNode node)
    {
        if (name.Text.Length > 64 || !name.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') || !char.IsAsciiLetterOrDigit(name.Text.FirstOrDefault('-')))
        {
            problems.Add(name.Place, $"'{name.Text}' is no name of a plan: 1 to 64 letters, digits, dots, dashes and underscores, with a letter or digit first");
        }
        else if (name.Text.StartsWith("holdfast-", StringComparison.Ordinal))
        {
            problems.Add(name.Place, $"'{name.Text}': names that begin with holdfast- are tags of the program's own");
        }

        if (node is not YamlMapping mapping)
        {
            problems.Add(node.Place, $"plan {name.Text} is a mapping with `sources:`, and not {node.What}");
            return new(name.Text, []);
        }

        Section plan = Open(mapping, $"plan {name.Text}", ["sources", "may-go"]);
        return new(name.Text, ReadSources(plan, name.Text)) { MayGo = ReadMayGo(plan) };
    }

    private List<SourceEntry> ReadSources(Section plan, string name)
    {
        switch (plan.Find("sources"))
        {
            case null:
                plan.Missing("sources", string.Empty);
                return [];
            case YamlSequence { Items: { Count: > 0 } items }:
                List<SourceEntry> sources = [.. items.Select(_entries.Read).OfType<SourceEntry>()];
                _entries.Compare(sources);
                return sources;
            case YamlSequence empty:
                problems.Add(empty.Place, $"plan {name} has no sources: give at least one, such as `- files: [/etc]`");
                return [];
            case var other:
                plan.Wrong(other, "sources is a list, each entry with a dash before it");
                return [];
        }
    }

    private IReadOnlyList<string> ReadMayGo(Section plan)
    {
        IReadOnlyList<string> patterns = plan.Texts("may-go");
        foreach (string pattern in patterns)
        {
            if (pattern.Trim('/', '*', '?').Length == 0)
            {
                problems.Add(plan.Find("may-go")!.Place, $"may-go has '{pattern}', which fits everything: then no run would miss anything");
            }
            else if (!PathSearch.IsValid(pattern))
            {
                problems.Add(plan.Find("may-go")!.Place, $"may-go has '{pattern}', which is malformed: a [ without its ], or a \\ at the end");
            }
        }

        return patterns;
    }

    private MirrorEntry ReadMirror(YamlScalar name, YamlNode node, List<PlanEntry> plans)
    {
        if (node is not YamlMapping mapping)
        {
            problems.Add(node.Place, $"mirror {name.Text} is a mapping with `from:`, and not {node.What}");
            return new(name.Text, string.Empty);
        }

        Section mirror = Open(mapping, $"mirror {name.Text}", ["from", "mysql", "postgresql", "mask"]);
        string from = mirror.RequiredText("from");
        if (from.Length > 0 && !plans.Exists(p => p.Name == from))
        {
            problems.Add(mirror.Find("from")!.Place, $"there is no plan '{from}'{Among(from, plans)}");
        }

        if (mirror.Has("mysql") == mirror.Has("postgresql"))
        {
            problems.Add(mirror.Place, $"mirror {name.Text} needs one of mysql and postgresql");
        }

        return new(name.Text, from)
        {
            Mysql = ReadTarget(mirror, "mysql", name), Postgresql = ReadTarget(mirror, "postgresql", name), Mask = mirror.FilePath("mask"),
        };
    }

    private MirrorTarget? ReadTarget(Section mirror, string engine, YamlScalar name)
    {
        if (mirror.Find(engine) is not { } node)
        {
            return null;
        }

        if (node is not YamlMapping mapping)
        {
            mirror.Wrong(node, $"{engine} is a mapping with database and into");
            return null;
        }

        string[] keys = ["database", "into", "source", "socket", "host", "port", "user", "password-file"];
        Section target = Open(mapping, engine, engine == "mysql" ? keys : [.. keys.Where(k => k != "socket")]);
        var read = new MirrorTarget(target.RequiredText("database"), target.RequiredText("into"))
        {
            Source = target.Text("source"), Socket = target.FilePath("socket"), Host = target.Text("host"), Port = target.Port("port"), User = target.Text("user"),
            PasswordFile = target.FilePath("password-file"),
        };
        if (engine == "mysql")
        {
            EntryReader.RequireOneWay(target, read.Port, problems);
        }

        (ServerAddress, string) place = (ServerAddress.Of(PlanSources.ServerOf(read, engine == "mysql")), read.Into);
        if (!_targets.TryAdd(place, name))
        {
            problems.Add(target.Find("into")?.Place ?? target.Place, $"mirror {_targets[place].Text} in line {_targets[place].Place.Line} replaces {read.Into} on this server already");
        }

        return read;
    }

    private static string Among(string name, List<PlanEntry> plans) =>
        NearestWord.Find(name, plans.Select(p => p.Name)) is { } near ? $"; did you mean {near}?" : string.Empty;

    /// <summary>The members of a mapping whose keys are names.</summary>
    private IEnumerable<KeyValuePair<YamlScalar, YamlNode>> Members(Section top, string key)
    {
        if (top.Find(key) is not { } node)
        {
            return [];
        }

        if (node is not YamlMapping { Members: { Count: > 0 } members })
        {
            top.Wrong(node, $"{key} is a mapping of names, with at least one in it");
            return [];
        }

        var names = new HashSet<string>();
        foreach ((YamlScalar name, _) in members.Where(m => !names.Add(m.Key.Text)))
        {
            problems.Add(name.Place, $"{name.Text} is given a second time: a name can be there once");
        }

        return members;
    }

    private Section Open(YamlMapping mapping, string what, string[] keys) => new(mapping, folder, what, keys, problems);
}
