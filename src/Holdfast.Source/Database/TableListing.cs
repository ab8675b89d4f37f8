namespace Holdfast.Source;

/// <summary>A table of a database.</summary>
/// <param name="Kind">Such as <c>table</c>, <c>view</c>, <c>sequence</c>.</param>
/// <param name="Rows">About how many, as the server guesses; null where it does not say.</param>
/// <param name="Bytes">About how large it is; null where the server does not say.</param>
public sealed record TableListing(string Name, string Kind, long? Rows, long? Bytes);
