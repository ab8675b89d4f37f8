using System.Runtime.CompilerServices;

namespace Holdfast.Repository;

/// <summary>
/// Tells what is compressed or encrypted already by a sample: no byte in it is much likelier than another. Programs, texts and
/// records are far from it; of <c>/usr</c>, hardly a file lies between. The fastest level, which finds fewer repetitions but still gives the
/// likelier bytes fewer bits, leaves under 1 % more of such content, in less than half of the usual level's time.
/// </summary>
internal static class EvenBytes
{
    /// <summary>Below, looking costs too much beside the compression that it may save.</summary>
    private const int LeastLength = 16 << 10;

    // One short piece from the middle of each eighth: what is at the begin and the end of a file is often of another kind.
    private const int Pieces = 8;
    private const int PieceLength = 256;
    private const int Sample = Pieces * PieceLength;

    /// <summary>
    /// Whether two bytes of the sample are the same little more often than two out of 256 equally likely ones: less than half as often again,
    /// of which chance has a hundredth.
    /// </summary>
    internal static bool Are(ReadOnlySpan<byte> content)
    {
        if (content.Length < LeastLength)
        {
            return false;
        }

        Counts counts = default;
        int apart = content.Length / Pieces;
        for (int at = (apart - PieceLength) / 2; at < content.Length - PieceLength; at += apart)
        {
            foreach (byte value in content.Slice(at, PieceLength))
            {
                counts[value]++;
            }
        }

        int same = 0; // pairs of one byte and a later one, twice
        foreach (ushort count in counts)
        {
            same += count * (count - 1);
        }

        return same < Sample * (Sample - 1) / 256 * 3 / 2;
    }

    [InlineArray(256)]
    private struct Counts
    {
        private ushort _first;
    }
}
