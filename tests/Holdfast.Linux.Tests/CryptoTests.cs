using System.Text;
using Holdfast.Fixtures;

namespace Holdfast.Linux.Tests;

public sealed class CryptoTests
{
    [Fact]
    public void Counter_mode_agrees_with_NIST_SP_800_38A_F_5_5()
    {
        byte[] key = Hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        byte[] counter = Hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        byte[] plain = Hex(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
            + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
        byte[] secret = Hex(
            "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
            + "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
        using BlockCipher cipher = BlockCipher.CounterMode(key);
        var result = new byte[plain.Length];
        cipher.Transform(counter, plain, result);
        result.ShouldBe(secret);
        cipher.Transform(counter, result, result);
        result.ShouldBe(plain, "in place, and the counter begins anew with every call");
        cipher.Transform(counter, plain.AsSpan(0, 21), result);
        result[..21].ShouldBe(secret[..21], "lengths need not be whole blocks");
        cipher.Transform(counter, [], []);
    }

    [Fact]
    public void The_counter_carries_over_all_its_bytes()
    {
        using BlockCipher cipher = BlockCipher.CounterMode(new byte[32]);
        var two = new byte[32];
        cipher.Transform(Hex("ffffffffffffffffffffffffffffffff"), two, two);
        var second = new byte[16];
        cipher.Transform(new byte[16], second, second);
        two[16..].ShouldBe(second);
    }

    [Fact]
    public void Single_blocks_agree_with_NIST_SP_800_38A_F_1_1()
    {
        using BlockCipher cipher = BlockCipher.SingleBlocks(Hex("2b7e151628aed2a6abf7158809cf4f3c"));
        var result = new byte[16];
        cipher.Transform([], Hex("6bc1bee22e409f96e93d7e117393172a"), result);
        result.ShouldBe(Hex("3ad77bb40d7a3660a89ecaf32466ef97"));
        cipher.Transform([], Hex("ae2d8a571e03ac9c9eb76fac45af8e51"), result);
        result.ShouldBe(Hex("f5d3d58503b9699de785895a96fdbaaf"));
    }

    [Fact]
    public void Keys_and_targets_of_a_wrong_length_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => BlockCipher.CounterMode(new byte[16]));
        Should.Throw<ArgumentOutOfRangeException>(() => BlockCipher.SingleBlocks(new byte[32]));
        using BlockCipher cipher = BlockCipher.CounterMode(new byte[32]);
        Should.Throw<ArgumentOutOfRangeException>(() => cipher.Transform(new byte[16], new byte[10], new byte[9]));
        Should.Throw<ArgumentOutOfRangeException>(() => cipher.Transform(new byte[15], new byte[10], new byte[10]));
        using var poly = new Poly1305();
        Should.Throw<ArgumentOutOfRangeException>(() => poly.Compute(new byte[31], [], new byte[16]));
        Should.Throw<ArgumentOutOfRangeException>(() => poly.Compute(new byte[32], [], new byte[15]));
    }

