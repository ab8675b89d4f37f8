namespace Holdfast.Repository;

/// <summary>
/// Searches boundaries byte by byte with two tables, as the format's definition reads: the plain twin of
/// <see cref="BoundaryLanes"/>, and what runs on processors without its instructions. Immutable.
/// </summary>
internal sealed class BoundaryTables
{
    private const int WindowSize = Chunker.WindowSize;
    private const int Degree = Polynomial.ChunkerDegree;

    // What a byte still contributes to the digest when the byte that pushes it out of the window is appended.
    private readonly ulong[] _leaving = new ulong[256];

    // For the 8 bits that appending a byte pushes beyond the polynomial's degree: those bits, to clear them,
    // together with their remainder.
    private readonly ulong[] _overflow = new ulong[256];

    private readonly ulong _boundaryMask;

    public BoundaryTables(Polynomial polynomial, int averageBits)
    {
        _boundaryMask = (1UL << averageBits) - 1;
        for (int value = 0; value < 256; value++)
        {
            ulong beyond = (ulong)value << Degree;
            _overflow[value] = beyond ^ Polynomial.Remainder(beyond, polynomial.Value);
        }

        for (int value = 0; value < 256; value++)
        {
            ulong digest = (ulong)value;
            for (int i = 0; i < WindowSize; i++)
                digest = Append(digest, 0);

            _leaving[value] = digest;
        }
    }

    /// <summary>
    /// The first index in [from, to) at which a window that is a boundary ends, or -1. At least a window of bytes must
    /// precede <paramref name="from"/>.
    /// </summary>
    public int Find(ReadOnlySpan<byte> data, int from, int to)
    {
        if (from >= to)
            return -1;

        ReadOnlySpan<byte> entering = data[from..to];
        ReadOnlySpan<byte> leaving = data.Slice(from - WindowSize, entering.Length);
        ulong digest = 0;
        foreach (byte warmUp in data[(from - WindowSize)..from])
            digest = Append(digest, warmUp);

        for (int i = 0; i < entering.Length; i++)
        {
            digest = Append(digest, entering[i]) ^ _leaving[leaving[i]];
            if ((digest & _boundaryMask) == 0)
                return from + i;
        }

        return -1;
    }

    private ulong Append(ulong digest, byte value) =>
        unchecked(((digest << 8) | value) ^ _overflow[(byte)(digest >> (Degree - 8))]);
}
