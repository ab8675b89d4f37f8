using System.Security.Cryptography;

namespace Holdfast.Repository.Tests;

public sealed class ChunkerTests
{
    private static readonly Lazy<byte[]> s_goRandom =
        new(() => new GoRandom(ResticChunkVectors.Seed).Bytes(ResticChunkVectors.Size));

    public static TheoryData<string> Twins => ChunkerTwins.Available;

    [Theory, MemberData(nameof(Twins))]
    public void Cuts_restics_random_data_as_restic_does(string search) =>
        Cut(s_goRandom.Value, 20, Chunker.MinSize, Chunker.MaxSize, search).ShouldBe(ResticChunkVectors.Default);

    [Theory, MemberData(nameof(Twins))]
    public void Cuts_at_19_bits_as_restic_does(string search) =>
        Cut(s_goRandom.Value, 19, Chunker.MinSize, Chunker.MaxSize, search).ShouldBe(ResticChunkVectors.AverageBits19);

    [Theory, MemberData(nameof(Twins))]
    public void Cuts_between_other_limits_as_restic_does(string search) =>
        Cut(s_goRandom.Value, 20, 16 << 20, 32 << 20, search).ShouldBe(ResticChunkVectors.From16To32MiB);

    [Theory, MemberData(nameof(Twins))]
    public void Zeros_are_cut_at_the_least_size(string search)
    {
        Chunker chunker = Create(search);

        chunker.FindCut(new byte[Chunker.MinSize - 1], 0).ShouldBe(-1);
        chunker.FindCut(new byte[Chunker.MinSize], 0).ShouldBe(Chunker.MinSize);
        chunker.FindCut(new byte[Chunker.MaxSize + 1], 0).ShouldBe(Chunker.MinSize);
    }

    [Theory, MemberData(nameof(Twins))]
    public void Data_without_a_boundary_is_cut_at_the_greatest_size(string search)
    {
        Chunker chunker = Create(search);
        var ones = new byte[Chunker.MaxSize + 1];
        Array.Fill(ones, (byte)1);

        chunker.FindCut(ones.AsSpan(0, Chunker.MaxSize - 1), 0).ShouldBe(-1);
        chunker.FindCut(ones.AsSpan(0, Chunker.MaxSize), Chunker.MaxSize - 1).ShouldBe(Chunker.MaxSize);
        chunker.FindCut(ones, 0).ShouldBe(Chunker.MaxSize);
    }

    [Theory, MemberData(nameof(Twins))]
    public void Nothing_has_no_cut(string search) => Create(search).FindCut([], 0).ShouldBe(-1);

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        Polynomial polynomial = Polynomial.Random();

        Should.Throw<ArgumentException>(() => new Chunker(default));
        Should.Throw<ArgumentException>(() => new Chunker(new Polynomial(polynomial.Value | (1UL << 54))));
        Should.Throw<ArgumentException>(() => new Chunker(polynomial, averageBits: 0));
        Should.Throw<ArgumentException>(() => new Chunker(polynomial, averageBits: 22));
        Should.Throw<ArgumentException>(() => new Chunker(polynomial, minSize: Chunker.WindowSize));
        Should.Throw<ArgumentException>(() => new Chunker(polynomial, minSize: 1000, maxSize: 999));
        Should.Throw<ArgumentException>(() => new Chunker(polynomial).FindCut(new byte[10], 11));
        Should.Throw<ArgumentException>(() => new Chunker(polynomial).FindCut(new byte[10], -1));
    }

    private static Chunker Create(string search) =>
        ChunkerTwins.Create(ResticChunkVectors.Polynomial, 20, Chunker.MinSize, Chunker.MaxSize, search);

    private static List<(int Length, string Sha256)> Cut(byte[] data, int averageBits, int minSize, int maxSize, string search)
    {
        Chunker chunker = ChunkerTwins.Create(ResticChunkVectors.Polynomial, averageBits, minSize, maxSize, search);
        return [.. ChunkerTwins.Cut(chunker, data).Select(chunk =>
            (chunk.Length, Convert.ToHexStringLower(SHA256.HashData(data.AsSpan(chunk.Start, chunk.Length)))))];
    }
}
