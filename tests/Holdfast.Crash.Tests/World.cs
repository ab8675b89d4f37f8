using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;
using Holdfast.Repository.Tests;

namespace Holdfast.Crash.Tests;

/// <summary>A repository with some history, made from a seed, and a folder with what the next backup finds.</summary>
internal sealed class World : IDisposable
{
    internal const string Password = "password of the crash tests";

    internal static readonly RepositoryOptions Options = new() { PackSize = TestRepository.SmallestPack, Time = new HastyTime() };

    /// <summary>In percent; enough for a sector of the small packs of these tests.</summary>
    internal const double Parity = 20;

    internal static readonly MasterKey OtherKey = MasterKey.FromBytes([.. Enumerable.Range(9, 64).Select(i => (byte)i)]);

    private readonly TempFolder _folder = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
    private readonly Random _random;
    private readonly MemoryBackend _other = new();

    private World(int seed) => _random = new(seed);

    /// <summary>The repository with a few snapshots of the folder as it was.</summary>
    internal RepositoryImage Image { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static DateTimeOffset FirstTime { get; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <param name="largeFile">Bytes of a file that has other content for the next backup than in the history; 0 for none.</param>
    internal static async Task<World> CreateAsync(int seed, int largeFile = 0)
    {
        var world = new World(seed);
        world.ChangeLarge(largeFile);
        var memory = new MemoryBackend();
        await CheapKey.SaveAsync(Open(memory), TestRepository.Key, Password);
        int count = world._random.Next(2, 5);
        for (int day = 0; day < count; day++)
        {
            world.Change();
            await BackUpAsync(Open(memory), world._folder.Path, FirstTime.AddDays(day));
        }

        world.Change();
        world.ChangeLarge(largeFile);
        world.Image = await RepositoryImage.OfAsync(memory);
        await world.BackUpAsync(world.OpenOther());
        return world;
    }

    /// <summary>The repository with the key that all of these have; without scrypt, which would be most of the time.</summary>
    internal static OpenRepository Open(IBackend backend) => TestRepository.Open(backend, Options);

    /// <summary>A backup of the folder under a lock, with the newest snapshot for its parent.</summary>
    internal Task BackUpAsync(OpenRepository repository) => BackUpAsync(repository, _folder.Path, FirstTime.AddDays(100));

    /// <summary>The repository where each pack has parity, and new ones get it.</summary>
    internal async Task<RepositoryImage> WithParityAsync()
    {
        MemoryBackend memory = await Image.InMemoryAsync();
        IndexedRepository indexed = await Open(memory).LoadIndexAsync(null, Cancellation);
        await indexed.Repository.SaveParityAsync(Parity, Cancellation);
        await (await new ParityRepairPlanner(indexed, Parity, new()).PlanAsync(Cancellation)).ExecuteAsync(Cancellation);
        return await RepositoryImage.OfAsync(memory);
    }

    /// <summary>Another repository, with another key, that has the folder as it is now.</summary>
    internal OpenRepository OpenOther() => OpenOther(_other);

    /// <summary>With the id and key of the other one.</summary>
    internal static OpenRepository OpenOther(IBackend backend) =>
        new(backend, Open(backend).Config with { Id = new('e', 64) }, OtherKey, default, Options);

    public void Dispose() => _folder.Dispose();

    /// <summary>A backup of a folder under a lock.</summary>
    internal static async Task BackUpAsync(OpenRepository repository, string folder, DateTimeOffset time)
    {
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: false, Cancellation);
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        List<StoredSnapshot> snapshots = await repository.ListSnapshotsAsync(null, Cancellation);
        var options = new BackupOptions
        {
            Paths = [folder], Workers = 1, Label = new(time, "host", [], "test"), Parent = snapshots.Count > 0 ? snapshots[^1] : null,
        };
        BackupSummary summary = await new Archiver.Archiver(indexed, options, new()).RunAsync(countAhead: false, Cancellation);
        summary.Problems.ShouldBeEmpty();
    }

    private void ChangeLarge(int size)
    {
        if (size > 0)
        {
            File.WriteAllBytes(_folder["large"], _random.Bytes(size));
        }
    }

    /// <summary>Some files more, some less, some other content.</summary>
    private void Change()
    {
        foreach (string path in Directory.GetFiles(_folder.Path, "file*", SearchOption.AllDirectories))
        {
            if (_random.Next(4) == 0)
            {
                File.Delete(path);
            }
        }

        for (int i = _random.Next(2, 7); i > 0; i--)
        {
            string path = Path.Combine(_folder.Path, $"folder{_random.Next(3)}", $"file{_random.Next(8)}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, _random.Bytes(_random.Next(6_000)));
        }
    }
}
