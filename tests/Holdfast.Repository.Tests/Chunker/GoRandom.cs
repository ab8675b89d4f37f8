namespace Holdfast.Repository.Tests;

/// <summary>
/// The stream of Go's math/rand for a seed, from which restic's chunk vectors were made: an additive lagged Fibonacci
/// generator, y[n] = y[n-607] + y[n-273] modulo 2^64, whose seed is masked with the generator's own state after
/// 7.8e12 steps from seed 1. Go carries that state as a table; here it is computed by jumping ahead.
/// </summary>
internal sealed class GoRandom
{
    private const int Length = 607;
    private const int Tap = 273;
    private const long StepsToMask = 7_800_000_000_000;

    private static readonly Lazy<ulong[]> s_mask = new(() => Advance(Seed(1, 20, 10), StepsToMask));

    private readonly ulong[] _recent; // y[n-607] at n modulo 607
    private int _next;

    public GoRandom(int seed) =>
        _recent = [.. Seed(seed, 40, 20).Zip(s_mask.Value, (value, mask) => value ^ mask)];

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        for (int i = 0; i < count; i += sizeof(uint))
            BitConverter.TryWriteBytes(bytes.AsSpan(i), NextUInt32());

        return bytes;
    }

    private uint NextUInt32()
    {
        ulong value = _recent[_next] = unchecked(_recent[_next] + _recent[(_next + Length - Tap) % Length]);
        _next = (_next + 1) % Length;
        return (uint)(value << 1 >> 32);
    }

    // In the order in which the generator consumes them, which is from index 333 of Go's array downwards.
    private static ulong[] Seed(int seed, int shift1, int shift2)
    {
        ulong state = (ulong)seed;
        ulong Draw() => state = state * 48271 % int.MaxValue;
        for (int i = 0; i < 20; i++)
            Draw();

        var drawn = new ulong[Length];
        for (int i = 0; i < Length; i++)
            drawn[i] = (Draw() << shift1) ^ (Draw() << shift2) ^ Draw();

        return ConsumptionOrder(drawn);
    }

    private static ulong[] ConsumptionOrder(ulong[] array) =>
        [.. Enumerable.Range(0, Length).Select(n => array[(Length - Tap - 1 - n + Length) % Length])];

    // y[steps], y[steps+1], ... as sums of the first 607, whose coefficients are those of x^steps modulo
    // x^607 - x^334 - 1. Index order in the array depends on steps modulo 607, as it does for a generator in motion.
    private static ulong[] Advance(ulong[] first, long steps)
    {
        ulong[] power = new ulong[Length];
        power[0] = 1;
        for (int bit = 62; bit >= 0; bit--)
        {
            power = Multiply(power, power);
            if ((steps >> bit & 1) != 0)
                power = TimesX(power);
        }

        var extended = new ulong[2 * Length];
        first.CopyTo(extended, 0);
        for (int i = Length; i < extended.Length; i++)
            extended[i] = unchecked(extended[i - Length] + extended[i - Tap]);

        var advanced = new ulong[Length];
        for (int n = 0; n < Length; n++)
        {
            ulong sum = 0;
            for (int i = 0; i < Length; i++)
                sum = unchecked(sum + (power[i] * extended[n + i]));

            advanced[(int)((steps + n) % Length)] = sum;
        }

        return advanced;
    }

    private static ulong[] Multiply(ulong[] left, ulong[] right)
    {
        var product = new ulong[2 * Length];
        for (int i = 0; i < Length; i++)
        {
            for (int j = 0; j < Length; j++)
                product[i + j] = unchecked(product[i + j] + (left[i] * right[j]));
        }

        for (int i = product.Length - 1; i >= Length; i--)
        {
            product[i - Length] = unchecked(product[i - Length] + product[i]);
            product[i - Tap] = unchecked(product[i - Tap] + product[i]);
        }

        return product[..Length];
    }

    private static ulong[] TimesX(ulong[] factor)
    {
        ulong[] product = [factor[^1], .. factor[..^1]];
        product[Length - Tap] = unchecked(product[Length - Tap] + factor[^1]);
        return product;
    }
}
