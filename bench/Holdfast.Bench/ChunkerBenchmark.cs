using BenchmarkDotNet.Attributes;
using Holdfast.Repository;

namespace Holdfast.Bench;

/// <summary>Cuts 64 MiB of random data. About 42 MiB of it are searched: the head of each chunk is skipped.</summary>
public class ChunkerBenchmark
{
    private readonly byte[] _data = new byte[64 * 1024 * 1024];
    private Chunker _chunker = null!;

    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_data);
        _chunker = new Chunker(new Polynomial(0x3da3358b4dc173));
    }

    [Benchmark]
    public int Cut()
    {
        int chunks = 0;
        for (int start = 0, cut = 0; cut >= 0; start += cut, chunks++)
            cut = _chunker.FindCut(_data.AsSpan(start), 0);

        return chunks;
    }
}
