using System.Buffers.Binary;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Parity;

/// <summary>Packs of any length, damaged in every way that their parity is made for.</summary>
public sealed class ParityCodeTests
{
    private const int Sector = ParityLayout.Sector;

    private readonly Random _random = Seeded.Random();

    public static TheoryData<int, double> Layouts => new(
        from length in (int[])[1, 4095, 4096, 4097, 50_000, 1_000_000, 5_000_001]
        from percent in (double[])[0.5, 5, 33, 100]
        select (length, percent));

    [Theory]
    [MemberData(nameof(Layouts))]
    public void As_many_sectors_of_a_stripe_as_it_has_parity_can_be_lost(int length, double percent)
    {
        (byte[] pack, ParityFile file, ParityLayout layout) = Make(length, percent);
        layout.IsValid.ShouldBeTrue();
        (layout.ParitySectors * 100.0 / layout.Sectors).ShouldBeInRange(percent, percent + (100.0 * layout.Stripes / layout.Sectors) + 0.001);
        byte[] damaged = [.. pack];
        int lost = 0;
        for (int stripe = 0; stripe < layout.Stripes; stripe++)
        {
            int[] sectors = [.. Enumerable.Range(0, layout.Sectors).Where(s => s % layout.Stripes == stripe)];
            _random.Shuffle(sectors);
            foreach (int sector in sectors.Take(layout.ParityRows))
            {
                Range range = (sector * Sector)..Math.Min(length, (sector + 1) * Sector);
                _random.NextBytes(damaged.AsSpan(range));
                damaged[sector * Sector] = (byte)(pack[sector * Sector] ^ 1);
                lost++;
            }
        }

        ParityDecoder.Correct(file, damaged, out int corrected).ShouldBeNull();
        corrected.ShouldBe(lost);
        damaged.ShouldEqual(pack);
    }

