using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast.DataSet;

/// <summary>
/// xoshiro256**, seeded by splitmix64: written out, and without floating point, so that a seed means the same
/// bytes on every machine and under every version of the runtime.
/// </summary>
internal sealed class RepeatableRandom
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>The same pair always gives the same sequence; <paramref name="stream"/> tells files of one set apart.</summary>
    public RepeatableRandom(ulong seed, long stream)
    {
        ulong state = unchecked(seed ^ ((ulong)stream * 0xD1342543DE82EF95));
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    public ulong Next()
    {
        ulong result = unchecked(BitOperations.RotateLeft(_s1 * 5, 7) * 9);
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Evenly from 0 to <paramref name="limit"/> - 1.</summary>
    public int Below(int limit) => (int)(((Next() >> 32) * (uint)limit) >> 32);

    /// <summary>
    /// From 0 to 2^<paramref name="bits"/> - 1, every doubling equally likely: the law of file sizes and of word ranks.
    /// </summary>
    public int Skewed(int bits)
    {
        int width = Below(bits + 1);
        return width == 0 ? 0 : (1 << (width - 1)) + (int)(Next() >> (65 - width) & ((1UL << (width - 1)) - 1));
    }

    public void Fill(Span<byte> destination)
    {
        while (destination.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, Next());
            destination = destination[sizeof(ulong)..];
        }

        if (destination.Length > 0)
        {
            Span<byte> last = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(last, Next());
            last[..destination.Length].CopyTo(destination);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15;
            ulong z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
