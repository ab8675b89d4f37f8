namespace Holdfast.Source;

/// <summary>A table of a server, or a view or sequence.</summary>
/// <param name="Kind"><c>table</c>, <c>view</c> or <c>sequence</c>.</param>
/// <param name="Engine">Empty for a view.</param>
/// <param name="Bytes">What it takes on the server's disk, with its indexes; as the server estimates it.</param>
/// <param name="Rows">As the server estimates it.</param>
internal sealed record MySqlTable(string Name, string Kind, string Engine, long Bytes, long Rows)
{
    /// <summary>Whether the rows are those of other tables, servers or files, which the dump tools leave there (<c>--no-data-med</c>).</summary>
    internal bool HasNoRows => Engine.ToUpperInvariant() is "MRG_MYISAM" or "MRG_ISAM" or "FEDERATED" or "CONNECT" or "OQGRAPH" or "SPIDER" or "VP";
}
