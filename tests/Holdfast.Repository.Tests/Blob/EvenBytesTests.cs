using System.IO.Compression;
using System.Text;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Blob;

/// <summary>What is compressed already is known by its bytes, and costs less time.</summary>
public sealed class EvenBytesTests
{
    private readonly Random _random = Seeded.Random();

    [Theory]
    [InlineData(16 << 10)]
    [InlineData(100_001)]
    [InlineData(8 << 20)]
    public void Random_and_compressed_bytes_are_even(int length)
    {
        EvenBytes.Are(_random.Bytes(length)).ShouldBeTrue();
        EvenBytes.Are(Compressed(length)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(16 << 10)]
    [InlineData(100_001)]
    [InlineData(8 << 20)]
    public void Texts_and_what_is_half_empty_are_not(int length)
    {
        byte[] halfEmpty = _random.Bytes(length);
        halfEmpty.AsSpan(length / 2).Clear();
        byte[] base64 = Encoding.ASCII.GetBytes(Convert.ToBase64String(_random.Bytes(length)));

        EvenBytes.Are(new byte[length]).ShouldBeFalse();
        EvenBytes.Are(halfEmpty).ShouldBeFalse();
        EvenBytes.Are(base64).ShouldBeFalse();
        EvenBytes.Are([.. base64.AsSpan(0, length / 2), .. _random.Bytes(length / 2)]).ShouldBeFalse();
        EvenBytes.Are(Bell(length)).ShouldBeFalse();
    }

    [Fact]
    public void A_header_does_not_hide_what_follows()
    {
        byte[] image = _random.Bytes(200_000);
        image.AsSpan(0, 5000).Clear();
        EvenBytes.Are(image).ShouldBeTrue();
    }

    [Fact]
    public void What_is_short_is_not_looked_at() => EvenBytes.Are(_random.Bytes((16 << 10) - 1)).ShouldBeFalse();

    [Theory]
    [InlineData(CompressionMode.Auto, 1)]
    [InlineData(CompressionMode.Fastest, 1)]
    [InlineData(CompressionMode.Better, 7)]
    public void Even_bytes_are_searched_quickly_unless_a_level_was_chosen(CompressionMode mode, int level)
    {
        // Short repetitions, of which each level finds others.
        byte[] content = _random.Bytes(500_000);
        for (int at = 1000; at < content.Length - 100; at += _random.Next(20, 200))
        {
            content.AsSpan(at - _random.Next(20, 900), _random.Next(4, 12)).CopyTo(content.AsSpan(at));
        }

        using var codec = new BlobCodec(MasterKey.Random(), mode, canCompress: true);
        EvenBytes.Are(content).ShouldBeTrue();
        new[] { 1, 3, 7 }.Select(l => Length(content, l)).ShouldBeUnique("or this would show nothing");
        codec.Encode(BlobType.Data, content, out _).Length.ShouldBe(Length(content, level) + Sealer.Overhead);
    }

    private static int Length(byte[] content, int level)
    {
        using var compressor = new ZstdCompressor(level);
        return compressor.Compress(content, new byte[ZstdCompressor.Bound(content.Length)]);
    }

    /// <summary>As of a picture or a sound that is not compressed: values around a middle.</summary>
    private byte[] Bell(int length) => [.. Enumerable.Range(0, length).Select(_ => (byte)Math.Clamp(_random.Next(86) + _random.Next(86) + _random.Next(86), 0, 255))];

    /// <remarks>Not by the fastest level, which takes Deflate's fixed codes: these leave letters eight bits each, as uneven as they were.</remarks>
    private byte[] Compressed(int length)
    {
        using var packed = new MemoryStream();
        using (var pack = new GZipStream(packed, CompressionLevel.Optimal))
        {
            while (packed.Length < length)
            {
                pack.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(_random.Bytes(10_000))));
            }
        }

        return packed.ToArray()[..length];
    }
}
