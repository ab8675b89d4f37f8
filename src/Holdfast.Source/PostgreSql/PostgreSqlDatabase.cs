namespace Holdfast.Source;

/// <summary>A database of a server.</summary>
/// <param name="Bytes">What it takes on the server's disk.</param>
public sealed record PostgreSqlDatabase(string Name, long Bytes, IReadOnlyList<PostgreSqlTable> Tables);
