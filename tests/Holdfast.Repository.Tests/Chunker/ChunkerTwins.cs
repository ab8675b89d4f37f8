namespace Holdfast.Repository.Tests;

/// <summary>The chunker with each of its ways to search, by name because public tests cannot have internal parameters.</summary>
internal static class ChunkerTwins
{
    /// <summary>The ways that this processor can.</summary>
    public static TheoryData<string> Available => [nameof(BoundarySearch.Plain), .. Fast.Select(row => row.Data)];

    /// <summary>Those of them to compare with the plain one.</summary>
    public static TheoryData<string> Fast =>
    [
        nameof(BoundarySearch.Stretches),
        .. BoundaryNibbles.IsSupported ? [nameof(BoundarySearch.Nibbles)] : (string[])[],
        .. BoundaryLanes.IsSupported ? [nameof(BoundarySearch.Lanes)] : (string[])[],
    ];

    public static Chunker Create(string polynomial, int averageBits, int minSize, int maxSize, string search)
    {
        Polynomial.TryParse(polynomial, out Polynomial parsed).ShouldBeTrue();
        return new Chunker(parsed, averageBits, minSize, maxSize, Enum.Parse<BoundarySearch>(search));
    }

    public static IEnumerable<(int Start, int Length)> Cut(Chunker chunker, byte[] data)
    {
        for (int start = 0, length; start < data.Length; start += length)
        {
            int cut = chunker.FindCut(data.AsSpan(start), 0);
            length = cut < 0 ? data.Length - start : cut;
            yield return (start, length);
        }
    }
}
