namespace Holdfast.Plan;

/// <summary>How one kind of application is found, what it is made of, what to pause, and how to check it: docs/guide/applications.md.</summary>
public sealed record Recipe
{
    /// <summary>Letters, digits and dashes.</summary>
    public required string Name { get; init; }

    /// <summary>A line for people.</summary>
    public required string Description { get; init; }

    /// <summary>The file that it was read from; null for one that comes with the program.</summary>
    public string? File { get; init; }

    /// <summary>As it stands in its file.</summary>
    public required string Text { get; init; }

    internal IReadOnlyList<RecipePlace> Find { get; init; } = [];

    internal IReadOnlyDictionary<string, RecipeSetting> Settings { get; init; } = new Dictionary<string, RecipeSetting>();

    /// <summary>Files from the root whose settings count before those of the configuration; the last part may have <c>*</c> and <c>?</c>.</summary>
    internal IReadOnlyList<string> Overrides { get; init; } = [];

    internal Template? Version { get; init; }

    internal IReadOnlyList<RecipeSource> Sources { get; init; } = [];

    /// <summary>For settings by name, the texts that say that somebody paused it already. Empty where that cannot be told.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<string>> Unless { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    internal IReadOnlyList<RecipeCommand> Before { get; init; } = [];

    internal IReadOnlyList<RecipeCommand> After { get; init; } = [];

    internal RecipeChecks Checks { get; init; } = RecipeChecks.None;
}
