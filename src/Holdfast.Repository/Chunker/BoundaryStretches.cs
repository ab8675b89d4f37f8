using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Repository;

/// <summary>
/// Searches boundaries in 6 stretches of the data at once with the tables of <see cref="BoundaryTables"/>, for
/// processors without the instructions of <see cref="BoundaryLanes"/> and <see cref="BoundaryNibbles"/>. Immutable.
/// </summary>
/// <remarks>
/// A digest waits for the look-up that the digest before it decides; those of other stretches fill that time.
/// Measured at 4 times the speed of one stretch; 4 stretches are a fifth slower than 6, and 8 are no faster.
/// A boundary depends on 64 bytes only, so each stretch is warmed up with the 64 bytes before it.
/// </remarks>
internal sealed class BoundaryStretches(BoundaryTables tables) : IBoundarySearch
{
    private const int WindowSize = Chunker.WindowSize;
    private const int Stretches = 6;
    private const int NotFound = int.MaxValue;

    // Constant, so that one register points into all stretches. An odd number of cache lines, lest the stretches
    // compete for a part of the cache's sets; longer ones waste more behind a boundary, shorter ones on warming up.
    private const int Stretch = 33 * WindowSize;

    public int LeastBytes => Stretches * Stretch;

    public int Find(ReadOnlySpan<byte> data, int from, int to, out int searched)
    {
        searched = Stretches * Stretch;

        // The loops do without bounds checks: they read a stretch and the window before it, 6 times, and no more.
        data = data[..to].Slice(from - WindowSize, WindowSize + (Stretches * Stretch));
        ref byte at = ref MemoryMarshal.GetReference(data);
        ref ulong overflow = ref MemoryMarshal.GetReference(tables.Overflow);
        ref ulong leaving = ref MemoryMarshal.GetReference(tables.Leaving);

        ulong d0 = 0, d1 = 0, d2 = 0, d3 = 0, d4 = 0, d5 = 0;
        for (int i = 0; i < WindowSize; i++)
        {
            d0 = Append(d0, at, ref overflow);
            d1 = Append(d1, Unsafe.Add(ref at, Stretch), ref overflow);
            d2 = Append(d2, Unsafe.Add(ref at, 2 * Stretch), ref overflow);
            d3 = Append(d3, Unsafe.Add(ref at, 3 * Stretch), ref overflow);
            d4 = Append(d4, Unsafe.Add(ref at, 4 * Stretch), ref overflow);
            d5 = Append(d5, Unsafe.Add(ref at, 5 * Stretch), ref overflow);
            at = ref Unsafe.Add(ref at, 1);
        }

        ulong mask = tables.BoundaryMask;
        int first = NotFound;
        for (int i = 0; i < Stretch; i++)
        {
            d0 = Append(d0, Change(ref at, ref leaving), ref overflow);
            d1 = Append(d1, Change(ref Unsafe.Add(ref at, Stretch), ref leaving), ref overflow);
            d2 = Append(d2, Change(ref Unsafe.Add(ref at, 2 * Stretch), ref leaving), ref overflow);
            d3 = Append(d3, Change(ref Unsafe.Add(ref at, 3 * Stretch), ref leaving), ref overflow);
            d4 = Append(d4, Change(ref Unsafe.Add(ref at, 4 * Stretch), ref leaving), ref overflow);
            d5 = Append(d5, Change(ref Unsafe.Add(ref at, 5 * Stretch), ref leaving), ref overflow);
            at = ref Unsafe.Add(ref at, 1);

            // Seldom true, so the branches cost little. A boundary in a later stretch may still be undercut by an earlier one.
            if ((d0 & mask) == 0)
                return from + i;
            if ((d1 & mask) == 0)
                first = Math.Min(first, Stretch + i);
            if ((d2 & mask) == 0)
                first = Math.Min(first, (2 * Stretch) + i);
            if ((d3 & mask) == 0)
                first = Math.Min(first, (3 * Stretch) + i);
            if ((d4 & mask) == 0)
                first = Math.Min(first, (4 * Stretch) + i);
            if ((d5 & mask) == 0)
                first = Math.Min(first, (5 * Stretch) + i);
        }

        return first == NotFound ? -1 : from + first;
    }

    // What the byte contributes that enters the window, and what the one does that leaves it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Change(ref byte at, ref ulong leaving) =>
        at ^ Unsafe.Add(ref leaving, (nuint)Unsafe.Add(ref at, -WindowSize));

    // A digest has no bits beyond the polynomial's degree, so the shift leaves an index below 256. The look-up that
    // depends on the digest before comes last, when all else is ready.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Append(ulong digest, ulong change, ref ulong overflow) =>
        unchecked((digest << 8) ^ change ^ Unsafe.Add(ref overflow, (nuint)(digest >> (Polynomial.ChunkerDegree - 8))));
}
