namespace Holdfast.Plan;

/// <summary>What tells that a restored application is whole. A drill runs it; now it is read, and shown.</summary>
/// <param name="Files">Files and folders that must be there.</param>
/// <param name="Queries">SQL that must succeed in the application's database.</param>
/// <param name="Commands">Commands that must end with 0.</param>
internal sealed record RecipeChecks(IReadOnlyList<Template> Files, IReadOnlyList<Template> Queries, IReadOnlyList<RecipeCommand> Commands)
{
    internal static readonly RecipeChecks None = new([], [], []);
}
