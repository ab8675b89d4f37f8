namespace Holdfast.Plan;

/// <summary>What tells that an application is whole: see <see cref="AppCheck"/>.</summary>
/// <param name="Files">Files and folders that must be there.</param>
/// <param name="Queries">SQL that must succeed in the application's database, and does not write.</param>
/// <param name="Commands">Commands that must end with 0.</param>
internal sealed record RecipeChecks(IReadOnlyList<Template> Files, IReadOnlyList<Template> Queries, IReadOnlyList<RecipeCommand> Commands)
{
    internal static readonly RecipeChecks None = new([], [], []);

    internal bool IsEmpty => Files.Count + Queries.Count + Commands.Count == 0;
}
