using Holdfast.Protocol;

namespace Holdfast.Plan;

/// <summary>What came of reading a plan file.</summary>
/// <param name="Document">Null where there are problems.</param>
/// <param name="Problems">In the order of the file.</param>
public sealed record PlanReading(PlanDocument? Document, IReadOnlyList<PlanProblem> Problems);
