namespace Holdfast.Cli.Access;

/// <summary>The repository that a plan file names, and the file with its password.</summary>
internal sealed record PlannedRepository(string? Location, string? PasswordFile);
