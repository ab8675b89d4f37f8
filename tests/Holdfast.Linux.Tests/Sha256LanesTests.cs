using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace Holdfast.Linux.Tests;

public sealed class Sha256LanesTests
{
    [Fact]
    public void Every_length_around_the_ends_of_blocks_agrees_with_the_library()
    {
        byte[] buffer = Bytes(40_000);
        int offset = 0;
        ShouldAgree(buffer, [.. Enumerable.Range(0, 260).Select(length => offset..(offset += length))]);
        ShouldAgree(buffer, [.. Enumerable.Range(0, 260).Select(length => length..(2 * length))]);
    }

    [Fact]
    public void Any_messages_in_any_number_agree_with_the_library()
    {
        var random = new Random(7);
        for (int round = 0; round < 300; round++)
        {
            byte[] buffer = Bytes(random.Next(20_000));
            ShouldAgree(buffer, [.. Enumerable.Range(0, random.Next(9)).Select(_ => SomePart(buffer.Length, random))]);
        }
    }

    [Fact]
    public void Messages_of_many_blocks_agree_with_the_library()
    {
        byte[] buffer = Bytes(7_654_321);
        ShouldAgree(buffer, [0..1_000_000, 1_000_000..4_567_890, 4_567_890.., ^100.., 3..3]);
        ShouldAgree(buffer, [0.., 1..]);
    }

    [Fact]
    public void Each_number_of_lanes_agrees_with_the_example_of_the_standard()
    {
        // FIPS 180-4's example of one block, "abc".
        byte[] expected = Convert.FromHexString("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        for (int count = 1; count <= 7; count++)
        {
            var hashes = new byte[32 * count];
            Sha256Lanes.Hash("abc"u8, [.. Enumerable.Repeat(0.., count)], hashes);
            hashes.Chunk(32).ShouldAllBe(hash => hash.SequenceEqual(expected));
        }
    }

    [Fact]
    public void Hashes_of_another_number_are_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => Sha256Lanes.Hash(new byte[10], [0..5, 5..], new byte[63]));

    /// <summary>Else everything above would pass without a lane. Where memory for a program is refused, tests do not run.</summary>
    [Fact]
    public void Lanes_are_used_where_the_processor_has_the_instructions() =>
        Sha256Code.IsSupported.ShouldBe(File.ReadAllText("/proc/cpuinfo").Contains("sha_ni", StringComparison.Ordinal) && X86Base.X64.IsSupported);

    private static Range SomePart(int length, Random random)
    {
        int start = random.Next(length + 1);
        return start..random.Next(start, length + 1);
    }

    private static void ShouldAgree(byte[] buffer, Range[] parts)
    {
        var hashes = new byte[32 * parts.Length];
        Sha256Lanes.Hash(buffer, parts, hashes);
        hashes.ShouldBe([.. parts.SelectMany(part => SHA256.HashData(buffer.AsSpan(part)))]);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
