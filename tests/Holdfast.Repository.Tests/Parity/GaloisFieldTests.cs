using System.Runtime.Intrinsics.X86;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Parity;

public sealed class GaloisFieldTests
{
    private readonly Random _random = Seeded.Random();

    /// <summary>The fast ways that this machine has.</summary>
    public static TheoryData<string> Twins => [.. Ways.Keys];

    private delegate void Way(byte factor, ReadOnlySpan<byte> source, Span<byte> target);

    private static Dictionary<string, Way> Ways
    {
        get
        {
            var ways = new Dictionary<string, Way> { ["chosen"] = GaloisField.MultiplyAdd };
            if (Avx2.IsSupported)
            {
                ways["shuffle"] = GaloisField.MultiplyAddShuffle;
            }

            if (Gfni.V512.IsSupported)
            {
                ways["instruction"] = GaloisField.MultiplyAddInstruction;
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Twins))]
    public void Every_way_of_multiplying_gives_what_the_plain_one_gives(string way)
    {
        foreach (int length in (int[])[0, 1, 15, 31, 32, 33, 64, 100, 4095, 4096])
        {
            for (int factor = 0; factor < 256; factor += length > 100 ? 17 : 1)
            {
                byte[] source = _random.Bytes(length), plain = _random.Bytes(length), fast = [.. plain];
                GaloisField.MultiplyAddPlain((byte)factor, source, plain);
                Ways[way]((byte)factor, source, fast);
                fast.ShouldEqual(plain);
            }
        }
    }

    [Fact]
    public void It_is_a_field()
    {
        for (int a = 1; a < 256; a++)
        {
            GaloisField.Multiply((byte)a, GaloisField.Invert((byte)a)).ShouldBe((byte)1);
            GaloisField.Multiply((byte)a, 1).ShouldBe((byte)a);
            GaloisField.Multiply((byte)a, 0).ShouldBe((byte)0);
            byte b = (byte)_random.Next(256), c = (byte)_random.Next(256);
            GaloisField.Multiply((byte)a, (byte)(b ^ c)).ShouldBe((byte)(GaloisField.Multiply((byte)a, b) ^ GaloisField.Multiply((byte)a, c)));
        }

        // Worked by hand in FIPS 197, section 4.2.
        GaloisField.Multiply(0x57, 0x83).ShouldBe((byte)0xC1);
    }

    [Fact]
    public void Zero_has_no_inverse() => Should.Throw<ArgumentOutOfRangeException>(() => GaloisField.Invert(0));
}
