namespace Holdfast.Source;

/// <summary>A database of a server.</summary>
/// <param name="Bytes">About how large it is, as the server counts; null where it does not say.</param>
/// <param name="Tables">By name.</param>
public sealed record DatabaseListing(string Name, long? Bytes, IReadOnlyList<TableListing> Tables);
