namespace Holdfast.Source;

/// <summary>A table of a server.</summary>
/// <param name="Name">With its schema: <c>public.orders</c>.</param>
/// <param name="Bytes">What it takes on the server's disk, without its indexes.</param>
public sealed record PostgreSqlTable(string Name, long Bytes);
