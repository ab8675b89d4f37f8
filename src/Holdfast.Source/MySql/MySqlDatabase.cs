namespace Holdfast.Source;

/// <summary>A database of a server.</summary>
/// <param name="Tables">In order of their names.</param>
public sealed record MySqlDatabase(string Name, IReadOnlyList<MySqlTable> Tables)
{
    /// <summary>What its tables take on the server's disk.</summary>
    public long Bytes => Tables.Sum(t => t.Bytes);
}
