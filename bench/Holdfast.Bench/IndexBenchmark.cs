using BenchmarkDotNet.Attributes;
using Holdfast.Repository;

namespace Holdfast.Bench;

/// <summary>A lookup among two million blobs: in memory, and in the table on disk, which is too large to be read whole.</summary>
public class IndexBenchmark
{
    private const int Count = 2_000_000;

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"holdfast-bench-{Guid.NewGuid():n}");
    private readonly Random _random = new(1);
    private BlobIndex _index = null!;
    private IndexTable? _table;

    [Params(false, true)]
    public bool OnDisk { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _index = new();
        for (int i = 0; i < Count; i++)
        {
            _index.Add(Blob(i), new(new(Hash256.Of(BitConverter.GetBytes(-1 - (i / 200)))), (uint)i, 1000, 0));
        }

        if (OnDisk)
        {
            IndexRun.Merge([_index.NewRun()], [], _path);
            _table = IndexTable.TryOpen(_path);
            _index = new(_table);
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _table?.Dispose();
        File.Delete(_path);
    }

    [Benchmark]
    public bool Known() => _index.Contains(Blob(_random.Next(Count)));

    [Benchmark]
    public bool Unknown() => _index.Contains(Blob(Count + _random.Next(Count)));

    /// <summary>With the hash of four bytes, some 150 ns of each figure.</summary>
    private static BlobHandle Blob(int number) => new(BlobType.Data, Hash256.Of(BitConverter.GetBytes(number)));
}
