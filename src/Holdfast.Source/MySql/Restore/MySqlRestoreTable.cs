namespace Holdfast.Source;

/// <summary>A table that a restore loads.</summary>
/// <param name="Rows">As the manifest counts them; null for a sequence, and where the rows were left out of the snapshot.</param>
/// <param name="Bytes">Of its rows.</param>
internal sealed record MySqlRestoreTable(string Name, long? Rows, long Bytes);
