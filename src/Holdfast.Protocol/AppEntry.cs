using System.Text.Json.Serialization;

namespace Holdfast.Protocol;

/// <summary>An application: its files and databases, as a recipe finds them when the plan runs.</summary>
public sealed record AppEntry : SourceEntry
{
    /// <summary>Tells the applications of a plan apart; the last part of the path where nobody says one.</summary>
    public required string Name { get; init; }

    /// <summary>The recipe, by name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The root of the installation; absolute.</summary>
    public required string Path { get; init; }

    /// <summary>The file with its settings, from the root; null to have it found.</summary>
    public string? Config { get; init; }

    /// <summary>The folder with own recipes, beside the plan file.</summary>
    [JsonIgnore]
    public string RecipeFolder { get; init; } = string.Empty;
}
