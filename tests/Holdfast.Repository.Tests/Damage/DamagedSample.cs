using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Damage;

/// <summary>
/// A sound repository with two snapshots that share a file, with parity enough to bring any pack back and a ledger; made
/// once, and copied for each damage.
/// </summary>
public sealed class DamagedSample : IAsyncLifetime
{
    private static readonly FileType[] Types = [FileType.Pack, FileType.Index, FileType.Snapshot, FileType.Parity, FileType.Ledger];

    private readonly PruneBench _bench = new(new MemoryBackend());

    internal byte[] Shared { get; } = Seeded.Random().Bytes(20_000);

    internal byte[] Second { get; } = Seeded.Random().Bytes(9_000);

    public async ValueTask InitializeAsync()
    {
        OpenRepository repository = TestRepository.Open(_bench.Store);
        await repository.SaveParityAsync(100, TestRepository.Cancellation);
        await _bench.BackUpAsync(Shared, Second);
        await _bench.BackUpAsync(Shared, Seeded.Random().Bytes(3_000));
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        await new Checker(indexed, new(PackSubset.All) { Notes = true }, new()).RunAsync(TestRepository.Cancellation);
    }

    public ValueTask DisposeAsync() => _bench.Store.DisposeAsync();

    /// <param name="withParity">Whether the parity comes with it.</param>
    internal async Task<PruneBench> CopyAsync(bool withParity)
    {
        var copy = new PruneBench(new MemoryBackend());
        foreach (FileType type in Types.Where(t => withParity || t != FileType.Parity))
        {
            foreach (BackendEntry entry in await _bench.Store.ListAllAsync(type))
            {
                await copy.Store.SaveAsync(entry.File, await _bench.Store.ReadAllAsync(entry.File), TestRepository.Cancellation);
            }
        }

        if (withParity)
        {
            await copy.Store.SaveAsync(BackendFile.ParitySetting, await _bench.Store.ReadAllAsync(BackendFile.ParitySetting), TestRepository.Cancellation);
        }

        foreach ((SnapshotId id, byte[][] files) in _bench.Expected)
        {
            copy.Expected.Add(id, files);
        }

        return copy;
    }
}
