namespace Holdfast.Source;

/// <summary>A right that a backup needs.</summary>
/// <param name="Name">Such as <c>SHOW VIEW on shop.*</c>.</param>
/// <param name="Why">What would be missing from a backup without it.</param>
/// <param name="Granted">Whether the account has it.</param>
/// <param name="Grant">The statement that grants it.</param>
public sealed record MySqlRight(string Name, string Why, bool Granted, string Grant);
