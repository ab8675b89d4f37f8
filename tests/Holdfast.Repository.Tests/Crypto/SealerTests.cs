using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Crypto;

public sealed class SealerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(1000)]
    public void What_is_sealed_opens_again(int length)
    {
        byte[] plain = Seeded.Random().Bytes(length);
        using var sealer = new Sealer(MasterKey.Random());
        byte[] message = sealer.Seal(plain);
        message.Length.ShouldBe(length + Sealer.Overhead);
        message[Sealer.IvLength..^16].Length.ShouldBe(length);
        sealer.TryOpenInPlace(message).ShouldBeTrue();
        message[Sealer.IvLength..^16].ShouldBe(plain);
    }

    [Fact]
    public void A_change_of_any_bit_is_noticed()
    {
        using var sealer = new Sealer(MasterKey.Random());
        byte[] message = sealer.Seal("some plain text"u8);
        for (int bit = 0; bit < message.Length * 8; bit++)
        {
            byte[] changed = [.. message];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            sealer.TryOpenInPlace(changed).ShouldBeFalse($"bit {bit}");
        }

        for (int cut = 0; cut < message.Length; cut++)
        {
            sealer.TryOpenInPlace(message.AsSpan(0, cut).ToArray()).ShouldBeFalse($"cut at {cut}");
        }

        sealer.TryOpenInPlace([.. message, 0]).ShouldBeFalse();
        sealer.TryOpenInPlace(message).ShouldBeTrue();
    }

    [Fact]
    public void Another_key_does_not_open()
    {
        using var sealer = new Sealer(MasterKey.Random());
        using var other = new Sealer(MasterKey.Random());
        other.TryOpenInPlace(sealer.Seal("text"u8)).ShouldBeFalse();
    }

    [Fact]
    public void No_two_messages_share_an_initial_vector()
    {
        using var sealer = new Sealer(MasterKey.Random());
        Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(sealer.Seal([])[..16])).Distinct().Count().ShouldBe(1000);
    }

    /// <summary>The test vectors of the paper that describes Poly1305-AES, its appendix B.</summary>
    [Theory]
    [InlineData("f3f6", "ec074c835580741701425b623235add6", "851fc40c3467ac0be05cc20404f3f700", "fb447350c4e868c52ac3275cf9d4327e", "f4c633c3044fc145f84f335cb81953de")]
    [InlineData("", "75deaa25c09f208e1dc4ce6b5cad3fbf", "a0f3080000f46400d0c7e9076c834403", "61ee09218d29b0aaed7e154a2c5509cc", "dd3fab2251f11ac759f0887129cc2ee7")]
    [InlineData(
        "663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136", "6acb5f61a7176dd320c5c1eb2edcdc74",
        "48443d0bb0d21109c89a100b5ce2c208", "ae212a55399729595dea458bc621ff0e", "0ee1c16bb73f0f4fd19881753c01cdbe")]
    public void The_authentication_code_is_Poly1305_AES_over_the_ciphertext(string ciphertext, string k, string r, string iv, string code)
    {
        byte[] key = [.. new byte[32].Select(_ => (byte)7), .. Convert.FromHexString(k), .. Convert.FromHexString(r)];
        using var sealer = new Sealer(MasterKey.FromBytes(key));
        sealer.TryOpenInPlace(Convert.FromHexString(iv + ciphertext + code)).ShouldBeTrue();
    }

    [Fact]
    public void Key_bytes_come_in_the_order_encrypt_k_r_and_r_is_clamped()
    {
        MasterKey key = MasterKey.FromBytes([.. Enumerable.Repeat((byte)1, 32), .. Enumerable.Repeat((byte)2, 16), .. Enumerable.Repeat((byte)0xFF, 16)]);
        key.Encrypt.ToArray().ShouldAllBe(b => b == 1);
        key.MacK.ToArray().ShouldAllBe(b => b == 2);
        Convert.ToHexStringLower(key.MacR).ShouldBe("ffffff0ffcffff0ffcffff0ffcffff0f");
        key.IsBlank.ShouldBeFalse();
        MasterKey.FromBytes(new byte[64]).IsBlank.ShouldBeTrue();
    }
}
