using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Holdfast.Repository;

/// <summary>Turns 64 stretches of 64 bytes into 64 registers that hold a byte of every stretch.</summary>
internal static class LaneTransposition
{
    public const int Lanes = 64;

    // In a register of 8 rows of 8 bytes, columns become rows.
    private static readonly Vector512<byte> s_columns = Vector512.Create(ColumnIndices());

    public static bool IsSupported => Avx512F.IsSupported && Avx512Vbmi.IsSupported;

    /// <summary>
    /// Lane n of <paramref name="planes"/>[i] becomes data[start + n * stretch + i]. In two passes of 8×8 blocks,
    /// because 64 registers are more than there are.
    /// </summary>
    public static void Transpose(ReadOnlySpan<byte> data, int start, int stretch, Span<Vector512<byte>> planes)
    {
        // The passes below do without bounds checks.
        data = data.Slice(start, ((Lanes - 1) * stretch) + Lanes);
        ArgumentOutOfRangeException.ThrowIfLessThan(planes.Length, Lanes);

        ref byte first = ref MemoryMarshal.GetReference(data);
        ref byte plane = ref Unsafe.As<Vector512<byte>, byte>(ref MemoryMarshal.GetReference(planes));
        Vector512<byte> columns = s_columns;
        for (int group = 0; group < 8; group++)
        {
            Eight rows = Eight.Load(ref Unsafe.Add(ref first, 8 * group * stretch), stretch).Transpose();
            rows.PermuteBytes(columns).Store(ref Unsafe.Add(ref plane, 64 * group), 8 * 64);
        }

        for (int octet = 0; octet < Lanes; octet += 8)
        {
            ref byte eight = ref Unsafe.Add(ref plane, 64 * octet);
            Eight.Load(ref eight, 64).Transpose().Store(ref eight, 64);
        }
    }

    private static byte[] ColumnIndices() =>
        [.. Enumerable.Range(0, 64).Select(i => (byte)((8 * (i % 8)) + (i / 8)))];

    private readonly record struct Eight(
        Vector512<ulong> R0, Vector512<ulong> R1, Vector512<ulong> R2, Vector512<ulong> R3,
        Vector512<ulong> R4, Vector512<ulong> R5, Vector512<ulong> R6, Vector512<ulong> R7)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Eight Load(ref byte first, int stride) => new(
            Read(ref first, 0), Read(ref first, stride), Read(ref first, 2 * stride), Read(ref first, 3 * stride),
            Read(ref first, 4 * stride), Read(ref first, 5 * stride), Read(ref first, 6 * stride), Read(ref first, 7 * stride));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Store(ref byte first, int stride)
        {
            R0.AsByte().StoreUnsafe(ref first);
            R1.AsByte().StoreUnsafe(ref first, (nuint)stride);
            R2.AsByte().StoreUnsafe(ref first, (nuint)(2 * stride));
            R3.AsByte().StoreUnsafe(ref first, (nuint)(3 * stride));
            R4.AsByte().StoreUnsafe(ref first, (nuint)(4 * stride));
            R5.AsByte().StoreUnsafe(ref first, (nuint)(5 * stride));
            R6.AsByte().StoreUnsafe(ref first, (nuint)(6 * stride));
            R7.AsByte().StoreUnsafe(ref first, (nuint)(7 * stride));
        }

        // Pairs of words, then pairs of pairs, then of quads.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Eight Transpose()
        {
            (Vector512<ulong> a0, Vector512<ulong> b0) = Words(R0, R1);
            (Vector512<ulong> a1, Vector512<ulong> b1) = Words(R2, R3);
            (Vector512<ulong> a2, Vector512<ulong> b2) = Words(R4, R5);
            (Vector512<ulong> a3, Vector512<ulong> b3) = Words(R6, R7);
            (Vector512<ulong> c0, Vector512<ulong> c2) = Pairs(a0, a1);
            (Vector512<ulong> d0, Vector512<ulong> d2) = Pairs(a2, a3);
            (Vector512<ulong> c1, Vector512<ulong> c3) = Pairs(b0, b1);
            (Vector512<ulong> d1, Vector512<ulong> d3) = Pairs(b2, b3);
            (Vector512<ulong> r0, Vector512<ulong> r4) = Pairs(c0, d0);
            (Vector512<ulong> r2, Vector512<ulong> r6) = Pairs(c2, d2);
            (Vector512<ulong> r1, Vector512<ulong> r5) = Pairs(c1, d1);
            (Vector512<ulong> r3, Vector512<ulong> r7) = Pairs(c3, d3);
            return new Eight(r0, r1, r2, r3, r4, r5, r6, r7);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Eight PermuteBytes(Vector512<byte> order) => new(
            Permute(R0, order), Permute(R1, order), Permute(R2, order), Permute(R3, order),
            Permute(R4, order), Permute(R5, order), Permute(R6, order), Permute(R7, order));

        private static Vector512<ulong> Read(ref byte first, int offset) =>
            Vector512.LoadUnsafe(ref first, (nuint)offset).AsUInt64();

        private static Vector512<ulong> Permute(Vector512<ulong> row, Vector512<byte> order) =>
            Avx512Vbmi.PermuteVar64x8(row.AsByte(), order).AsUInt64();

        private static (Vector512<ulong> Even, Vector512<ulong> Odd) Words(Vector512<ulong> a, Vector512<ulong> b) =>
            (Avx512F.UnpackLow(a, b), Avx512F.UnpackHigh(a, b));

        private static (Vector512<ulong> Even, Vector512<ulong> Odd) Pairs(Vector512<ulong> a, Vector512<ulong> b) =>
            (Avx512F.Shuffle4x128(a, b, 0b10_00_10_00), Avx512F.Shuffle4x128(a, b, 0b11_01_11_01));
    }
}
