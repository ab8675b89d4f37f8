using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Repository.Tests;

/// <summary>Each of the fast searches that the processor can against the plain one.</summary>
public sealed class ChunkerAgreementTests
{
    private const int Block = 64 * 17 * 64; // what the lanes take at once, when they can
    private const int SmallBlock = 6 * 33 * 64; // what the stretches take at once

    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(400);

    public static TheoryData<string> Fast => ChunkerTwins.Fast;

    [Theory, MemberData(nameof(Fast))]
    public void Both_find_the_same_cut_whatever_the_data_and_settings(string search) =>
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            (Chunker fast, Chunker plain) = Twins(search, random, out int maxSize);
            byte[] data = Data(random, random.Next(2 * maxSize));
            int scanned = random.Next(data.Length + 1);

            return fast.FindCut(data, 0) == plain.FindCut(data, 0)
                && fast.FindCut(data, scanned) == plain.FindCut(data, scanned);
        }).Check(s_config);

    [Theory, MemberData(nameof(Fast))]
    public void A_search_in_pieces_finds_what_a_search_at_once_finds(string search) =>
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            (Chunker fast, Chunker plain) = Twins(search, random, out int maxSize);
            byte[] data = Data(random, 2 * maxSize);

            int scanned = 0;
            int cut = -1;
            while (cut < 0)
            {
                int read = random.Next(scanned, Math.Min(data.Length, scanned + (1 << random.Next(18))) + 1);
                cut = fast.FindCut(data.AsSpan(0, read), scanned);
                scanned = read;
            }

            return cut == plain.FindCut(data, 0);
        }).Check(s_config);

    [Theory, MemberData(nameof(Fast))]
    public void A_boundary_anywhere_in_a_block_is_found(string search)
    {
        (Chunker fast, Chunker plain) = Twins(search, new Random(5), averageBits: 20, minSize: 70, maxSize: 1 << 20);
        byte[] zeros = new byte[Chunker.WindowSize];
        byte[] data = WithoutBoundary(Block + 9000, plain);
        for (int position = 70; position + zeros.Length <= data.Length; position += 61)
        {
            byte[] planted = [.. data];
            zeros.CopyTo(planted, position);

            fast.FindCut(planted, 0).ShouldBe(position + zeros.Length);
        }
    }

    [Theory, MemberData(nameof(Fast))]
    public void Lengths_around_every_limit_agree(string search)
    {
        const int MinSize = 1000;
        int[] limits =
        [
            MinSize, MinSize + 64, MinSize + 2048, MinSize + 4096, MinSize + 8192, MinSize + (32 * 33 * 64), MinSize + SmallBlock, MinSize + (2 * SmallBlock),
            MinSize + Block, MinSize + Block + 4096, 2 * Block,
        ];
        (Chunker fast, Chunker plain) = Twins(search, new Random(6), averageBits: 14, MinSize, maxSize: 2 * Block);
        byte[] ones = new byte[(2 * Block) + 10];
        Array.Fill(ones, (byte)1);
        byte[] mixed = Data(new Random(7), ones.Length);
        byte[] zeros = new byte[ones.Length];
        foreach (int length in limits.SelectMany(limit => Enumerable.Range(limit - 5, 11)))
        {
            foreach (byte[] data in (byte[][])[ones, mixed, zeros])
            {
                fast.FindCut(data.AsSpan(0, length), 0).ShouldBe(plain.FindCut(data.AsSpan(0, length), 0), $"length {length}");
                fast.FindCut(data, length).ShouldBe(plain.FindCut(data, length), $"scanned {length}");
            }
        }
    }

    // FsCheck prints the seed of a failure; everything else follows from it.
    private static Arbitrary<int> Seeds() => Arb.From(Gen.Choose(0, int.MaxValue));

    private static (Chunker Fast, Chunker Plain) Twins(string search, Random random, out int maxSize)
    {
        int minSize = 65 + random.Next(1 << random.Next(1, 18));
        maxSize = minSize + random.Next(1 << random.Next(1, 20));
        return Twins(search, random, random.Next(4, 22), minSize, maxSize);
    }

    private static (Chunker Fast, Chunker Plain) Twins(string search, Random random, int averageBits, int minSize, int maxSize)
    {
        Polynomial polynomial;
        do
            polynomial = new Polynomial((1UL << 53) | (ulong)random.NextInt64(1L << 53) | 1);
        while (!polynomial.IsIrreducible);

        return (new Chunker(polynomial, averageBits, minSize, maxSize, Enum.Parse<BoundarySearch>(search)),
            new Chunker(polynomial, averageBits, minSize, maxSize, BoundarySearch.Plain));
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

    private static byte[] WithoutBoundary(int length, Chunker plain)
    {
        byte[] data = new byte[length];
        for (int seed = 0; ; seed++)
        {
            // Without zeros, which in front of planted ones would make a boundary earlier than meant.
            new Random(seed).NextBytes(data);
            data.AsSpan().Replace((byte)0, (byte)1);
            if (plain.FindCut(data, 0) < 0)
                return data;
        }
    }
}
