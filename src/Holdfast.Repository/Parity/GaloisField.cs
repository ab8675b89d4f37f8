using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Holdfast.Repository;

/// <summary>
/// Arithmetic in the field of 256 elements, reduced by x⁸+x⁴+x³+x+1: the polynomial that processors with GFNI multiply by.
/// Adding is exclusive or.
/// </summary>
internal static class GaloisField
{
    private const int Polynomial = 0x11B;

    /// <summary>Every power of a generator, twice over, so that a sum of two logarithms needs no remainder.</summary>
    private static readonly byte[] Powers = new byte[2 * 255];

    private static readonly byte[] Logarithms = new byte[256];

    static GaloisField()
    {
        int power = 1;
        for (int i = 0; i < 255; i++)
        {
            Powers[i] = Powers[i + 255] = (byte)power;
            Logarithms[power] = (byte)i;
            power ^= power << 1; // times x+1, which generates all
            power ^= power > 0xFF ? Polynomial : 0;
        }
    }

    internal static byte Multiply(byte left, byte right) =>
        left == 0 || right == 0 ? (byte)0 : Powers[Logarithms[left] + Logarithms[right]];

    /// <param name="value">Not zero.</param>
    internal static byte Invert(byte value)
    {
        ArgumentOutOfRangeException.ThrowIfZero(value);
        return Powers[255 - Logarithms[value]];
    }

    /// <summary>Adds a multiple of <paramref name="source"/> to <paramref name="target"/>, which is as long, the fastest way this machine has.</summary>
    internal static void MultiplyAdd(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (Gfni.V512.IsSupported)
        {
            MultiplyAddInstruction(factor, source, target);
        }
        else if (Avx2.IsSupported)
        {
            MultiplyAddShuffle(factor, source, target);
        }
        else
        {
            MultiplyAddPlain(factor, source, target);
        }
    }

    /// <summary>The reference, and for ends that fill no register: a table of the multiples of every byte, looked up byte by byte.</summary>
    internal static void MultiplyAddPlain(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.IsEmpty)
        {
            return;
        }

        Span<byte> multiples = stackalloc byte[256];
        for (int i = 0; i < multiples.Length; i++)
        {
            multiples[i] = Multiply(factor, (byte)i);
        }

        for (int i = 0; i < source.Length; i++)
        {
            target[i] ^= multiples[source[i]];
        }
    }

    /// <summary>The multiples of the two halves of a byte, looked up 32 at once. Needs AVX2.</summary>
    internal static void MultiplyAddShuffle(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        Span<byte> halves = stackalloc byte[32];
        for (int i = 0; i < 16; i++)
        {
            halves[i] = Multiply(factor, (byte)i);
            halves[16 + i] = Multiply(factor, (byte)(i << 4));
        }

        Vector256<byte> low = Vector256.Create(Vector128.Create<byte>(halves[..16]), Vector128.Create<byte>(halves[..16]));
        Vector256<byte> high = Vector256.Create(Vector128.Create<byte>(halves[16..]), Vector128.Create<byte>(halves[16..]));
        Vector256<byte> mask = Vector256.Create((byte)0x0F);
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target[..source.Length]);
        int at = 0;
        for (; at <= source.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            Vector256<byte> bytes = Vector256.LoadUnsafe(ref from, (nuint)at);
            Vector256<byte> product = Avx2.Shuffle(low, bytes & mask)
                ^ Avx2.Shuffle(high, Vector256.ShiftRightLogical(bytes.AsUInt16(), 4).AsByte() & mask);
            (Vector256.LoadUnsafe(ref to, (nuint)at) ^ product).StoreUnsafe(ref to, (nuint)at);
        }

        MultiplyAddPlain(factor, source[at..], target[at..]);
    }

    /// <summary>64 products in one instruction. Needs GFNI and AVX-512.</summary>
    internal static void MultiplyAddInstruction(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        Vector512<byte> factors = Vector512.Create(factor);
        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target[..source.Length]);
        int at = 0;
        for (; at <= source.Length - Vector512<byte>.Count; at += Vector512<byte>.Count)
        {
            Vector512<byte> product = Gfni.V512.GaloisFieldMultiply(Vector512.LoadUnsafe(ref from, (nuint)at), factors);
            (Vector512.LoadUnsafe(ref to, (nuint)at) ^ product).StoreUnsafe(ref to, (nuint)at);
        }

        MultiplyAddPlain(factor, source[at..], target[at..]);
    }
}
