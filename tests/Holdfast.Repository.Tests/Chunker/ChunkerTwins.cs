namespace Holdfast.Repository.Tests;

/// <summary>The chunker with and without vector instructions.</summary>
internal static class ChunkerTwins
{
    /// <summary>Whether vectorised: both, or only false where the processor has not what it takes.</summary>
    public static TheoryData<bool> Available => BoundaryLanes.IsSupported ? [true, false] : [false];

    public static Chunker Create(string polynomial, int averageBits, int minSize, int maxSize, bool vectorised)
    {
        Polynomial.TryParse(polynomial, out Polynomial parsed).ShouldBeTrue();
        return new Chunker(parsed, averageBits, minSize, maxSize, vectorised);
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
