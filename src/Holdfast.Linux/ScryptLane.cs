using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Holdfast.Linux;

/// <summary>
/// One lane of scrypt: scryptROMix of RFC 7914. The words of each 64 bytes are kept in the order of the diagonals of Salsa20's square, so that
/// a quarter-round of four words at once is a handful of instructions; the first and the last step put them there and back.
/// </summary>
internal static unsafe class ScryptLane
{
    private const int Words = 16;

    /// <summary>Bytes of memory that a lane works in, aligned to 64.</summary>
    internal static nuint Room(int r, int n) => 128 * (nuint)r * ((nuint)n + 2);

    /// <param name="block">128·r bytes, replaced.</param>
    /// <param name="n">A power of two.</param>
    internal static void Mix(Span<byte> block, int n, uint* memory)
    {
        int length = block.Length / sizeof(uint);
        for (int word = 0; word < length; word++)
        {
            memory[word] = BinaryPrimitives.ReadUInt32LittleEndian(block[(sizeof(uint) * Place(word))..]);
        }

        uint* x = memory;
        for (int i = 0; i < n; i++, x += length)
        {
            MixBlock(x, null, x + length, length);
        }

        // Two at a time, so that what comes out goes back in; n is even.
        uint* y = x + length;
        for (int i = 0; i < n; i += 2)
        {
            MixBlock(x, Chosen(x), y, length);
            MixBlock(y, Chosen(y), x, length);
        }

        for (int word = 0; word < length; word++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block[(sizeof(uint) * Place(word))..], x[word]);
        }

        uint* Chosen(uint* from) => memory + ((nuint)length * (from[length - Words] & ((uint)n - 1)));
    }

    /// <summary>Where the word at a place of ours is in the standard's order.</summary>
    private static int Place(int word) => (word & ~(Words - 1)) | (word * 5 % Words);

    /// <summary>scryptBlockMix of the input, or of the exclusive or of both inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // compiled for this processor, and never in advance for any
    private static void MixBlock(uint* input, uint* other, uint* output, int length)
    {
        uint* last = input + length - Words;
        Vector128<uint> a = Vector128.LoadAligned(last), b = Vector128.LoadAligned(last + 4), c = Vector128.LoadAligned(last + 8), d = Vector128.LoadAligned(last + 12);
        if (other is not null)
        {
            uint* o = other + length - Words;
            a ^= Vector128.LoadAligned(o);
            b ^= Vector128.LoadAligned(o + 4);
            c ^= Vector128.LoadAligned(o + 8);
            d ^= Vector128.LoadAligned(o + 12);
        }

        // Even results go to the first half, odd ones to the second.
        for (int from = 0; from < length; from += Words)
        {
            a ^= Vector128.LoadAligned(input + from);
            b ^= Vector128.LoadAligned(input + from + 4);
            c ^= Vector128.LoadAligned(input + from + 8);
            d ^= Vector128.LoadAligned(input + from + 12);
            if (other is not null)
            {
                a ^= Vector128.LoadAligned(other + from);
                b ^= Vector128.LoadAligned(other + from + 4);
                c ^= Vector128.LoadAligned(other + from + 8);
                d ^= Vector128.LoadAligned(other + from + 12);
            }

            Vector128<uint> a0 = a, b0 = b, c0 = c, d0 = d;
            for (int round = 0; round < 8; round += 2)
            {
                b ^= Rotate(a + d, 7);
                c ^= Rotate(b + a, 9);
                d ^= Rotate(c + b, 13);
                a ^= Rotate(d + c, 18);
                b = Vector128.Shuffle(b, Vector128.Create(3u, 0, 1, 2));
                c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
                d = Vector128.Shuffle(d, Vector128.Create(1u, 2, 3, 0));
                d ^= Rotate(a + b, 7);
                c ^= Rotate(d + a, 9);
                b ^= Rotate(c + d, 13);
                a ^= Rotate(b + c, 18);
                b = Vector128.Shuffle(b, Vector128.Create(1u, 2, 3, 0));
                c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
                d = Vector128.Shuffle(d, Vector128.Create(3u, 0, 1, 2));
            }

            a += a0;
            b += b0;
            c += c0;
            d += d0;
            uint* target = output + ((from / Words & 1) == 0 ? from / 2 : (length + from - Words) / 2);
            a.StoreAligned(target);
            b.StoreAligned(target + 4);
            c.StoreAligned(target + 8);
            d.StoreAligned(target + 12);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> words, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(words, bits) : (words << bits) | (words >>> (32 - bits));
}
