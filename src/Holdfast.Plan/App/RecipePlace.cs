namespace Holdfast.Plan;

/// <summary>Where the configuration of an application may lie.</summary>
/// <param name="File">From the root of the installation; each component may have <c>*</c> and <c>?</c>.</param>
/// <param name="Needle">A text that is in it; null for any.</param>
/// <param name="Beside">Files or folders that the root has as well.</param>
internal sealed record RecipePlace(string File, string? Needle, IReadOnlyList<string> Beside)
{
    internal string[] Parts { get; } = File.Split('/');
}
