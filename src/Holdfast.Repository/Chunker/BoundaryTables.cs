namespace Holdfast.Repository;

/// <summary>
/// Searches boundaries byte by byte with two tables, as the format's definition reads: what the faster searches are
/// compared with, and what takes the data that are too short for them. Immutable.
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

    public BoundaryTables(Polynomial polynomial, int averageBits)
    {
        BoundaryMask = (1UL << averageBits) - 1;
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

    /// <summary>By the byte that leaves the window, what it still contributes to the digest. Less than 2^53.</summary>
    public ReadOnlySpan<ulong> Leaving => _leaving;

    /// <summary>By the 8 bits pushed beyond the polynomial's degree, what clears them and adds their remainder.</summary>
    public ReadOnlySpan<ulong> Overflow => _overflow;

    /// <summary>The bits of a digest that are zero at a boundary.</summary>
    public ulong BoundaryMask { get; }

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
            if ((digest & BoundaryMask) == 0)
                return from + i;
        }

        return -1;
    }

    private ulong Append(ulong digest, byte value) =>
        unchecked(((digest << 8) | value) ^ _overflow[(byte)(digest >> (Degree - 8))]);
}
