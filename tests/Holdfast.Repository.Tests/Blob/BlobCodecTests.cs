using System.Text;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Blob;

public sealed class BlobCodecTests
{
    private static readonly MasterKey Key = MasterKey.Random();

    [Theory]
    [InlineData(CompressionMode.Auto)]
    [InlineData(CompressionMode.Off)]
    [InlineData(CompressionMode.Fastest)]
    [InlineData(CompressionMode.Better)]
    [InlineData(CompressionMode.Max)]
    public void Blobs_come_back_whatever_the_compression(CompressionMode mode)
    {
        Random random = Seeded.Random();
        foreach (bool canCompress in (bool[])[true, false])
        {
            using var codec = new BlobCodec(Key, mode, canCompress);
            foreach (byte[] plain in (byte[][])[[], [1], random.Bytes(100_000), new byte[2 << 20]])
            {
                foreach (BlobType type in (BlobType[])[BlobType.Data, BlobType.Tree])
                {
                    byte[] message = codec.Encode(type, plain, out uint uncompressed).ToArray();
                    codec.LastMessage.ToArray().ShouldEqual(message);
                    var place = new BlobLocation(default, 0, (uint)message.Length, uncompressed);
                    place.PlainLength.ShouldBe((uint)plain.Length);
                    place.IsCompressed.ShouldBe(plain.Length > 0 && canCompress && (mode != CompressionMode.Off || type == BlobType.Tree));
                    var opened = new byte[plain.Length];
                    codec.TryDecode([.. message], place, opened).ShouldBeTrue();
                    opened.ShouldEqual(plain);
                    codec.TryDecode([.. message], place, new byte[plain.Length + 1]).ShouldBeFalse();
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Documents_come_back_and_are_compressed_where_the_version_allows(bool canCompress)
    {
        using var codec = new BlobCodec(Key, CompressionMode.Off, canCompress);
        byte[] plain = Encoding.ASCII.GetBytes("{" + new string(' ', 10_000) + "}");
        byte[] message = codec.EncodeUnpacked(plain);
        message.Length.ShouldBeInRange(0, canCompress ? 200 : plain.Length + Sealer.Overhead);
        codec.DecodeUnpacked(message, "index/x").ShouldEqual(plain);
    }

    [Fact]
    public void A_frame_that_does_not_state_its_size_is_unpacked_all_the_same()
    {
        // Braces around 9,998 spaces, as the zstd program leaves them when it reads from a pipe.
        byte[] frame = Convert.FromHexString("28b52ffd0058550000187b207d01000a870758");
        ZstdDecompressor.ContentSize(frame).ShouldBeNull();
        using var codec = new BlobCodec(Key, CompressionMode.Auto, canCompress: true);
        codec.DecodeUnpacked(codec.Sealer.Seal([2, .. frame]), "index/x").Length.ShouldBe(10_000);
        Should.Throw<BackupException>(() => codec.DecodeUnpacked(codec.Sealer.Seal([2, .. frame[..^4]]), "index/x")).Kind.ShouldBe(BackupErrorKind.Corrupt);
    }

    [Theory]
    [InlineData(new byte[] { 3, 1, 2 }, BackupErrorKind.Unsupported)]
    [InlineData(new byte[] { 2, 1, 2 }, BackupErrorKind.Corrupt)]
    [InlineData(new byte[] { 2 }, BackupErrorKind.Corrupt)]
    public void Unknown_forms_and_damaged_frames_are_named(byte[] text, BackupErrorKind kind)
    {
        using var codec = new BlobCodec(Key, CompressionMode.Auto, canCompress: true);
        BackupException e = Should.Throw<BackupException>(() => codec.DecodeUnpacked(codec.Sealer.Seal(text), "index/abc"));
        e.Kind.ShouldBe(kind);
        e.Message.ShouldContain("index/abc");
    }

    [Fact]
    public void A_forged_document_is_named()
    {
        using var codec = new BlobCodec(Key, CompressionMode.Auto, canCompress: true);
        byte[] message = codec.EncodeUnpacked("{}"u8);
        message[20] ^= 1;
        BackupException e = Should.Throw<BackupException>(() => codec.DecodeUnpacked(message, "index/abc"));
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        e.Message.ShouldContain("index/abc");
    }
}
