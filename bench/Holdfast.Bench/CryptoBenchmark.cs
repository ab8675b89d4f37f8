using BenchmarkDotNet.Attributes;
using Holdfast.Repository;

namespace Holdfast.Bench;

/// <summary>What encryption and naming cost for a chunk of 1 MiB.</summary>
public class CryptoBenchmark : IDisposable
{
    private readonly byte[] _message = new byte[(1 << 20) + Sealer.Overhead];
    private readonly byte[] _room = new byte[(1 << 20) + Sealer.Overhead];
    private Sealer _sealer = null!;

    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_message);
        _sealer = new(MasterKey.Random());
        _sealer.SealInPlace(_message);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _sealer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>AES-256-CTR and Poly1305-AES.</summary>
    [Benchmark]
    public void Seal() => _sealer.SealInPlace(_room);

    /// <summary>With a copy of 1 MiB, because opening destroys the message.</summary>
    [Benchmark]
    public bool Open()
    {
        _message.CopyTo(_room, 0);
        return _sealer.TryOpenInPlace(_room);
    }

    [Benchmark]
    public Hash256 Sha256() => Hash256.Of(_message);

    /// <summary>The same, as six messages of different lengths.</summary>
    [Benchmark]
    public Hash256 Sha256InLanes()
    {
        const int unit = 50_000;
        Span<Hash256> hashes = stackalloc Hash256[6];
        Hash256.Of(_message, [0..unit, unit..(3 * unit), (3 * unit)..(6 * unit), (6 * unit)..(10 * unit), (10 * unit)..(15 * unit), (15 * unit)..], hashes);
        return hashes[0];
    }
}
