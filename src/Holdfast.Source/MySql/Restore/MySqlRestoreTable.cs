namespace Holdfast.Source;

/// <summary>A table that a restore loads.</summary>
/// <param name="Rows">As the manifest counts them; null for a sequence.</param>
/// <param name="Bytes">Of its rows.</param>
internal sealed record MySqlRestoreTable(string Name, long? Rows, long Bytes)
{
    /// <summary>Whether the backup left its rows out: it comes back empty.</summary>
    internal bool IsExcluded { get; init; }
}
