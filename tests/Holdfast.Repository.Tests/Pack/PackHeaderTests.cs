using FsCheck;
using FsCheck.Fluent;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Pack;

public sealed class PackHeaderTests
{
    private static readonly MasterKey Key = MasterKey.Random();
    private static readonly PackId Pack = new(Hash256.Of("pack"u8));

    [Fact]
    public void Any_entries_come_back_from_a_header() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Entries(), entries =>
        {
            using var sealer = new Sealer(Key);
            var end = new byte[PackHeader.SealedLength(entries)];
            PackHeader.Write(entries, sealer, end);
            int length = BitConverter.ToInt32(end, end.Length - 4);
            return length == end.Length - 4 && sealer.TryOpenInPlace(end.AsSpan(0, length))
                && PackHeader.Read(end.AsSpan()[Sealer.IvLength..^20], Pack, entries.Sum(e => (long)e.Location.Length)).SequenceEqual(entries);
        }));

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Blobs_that_do_not_fill_the_pack_are_damage(long difference)
    {
        PackEntry[] entries = [Entry(0, 100, 0), Entry(100, 50, 400)];
        Should.Throw<BackupException>(() => Read(entries, 150 + difference)).Message.ShouldContain(Pack.ToString());
        Read(entries, 150).ShouldBe(entries);
    }

    [Fact]
    public void Entries_of_an_impossible_length_are_damage()
    {
        Should.Throw<BackupException>(() => Read([Entry(0, Sealer.Overhead - 1, 0)], Sealer.Overhead - 1)).Kind.ShouldBe(BackupErrorKind.Corrupt);
        Should.Throw<BackupException>(() => Read([Entry(0, 100, Limits.Blob + 1u)], 100)).Kind.ShouldBe(BackupErrorKind.Corrupt);
        Should.Throw<BackupException>(() => Read([Entry(0, Limits.Blob + 1u, 0)], Limits.Blob + 1L)).Kind.ShouldBe(BackupErrorKind.Corrupt);
    }

    [Fact]
    public async Task A_pack_of_tiny_blobs_is_closed_long_before_its_header_is_larger_than_restic_reads()
    {
        var packer = new Packer(0, 1024, 1024);
        int count = 0;
        for (; !packer.HasFullHeader && count < 1_000_000; count++)
        {
            await packer.AddAsync(new(BlobType.Data, default), default, 1);
        }

        (count * PackHeader.CompressedEntry).ShouldBeInRange(1 << 20, (16 << 20) - Sealer.Overhead);
    }

    private static List<PackEntry> Read(PackEntry[] entries, long blobBytes)
    {
        using var sealer = new Sealer(Key);
        var end = new byte[PackHeader.SealedLength(entries)];
        PackHeader.Write(entries, sealer, end);
        sealer.TryOpenInPlace(end.AsSpan(..^4)).ShouldBeTrue();
        return PackHeader.Read(end.AsSpan()[Sealer.IvLength..^20], Pack, blobBytes);
    }

    private static PackEntry Entry(uint offset, uint length, uint uncompressed) =>
        new(new(BlobType.Data, Hash256.Of(BitConverter.GetBytes(offset))), new(Pack, offset, length, uncompressed));

    private static Arbitrary<PackEntry[]> Entries()
    {
        Gen<(bool Tree, int Length, int Uncompressed)> one =
            from tree in ArbMap.Default.GeneratorFor<bool>()
            from length in Gen.Choose(Sealer.Overhead, 1 << 24)
            from uncompressed in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(1, Limits.Blob)))
            select (tree, length, uncompressed);
        return Gen.ArrayOf(one).Select(list =>
        {
            uint offset = 0;
            return list.Select(e =>
            {
                var entry = new PackEntry(
                    new(e.Tree ? BlobType.Tree : BlobType.Data, Hash256.Of(BitConverter.GetBytes(offset + e.Length))),
                    new(Pack, offset, (uint)e.Length, (uint)e.Uncompressed));
                offset += (uint)e.Length;
                return entry;
            }).ToArray();
        }).ToArbitrary();
    }
}
