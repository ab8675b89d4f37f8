namespace Holdfast.Plan;

/// <summary>A command of a recipe with its settings filled in.</summary>
/// <param name="Owner">The user that it runs as; null for whoever backs up.</param>
internal sealed record AppCommandLine(IReadOnlyList<string> Run, TimeSpan Timeout, uint? Owner);
