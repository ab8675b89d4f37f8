using System.Text;
using BenchmarkDotNet.Attributes;
using Holdfast.Linux;

namespace Holdfast.Bench;

/// <summary>zstd at the usual level, of blobs of two sizes: lines of a log with some noise in them.</summary>
public class CompressionBenchmark
{
    private readonly ZstdCompressor _compressor = new(3);
    private readonly ZstdDecompressor _decompressor = new();
    private byte[] _plain = [];
    private byte[] _packed = [];
    private byte[] _room = [];
    private int _length;

    [Params(12 << 10, 1 << 20)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < Size)
        {
            text.Append($"2026-11-21 12:{random.Next(60):d2}:{random.Next(60):d2} server{random.Next(20)} GET /page/{random.Next(5000):x} {random.NextInt64():x16}\n");
        }

        _plain = Encoding.ASCII.GetBytes(text.ToString())[..Size];
        _packed = new byte[ZstdCompressor.Bound(Size)];
        _room = new byte[Size];
        _length = _compressor.Compress(_plain, _packed);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _compressor.Dispose();
        _decompressor.Dispose();
    }

    [Benchmark]
    public int Compress() => _compressor.Compress(_plain, _packed);

    [Benchmark]
    public bool Decompress() => _decompressor.TryDecompress(_packed.AsSpan(0, _length), _room, out _);
}
