namespace Holdfast.Source;

/// <summary>A table of a server, or a view or sequence.</summary>
/// <param name="Kind"><c>table</c>, <c>view</c> or <c>sequence</c>.</param>
/// <param name="Engine">Empty for a view.</param>
/// <param name="Bytes">What it takes on the server's disk, with its indexes; as the server estimates it.</param>
/// <param name="Rows">As the server estimates it.</param>
internal sealed record MySqlTable(string Name, string Kind, string Engine, long Bytes, long Rows);
