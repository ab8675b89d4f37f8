using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Repository.Tests;

/// <summary>The vectorised search against its plain twin. Without vector instructions there is nothing to compare.</summary>
public sealed class ChunkerAgreementTests
{
    private const int Block = 64 * 17 * 64; // what the vectorised search takes at once, when it can

    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(400);

    public ChunkerAgreementTests() =>
        Assert.SkipUnless(BoundaryLanes.IsSupported, "The processor lacks AVX-512 VBMI or GFNI.");

    [Fact]
    public void Both_find_the_same_cut_whatever_the_data_and_settings() =>
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            (Chunker lanes, Chunker tables) = Twins(random, out int maxSize);
            byte[] data = Data(random, random.Next(2 * maxSize));
            int scanned = random.Next(data.Length + 1);

            return lanes.FindCut(data, 0) == tables.FindCut(data, 0)
                && lanes.FindCut(data, scanned) == tables.FindCut(data, scanned);
        }).Check(s_config);

    [Fact]
    public void A_search_in_pieces_finds_what_a_search_at_once_finds() =>
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            (Chunker lanes, Chunker tables) = Twins(random, out int maxSize);
            byte[] data = Data(random, 2 * maxSize);

            int scanned = 0;
            int cut = -1;
            while (cut < 0)
            {
                int read = random.Next(scanned, Math.Min(data.Length, scanned + (1 << random.Next(18))) + 1);
                cut = lanes.FindCut(data.AsSpan(0, read), scanned);
                scanned = read;
            }

            return cut == tables.FindCut(data, 0);
        }).Check(s_config);

    [Fact]
    public void A_boundary_anywhere_in_a_block_is_found()
    {
        (Chunker lanes, Chunker tables) = Twins(new Random(5), averageBits: 20, minSize: 70, maxSize: 1 << 20);
        byte[] zeros = new byte[Chunker.WindowSize];
        byte[] data = WithoutBoundary(Block + 9000, tables);
        for (int position = 70; position + zeros.Length <= data.Length; position += 61)
        {
            byte[] planted = [.. data];
            zeros.CopyTo(planted, position);

            lanes.FindCut(planted, 0).ShouldBe(position + zeros.Length);
        }
    }

    [Fact]
    public void Lengths_around_every_limit_agree()
    {
        const int MinSize = 1000;
        int[] limits = [MinSize, MinSize + 64, MinSize + 4096, MinSize + 8192, MinSize + Block, MinSize + Block + 4096, 2 * Block];
        (Chunker lanes, Chunker tables) = Twins(new Random(6), averageBits: 14, MinSize, maxSize: 2 * Block);
        byte[] ones = new byte[(2 * Block) + 10];
        Array.Fill(ones, (byte)1);
        byte[] mixed = Data(new Random(7), ones.Length);
        byte[] zeros = new byte[ones.Length];
        foreach (int length in limits.SelectMany(limit => Enumerable.Range(limit - 5, 11)))
        {
            foreach (byte[] data in (byte[][])[ones, mixed, zeros])
            {
                lanes.FindCut(data.AsSpan(0, length), 0).ShouldBe(tables.FindCut(data.AsSpan(0, length), 0), $"length {length}");
                lanes.FindCut(data, length).ShouldBe(tables.FindCut(data, length), $"scanned {length}");
            }
        }
    }

    // FsCheck prints the seed of a failure; everything else follows from it.
    private static Arbitrary<int> Seeds() => Arb.From(Gen.Choose(0, int.MaxValue));

    private static (Chunker Lanes, Chunker Tables) Twins(Random random, out int maxSize)
    {
        int minSize = 65 + random.Next(1 << random.Next(1, 18));
        maxSize = minSize + random.Next(1 << random.Next(1, 20));
        return Twins(random, random.Next(4, 22), minSize, maxSize);
    }

    private static (Chunker Lanes, Chunker Tables) Twins(Random random, int averageBits, int minSize, int maxSize)
    {
        Polynomial polynomial;
        do
            polynomial = new Polynomial((1UL << 53) | (ulong)random.NextInt64(1L << 53) | 1);
        while (!polynomial.IsIrreducible);

        return (new Chunker(polynomial, averageBits, minSize, maxSize, vectorised: true),
            new Chunker(polynomial, averageBits, minSize, maxSize, vectorised: false));
    }

    private static byte[] Data(Random random, int length)
    {
        byte[] data = new byte[length];
        switch (random.Next(5))
        {
            case 0:
                random.NextBytes(data);
                break;
            case 1: // few distinct bytes
                random.NextBytes(data);
                for (int i = 0; i < length; i++)
                    data[i] = (byte)(data[i] >> 7);
                break;
            case 2: // periodic
                byte[] period = new byte[1 + random.Next(200)];
                random.NextBytes(period);
                for (int i = 0; i < length; i++)
                    data[i] = period[i % period.Length];
                break;
            case 3: // one byte, seldom zero
                Array.Fill(data, (byte)random.Next(256));
                break;
            default: // random with a run of zeros, which are boundaries all along
                random.NextBytes(data);
                int start = random.Next(length + 1);
                data.AsSpan(start, Math.Min(length - start, random.Next(300))).Clear();
                break;
        }

        return data;
    }

    private static byte[] WithoutBoundary(int length, Chunker tables)
    {
        byte[] data = new byte[length];
        for (int seed = 0; ; seed++)
        {
            // Without zeros, which in front of planted ones would make a boundary earlier than meant.
            new Random(seed).NextBytes(data);
            data.AsSpan().Replace((byte)0, (byte)1);
            if (tables.FindCut(data, 0) < 0)
                return data;
        }
    }
}
