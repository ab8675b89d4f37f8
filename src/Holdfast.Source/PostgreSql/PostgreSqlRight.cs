namespace Holdfast.Source;

/// <summary>A right that a backup needs.</summary>
/// <param name="Name">What it allows, for people.</param>
/// <param name="Grant">The statement that gives it; null where it is there.</param>
public sealed record PostgreSqlRight(string Name, bool IsThere, string? Grant);
