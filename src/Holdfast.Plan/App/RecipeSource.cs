namespace Holdfast.Plan;

/// <summary>A part of an application.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="When">For settings by name, the texts of which theirs must be one. Empty for always.</param>
/// <param name="Values">By key.</param>
internal sealed record RecipeSource(string Kind, IReadOnlyDictionary<string, IReadOnlyList<string>> When, IReadOnlyDictionary<string, IReadOnlyList<Template>> Values)
{
    /// <summary>The kinds, and the keys of each.</summary>
    internal static readonly IReadOnlyDictionary<string, string[]> Kinds = new Dictionary<string, string[]>
    {
        ["files"] = ["paths", "exclude"],
        ["mysql"] = ["address", "host", "port", "socket", "user", "password", "database"],
        ["postgresql"] = ["host", "port", "user", "password", "database"],
        ["sqlite"] = ["path"],
        ["git"] = ["paths"],
        ["url"] = ["url"],
    };

    /// <summary>What cannot be missing, by kind.</summary>
    internal static string[] Needed(string kind) => kind switch
    {
        "files" or "git" => ["paths"], "sqlite" => ["path"], "url" => ["url"], _ => ["database"],
    };

    internal IReadOnlyList<Template> All(string key) => Values.TryGetValue(key, out IReadOnlyList<Template>? all) ? all : [];

    internal Template? One(string key) => All(key) is [var first, ..] ? first : null;
}
