using BenchmarkDotNet.Attributes;
using Holdfast.Repository;

namespace Holdfast.Bench;

/// <summary>What encryption and naming cost for a chunk of 1 MiB.</summary>
public class CryptoBenchmark
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
    public void Cleanup() => _sealer.Dispose();

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
}
