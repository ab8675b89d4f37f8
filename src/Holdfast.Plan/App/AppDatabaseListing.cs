namespace Holdfast.Plan;

/// <summary>A database of an application, to be shown.</summary>
/// <param name="Kind"><c>mysql</c>, <c>postgresql</c> or <c>sqlite</c>.</param>
/// <param name="Name">Its name; for SQLite its file.</param>
/// <param name="Server">Where it is; null for SQLite.</param>
/// <param name="User">Null where the application names none.</param>
public sealed record AppDatabaseListing(string Kind, string Name, string? Server, string? User);