    [Fact]
    public void Poly1305_agrees_with_RFC_8439_again_and_again()
    {
        using var poly = new Poly1305();
        byte[] key = Hex("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
        for (int i = 0; i < 3; i++)
        {
            var tag = new byte[16];
            poly.Compute(key, "Cryptographic Forum Research Group"u8, tag);
            tag.ShouldBe(Hex("a8061dc1305136c6c22b8baf0c0127a9"));
            poly.Compute(key, [], tag);
            tag.ShouldBe(Hex("0103808afb0db2fd4abff6af4149f51b"), "the tag of nothing is s");
        }
    }

    [Theory]
    [InlineData("", "", 16, 1, 1,
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData("password", "NaCl", 1024, 8, 16,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    [InlineData("pleaseletmein", "SodiumChloride", 16384, 8, 1,
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    public void Scrypt_agrees_with_RFC_7914(string password, string salt, int n, int r, int p, string expected)
    {
        var key = new byte[64];
        Scrypt.Derive(Encoding.ASCII.GetBytes(password), Encoding.ASCII.GetBytes(salt), n, r, p, 64 << 20, key);
        key.ShouldBe(Hex(expected));
    }

    /// <summary>As OpenSSL derives them: lanes in one, two and more turns, and values that do not divide evenly among lanes.</summary>
    [Theory]
    [InlineData(2, 1, 2, "7c5f37f1f80078a6c39208e8b7153b961b4415fd8199fee935882a32af406ecd")]
    [InlineData(2, 8, 3, "713fc546df94d5fdab9e4528d95f53b82f8fcc7eda63571501543064cfad3952")]
    [InlineData(64, 3, 2, "c64a2172a7a8643f4d79e9f8f3e35264b5a6e877094d3a1920c1581b7ee9f193")]
    [InlineData(1024, 8, 3, "59610732e29f58f1c83da9b201475df8325ada2357be8a798b86ec5df08b5ca9")]
    [InlineData(128, 2, 5, "b995c041413505a28242a5bc52ae31d12d461d9a787a2cc7507d5afa07297593")]
    public void Scrypt_agrees_with_OpenSSL(int n, int r, int p, string expected)
    {
        var key = new byte[32];
        Scrypt.Derive("a password"u8, "a salt"u8, n, r, p, 64 << 20, key);
        key.ShouldBe(Hex(expected));
    }

    [Theory]
    [InlineData(15, 8, 1)]
    [InlineData(1, 8, 1)]
    [InlineData(0, 8, 1)]
    [InlineData(-16, 8, 1)]
    [InlineData(16, 0, 1)]
    [InlineData(16, -1, 1)]
    [InlineData(16, 8, -1)]
    [InlineData(16, int.MaxValue, int.MaxValue)]
    [InlineData(1L << 40, 8, 1)]
    [InlineData(2, 1, 1 << 24)]
    [InlineData(2, 1, (1 << 19) + 1)]
    public void Scrypt_refuses_what_is_invalid_or_needs_too_much_memory(long n, int r, int p) =>
        Should.Throw<ArgumentException>(() => Scrypt.Derive("x"u8, "y"u8, n, r, p, 64 << 20, new byte[64]));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(19)]
    public void Zstd_gives_back_what_it_was_given(int level)
    {
        Random random = Seeded.Random();
        using var compressor = new ZstdCompressor(level);
        using var decompressor = new ZstdDecompressor();
        byte[][] samples = [[], [1], random.Bytes(100_000), new byte[1 << 20], Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000)))];
        foreach (byte[] sample in samples)
        {
            byte[] frame = Frame(compressor, sample);
            ZstdDecompressor.ContentSize(frame).ShouldBe((ulong)sample.Length);
            var plain = new byte[sample.Length];
            decompressor.TryDecompress(frame, plain, out int written).ShouldBeTrue();
            written.ShouldBe(sample.Length);
            plain.ShouldBe(sample);
        }
    }

    [Fact]
    public void Zstd_remembers_nothing_of_the_message_before()
    {
        Random random = Seeded.Random();
        string[] words = [.. Enumerable.Range(0, 500).Select(_ => Convert.ToHexString(random.Bytes(random.Next(1, 9))))];
        using var compressor = new ZstdCompressor(3);
        foreach (int length in (int[])[300_000, 5_000, 300_000, 262_144, 262_145, 100_000])
        {
            byte[] sample = Encoding.ASCII.GetBytes(string.Concat(random.GetItems(words, length)))[..length];
            using var fresh = new ZstdCompressor(3);
            Frame(compressor, sample).ShouldBe(Frame(fresh, sample));
        }
    }

    private static byte[] Frame(ZstdCompressor compressor, byte[] sample)
    {
        var target = new byte[ZstdCompressor.Bound(sample.Length)];
        return target[..compressor.Compress(sample, target)];
    }

    [Fact]
    public void A_target_too_small_is_refused_and_nothing_is_written_beyond_it()
    {
        using var compressor = new ZstdCompressor(3);
        using var decompressor = new ZstdDecompressor();
        byte[] sample = Seeded.Random().Bytes(10_000);
        Should.Throw<InvalidOperationException>(() => compressor.Compress(sample, new byte[100]));
        var target = new byte[ZstdCompressor.Bound(sample.Length)];
        byte[] frame = target[..compressor.Compress(sample, target)];
        var guarded = new byte[10_000];
        decompressor.TryDecompress(frame, guarded.AsSpan(0, 9_000), out int written, out bool isTooSmall).ShouldBeFalse();
        written.ShouldBe(0);
        isTooSmall.ShouldBeTrue();
        decompressor.TryDecompress(frame.AsSpan(..^1), guarded, out _, out isTooSmall).ShouldBeFalse();
        isTooSmall.ShouldBeFalse("damage is not mended by more room");
        guarded[9_000..].ShouldBe(new byte[1_000]);
    }

    [Fact]
    public void Damaged_frames_fail_or_unpack_within_their_target()
    {
        Random random = Seeded.Random();
        using var compressor = new ZstdCompressor(3);
        using var decompressor = new ZstdDecompressor();
        byte[] sample = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 500)));
        byte[] frame = Frame(compressor, sample);
        int failed = 0;
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = i % 10 == 0 ? random.Bytes(random.Next(100)) : random.Mutate(frame);
            var plain = new byte[sample.Length];
            _ = ZstdDecompressor.ContentSize(damaged);
            bool good = decompressor.TryDecompress(damaged, plain, out int written);
            written.ShouldBeInRange(0, plain.Length);
            failed += good ? 0 : 1;
        }

        failed.ShouldBeGreaterThan(2500);
        for (int cut = 0; cut < frame.Length; cut++)
        {
            decompressor.TryDecompress(frame.AsSpan(0, cut), new byte[sample.Length], out _).ShouldBeFalse($"a frame cut at {cut} must not unpack");
        }

        decompressor.TryDecompress(frame, new byte[sample.Length], out int whole).ShouldBeTrue("a decompressor that has failed goes on working");
        whole.ShouldBe(sample.Length);
    }

    private static byte[] Hex(string digits) => Convert.FromHexString(digits);
}