    [Fact]
    public void One_sector_more_than_that_is_said_and_not_made_up()
    {
        (byte[] pack, ParityFile file, ParityLayout layout) = Make(3_000_000, 2);
        byte[] damaged = [.. pack];
        for (int row = 0; row <= layout.ParityRows; row++)
        {
            damaged[row * layout.Stripes * Sector] ^= 1;
        }

        ParityDecoder.Correct(file, damaged, out _).ShouldNotBeNull().ShouldContain($"{layout.ParityRows + 1} of its sectors");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    public void A_burst_as_long_as_the_parity_is_corrected_wherever_it_begins(double percent)
    {
        (byte[] pack, ParityFile file, ParityLayout layout) = Make(4_000_000, percent);
        for (int i = 0; i < 5; i++)
        {
            byte[] damaged = [.. pack];
            int from = _random.Next(layout.Sectors - layout.ParitySectors) * Sector;
            damaged.AsSpan(from, layout.ParitySectors * Sector).Clear();
            ParityDecoder.Correct(file, damaged, out _).ShouldBeNull();
            damaged.ShouldEqual(pack);
        }
    }

    [Theory]
    [InlineData("first head")]
    [InlineData("second head")]
    [InlineData("cut")]
    [InlineData("end")]
    [InlineData("parity")]
    public void A_damaged_parity_file_corrects_what_it_still_can(string damage)
    {
        byte[] pack = _random.Bytes(2_000_000);
        var id = new PackId(Hash256.Of(pack));
        byte[] stored = Encode(id, pack, 10);
        ParityLayout layout = ParityLayout.For(pack.Length, 10);
        int head = ParityFile.HeadLength(layout);
        switch (damage)
        {
            case "first head":
                stored.AsSpan(0, head).Clear();
                break;
            case "second head":
                stored[^(head / 2)] ^= 1;
                break;
            case "cut":
                stored = stored[..(head + (Sector * layout.ParitySectors / 2))];
                break;
            case "end":
                BinaryPrimitives.WriteUInt32LittleEndian(stored.AsSpan(stored.Length - 4), uint.MaxValue);
                break;
            default:
                stored[head + 5] ^= 1;
                break;
        }

        ParityFile file = ParityFile.TryRead(id, stored).ShouldNotBeNull();
        (damage == "end" || !file.IsWhole).ShouldBeTrue();
        byte[] damaged = [.. pack];
        damaged.AsSpan(0, layout.Stripes * Sector).Clear(); // one sector of each stripe
        ParityDecoder.Correct(file, damaged, out int corrected).ShouldBeNull();
        corrected.ShouldBe(layout.Stripes);
        damaged.ShouldEqual(pack);
    }

    [Fact]
    public void What_is_no_parity_of_the_pack_is_not_taken_for_one()
    {
        byte[] pack = _random.Bytes(20_000);
        var id = new PackId(Hash256.Of(pack));
        byte[] stored = Encode(id, pack, 10);
        ParityFile.TryRead(new(Hash256.Of("another"u8)), stored).ShouldBeNull();
        ParityFile.TryRead(id, Array.Empty<byte>()).ShouldBeNull();
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutated = _random.Mutate(stored);
            if (ParityFile.TryRead(id, mutated) is { } file)
            {
                byte[] content = new byte[file.Layout.PackLength];
                content.Length.ShouldBe(pack.Length);
                ParityDecoder.Correct(file, content, out _); // whatever it finds, it does not fail
            }
        }
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1 << 20, 0, 1)]
    [InlineData(1 << 20, 1, 1)]
    [InlineData(1 << 20, 256, 255)]
    [InlineData(1 << 20, 257, 1)]
    [InlineData(1 << 20, 2, 0)]
    [InlineData((512L << 20) + 1, 1024, 1)]
    public void A_layout_that_no_writer_makes_is_refused(long length, int stripes, int rows) => new ParityLayout(length, stripes, rows).IsValid.ShouldBeFalse();

    [Theory]
    [InlineData(0.01)]
    [InlineData(100)]
    public void The_largest_pack_has_a_layout_that_can_be_held(double percent)
    {
        var layout = ParityLayout.For(ParityLayout.LargestPack, percent);
        layout.IsValid.ShouldBeTrue();
        ParityFile.Length(layout).ShouldBeLessThan(Array.MaxLength);
        ParityFile.ParityRange(layout).End.Value.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Sectors_that_cannot_be_read_are_corrected_like_those_that_are_wrong()
    {
        byte[] pack = _random.Bytes(3_000_000);
        var id = new PackId(Hash256.Of(pack));
        var file = new BackendFile(FileType.Pack, id.ToString());
        var store = new MemoryBackend();
        await store.SaveAsync(file, pack, TestRepository.Cancellation);
        await new ParityEncoder(store).SaveAsync(id, pack, 5, TestRepository.Cancellation);
        var failing = new BadSectors(store, file, 1_500_000);
        ParityCorrection.Result result = await new ParityCorrection(failing).TryAsync(id, TestRepository.Cancellation);
        result.Sectors.ShouldBe(1);
        result.Content.ShouldNotBeNull().ShouldEqual(pack);
    }

    private static byte[] Encode(PackId id, byte[] pack, double percent) => new ParityEncoder(new MemoryBackend()).Encode(id, pack, percent).ToArray();

    private (byte[] Pack, ParityFile File, ParityLayout Layout) Make(int length, double percent)
    {
        byte[] pack = _random.Bytes(length);
        var id = new PackId(Hash256.Of(pack));
        byte[] stored = Encode(id, pack, percent);
        stored.Length.ShouldBe((int)ParityFile.Length(ParityLayout.For(length, percent)));
        ParityFile file = ParityFile.TryRead(id, stored).ShouldNotBeNull();
        file.IsWhole.ShouldBeTrue();
        file.Layout.ShouldBe(ParityLayout.For(length, percent));
        return (pack, file, file.Layout);
    }
}
