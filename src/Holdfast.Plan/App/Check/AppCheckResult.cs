namespace Holdfast.Plan;

/// <summary>What came of one check.</summary>
/// <param name="Kind"><c>file</c>, <c>query</c> or <c>command</c>; <c>recipe</c> where that has no checks.</param>
/// <param name="Name">The path, the statement or the command line.</param>
/// <param name="Problem">Why it failed; null where it passed.</param>
public sealed record AppCheckResult(string Kind, string Name, string? Problem)
{
    public bool IsPassed => Problem is null;
}
