namespace Holdfast.Protocol;

/// <summary>One plan: what becomes one snapshot.</summary>
/// <param name="Name">Letters, digits, dots, dashes and underscores; it is a tag of the plan's snapshots.</param>
/// <param name="Sources">At least one, in the order in which they are captured.</param>
public sealed record PlanEntry(string Name, IReadOnlyList<SourceEntry> Sources)
{
    /// <summary>Patterns for names in the inventory: what is gone and fits one is not missed.</summary>
    public IReadOnlyList<string> MayGo { get; init; } = [];
}
