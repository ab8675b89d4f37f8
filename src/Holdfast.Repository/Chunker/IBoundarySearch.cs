namespace Holdfast.Repository;

/// <summary>Searches boundaries in several stretches of the data at once, so it takes blocks of some size.</summary>
internal interface IBoundarySearch
{
    /// <summary>The fewest bytes that <see cref="Find"/> searches.</summary>
    int LeastBytes { get; }

    /// <summary>
    /// Searches the windows that end in [from, from + searched), where <paramref name="searched"/> is as large as
    /// suits the method, and returns the first index at which a window that is a boundary ends, or -1. At least a
    /// window of bytes must precede <paramref name="from"/>, and <see cref="LeastBytes"/> lie in [from, to).
    /// </summary>
    int Find(ReadOnlySpan<byte> data, int from, int to, out int searched);
}
