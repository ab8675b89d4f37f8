using System.Globalization;

namespace Holdfast.Fixtures;

/// <summary>
/// Randomness that can be had again: the seed is printed with the test, and HOLDFAST_SEED sets it.
/// </summary>
internal static class Seeded
{
    internal static Random Random()
    {
        int seed = Environment.GetEnvironmentVariable("HOLDFAST_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : System.Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"HOLDFAST_SEED={seed}");
        return new(seed);
    }

    internal static byte[] Bytes(this Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A copy with a few bytes changed, removed, doubled or put in.</summary>
    internal static byte[] Mutate(this Random random, byte[] valid)
    {
        var bytes = new List<byte>(valid);
        for (int i = random.Next(1, 5); i > 0 && bytes.Count > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 3:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                    break;
                default:
                    bytes.InsertRange(at, Spice[random.Next(Spice.Length)]);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>What readers of JSON and of numbers stumble over.</summary>
    private static readonly byte[][] Spice =
    [
        "null"u8.ToArray(), "{"u8.ToArray(), "["u8.ToArray(), "\"\\ud800\""u8.ToArray(), "\\u0000"u8.ToArray(), "-1"u8.ToArray(),
        "99999999999999999999"u8.ToArray(), "1e400"u8.ToArray(), "\\x"u8.ToArray(), "true"u8.ToArray(), [0xED, 0xA0, 0x80],
        "\\\\U00110000"u8.ToArray(), "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["u8.ToArray(), [0xFF, 0xFF, 0xFF, 0xFF],
    ];
}
