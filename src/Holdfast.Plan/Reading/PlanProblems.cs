using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>What is wrong with one text, in the order of the text.</summary>
internal sealed class PlanProblems(string file)
{
    private readonly List<PlanProblem> _all = [];

    internal IReadOnlyList<PlanProblem> All => [.. _all.OrderBy(p => p.Place.Line).ThenBy(p => p.Place.Column)];

    internal bool IsEmpty => _all.Count == 0;

    internal void Add(PlanProblem problem) => _all.Add(problem);

    internal void Add(Place place, string message) => _all.Add(new(file, place, message));
}
