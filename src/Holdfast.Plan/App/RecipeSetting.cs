namespace Holdfast.Plan;

/// <summary>A value in the application's own configuration.</summary>
/// <param name="Extractor">One of <see cref="Extractors"/>.</param>
/// <param name="Key">What it looks for: a name, a path of keys, or an expression.</param>
internal sealed record RecipeSetting(string Name, string Extractor, string Key)
{
    /// <summary>The ways to read a setting. None runs anything.</summary>
    internal static readonly string[] Extractors = ["php-define", "php-variable", "php-array", "python", "ini", "yaml", "json", "regex"];

    /// <summary>Another file than the configuration, from the root; null for that.</summary>
    internal Template? File { get; init; }

    /// <summary>What counts where it is not there; null where it must be.</summary>
    internal Template? Default { get; init; }

    /// <summary>Whether the default counts, with a note, also where it is there and only the application can evaluate it.</summary>
    internal bool IsOptional { get; init; }

    /// <summary>Whether it is never shown.</summary>
    internal bool IsSecret { get; init; }

    /// <summary>What a message calls it.</summary>
    internal string Title => Extractor == "regex" ? Name : Key;
}
