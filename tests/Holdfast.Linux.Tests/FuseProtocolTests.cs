using System.Buffers.Binary;

namespace Holdfast.Linux.Tests;

/// <summary>The bytes of linux/fuse.h, without a kernel at the other end; Holdfast.Cli.Tests mounts.</summary>
public sealed class FuseProtocolTests
{
    private static readonly FuseAttributes Attributes = new(
        7, FileKind.BlockDevice, 0x1FF, 1025, 3, 1000, 1001, new(-5, 1), new(1_600_000_000, 999_999_999), new(3, 0), 0x1234_0000_0000_0701);

    private static FuseRequest Request(FuseOperation operation, params byte[] body)
    {
        var bytes = new byte[40 + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)operation);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), 99);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), 5);
        body.CopyTo(bytes, 40);
        FuseRequest.IsWhole(bytes).ShouldBeTrue();
        FuseRequest.IsWhole(bytes.AsSpan(1)).ShouldBeFalse();
        return new(bytes);
    }

    private static byte[] Numbers(params ulong[] numbers) =>
        [.. numbers.SelectMany(n => { var bytes = new byte[8]; BinaryPrimitives.WriteUInt64LittleEndian(bytes, n); return bytes; })];

    [Fact]
    public void A_request_says_what_is_asked_of_which_file()
    {
        FuseRequest lookup = Request(FuseOperation.Lookup, 0xFF, 0x0A, 0x78, 0);
        (lookup.Operation, lookup.Unique, lookup.NodeId).ShouldBe((FuseOperation.Lookup, 99ul, 5ul));
        lookup.Name.ToArray().ShouldBe([0xFF, 0x0A, 0x78]);
        FuseRequest read = Request(FuseOperation.Read, Numbers(3, 1ul << 40, 4096, 0, 0));
        (read.Handle, read.Offset, read.Size).ShouldBe((3ul, 1ul << 40, 4096u));
        FuseRequest attribute = Request(FuseOperation.GetExtendedAttribute, [.. Numbers(100), .. "user.x\0"u8]);
        attribute.AttributeRoom.ShouldBe(100u);
        attribute.AttributeName.ToArray().ShouldBe("user.x"u8.ToArray());
    }

    [Fact]
    public void What_is_forgotten_comes_one_by_one_or_many_at_once()
    {
        Request(FuseOperation.Forget, Numbers(4)).Forgotten().ShouldBe([(5ul, 4ul)]);
        Request(FuseOperation.BatchForget, Numbers(2, 10, 1, 11, 2)).Forgotten().ShouldBe([(10ul, 1ul), (11ul, 2ul)]);
        Request(FuseOperation.BatchForget, Numbers(9, 10, 1)).Forgotten().ShouldBe([(10ul, 1ul)]);
    }

    [Fact]
    public void An_entry_is_laid_out_as_the_kernel_reads_it()
    {
        using var reply = new FuseReply(99);
        reply.PutEntry(42, Attributes, TimeSpan.FromSeconds(60));
        byte[] bytes = reply.Complete().ToArray();
        bytes.Length.ShouldBe(16 + 128);
        ulong At(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16 + offset));
        uint Half(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(16 + offset));
        BinaryPrimitives.ReadUInt32LittleEndian(bytes).ShouldBe((uint)bytes.Length);
        BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)).ShouldBe(99ul);
        (At(0), At(16), At(24)).ShouldBe((42ul, 60ul, 60ul));
        (At(40), At(48), At(56)).ShouldBe((7ul, 1025ul, 3ul)); // inode, size, blocks of 512
        (unchecked((long)At(64)), At(72), At(80)).ShouldBe((-5L, 1_600_000_000ul, 3ul));
        (Half(88), Half(92), Half(96)).ShouldBe((1u, 999_999_999u, 0u));
        (Half(100), Half(104), Half(108), Half(112), Half(116)).ShouldBe((0x61FFu, 3u, 1000u, 1001u, 0x701u));
    }

    [Fact]
    public void Names_fill_a_listing_as_far_as_there_is_room_each_at_a_multiple_of_eight()
    {
        using var reply = new FuseReply(1, 100);
        reply.TryPutName(5, FileKind.Regular, "abc"u8, 1, 100).ShouldBeTrue();
        reply.TryPutName(6, FileKind.Directory, "12345678"u8, 2, 100).ShouldBeTrue();
        reply.TryPutName(7, FileKind.Regular, "too much for it"u8, 3, 100).ShouldBeFalse();
        byte[] bytes = reply.Complete().ToArray();
        bytes.Length.ShouldBe(16 + 32 + 32);
        bytes[16 + 16].ShouldBe((byte)3);
        bytes[16 + 20].ShouldBe((byte)8); // DT_REG
        bytes[48 + 20].ShouldBe((byte)4); // DT_DIR
        bytes.AsSpan(48 + 24, 8).SequenceEqual("12345678"u8).ShouldBeTrue();
    }

    [Theory]
    [InlineData(20u, 24)]
    [InlineData(31u, 64)]
    [InlineData(44u, 64)]
    public void The_two_sides_agree_on_what_both_know(uint minor, int length)
    {
        var body = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(body, 7);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(4), minor);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(8), 131072);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(12), 0x0000_0003);
        using var reply = new FuseReply(1);
        reply.PutInitialized(Request(FuseOperation.Initialize, body));
        byte[] bytes = reply.Complete().ToArray();
        bytes.Length.ShouldBe(16 + length);
        BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(20)).ShouldBe(Math.Min(minor, 31));
        BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(28)).ShouldBe(1u); // of what the kernel offers, what is wanted
    }
}
