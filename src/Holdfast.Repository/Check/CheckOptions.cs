namespace Holdfast.Repository;

/// <summary>How thoroughly to check. Immutable.</summary>
/// <param name="ReadData">Which packs to read whole; null for none.</param>
public sealed record CheckOptions(PackSubset? ReadData);
