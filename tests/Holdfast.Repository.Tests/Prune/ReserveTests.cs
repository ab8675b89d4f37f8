using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

/// <summary>A disk that is full, for real.</summary>
public sealed class ReserveTests
{
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task A_prune_on_a_full_disk_gives_up_its_reserve_and_makes_it_anew()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("220m");
        PruneBench bench = await MakeAsync(disk, blobs: 24);
        await bench.PruneAsync();
        long reserve = (await bench.Store.ListAllAsync(FileType.Reserve)).Sum(r => r.Size);
        reserve.ShouldBeInRange(1 << 20, 2_310_000, "a hundredth of what is free");
        SnapshotId large = await bench.BackUpAsync([.. Enumerable.Range(0, 20).Select(_ => _random.Bytes(1 << 20))]);
        await bench.ForgetAsync(large);
        Fill(disk).Dispose();

        await bench.PruneAsync();
        bench.Notes.ShouldContain(n => n.Contains("giving up the reserve"));
        (await bench.Store.ListAllAsync(FileType.Reserve)).Count.ShouldBe(0, "with 20 MB free, a hundredth is too little");
        File.Delete($"{disk.Path}/filler");
        await bench.ShouldBeWholeAsync();
        await bench.PruneAsync();
        (await bench.Store.ListAllAsync(FileType.Reserve)).Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_small_repository_does_not_grow_by_a_reserve()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("220m");
        PruneBench bench = await MakeAsync(disk, blobs: 9);
        await bench.PruneAsync();
        (await bench.Store.ListAllAsync(FileType.Reserve)).ShouldBeEmpty();
        await bench.BackUpAsync([.. Enumerable.Range(0, 3).Select(_ => _random.Bytes(1 << 20))]);
        await bench.PruneAsync();
        (await bench.Store.ListAllAsync(FileType.Reserve)).Sum(r => r.Size).ShouldBeInRange(1 << 20, 12 * (1 << 20) / 10 + 1000, "a tenth of what is stored");
    }

    [Fact]
    public async Task Without_a_reserve_a_full_disk_can_be_recovered_unsafely()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("100m");
        PruneBench bench = await MakeAsync(disk);
        SnapshotId large = await bench.BackUpAsync([.. Enumerable.Range(0, 20).Select(_ => _random.Bytes(1 << 20))]);
        await bench.ForgetAsync(large);
        Fill(disk).Dispose();
        (await Should.ThrowAsync<BackupException>(() => bench.PruneAsync())).Kind.ShouldBe(BackupErrorKind.NoSpace);
        await bench.ShouldBeWholeAsync();

        // Room for the two locks, as whoever comes so far has to make: nothing else.
        using (FileStream filler = File.OpenWrite($"{disk.Path}/filler"))
        {
            filler.SetLength(filler.Length - (16 << 10));
        }

        await bench.PruneAsync(PruneBench.Tight with { RecoverWithoutSpace = true });
        await bench.ShouldBeWholeAsync();
        (await bench.PackBytesAsync()).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public async Task What_cannot_be_repacked_for_want_of_room_stays()
    {
        SmallDisk.Need();
        using var disk = new SmallDisk("220m");
        PruneBench bench = await MakeAsync(disk, blobs: 24);
        await bench.PruneAsync();
        byte[][] kept = [.. Enumerable.Range(0, 12).Select(_ => _random.Bytes(1 << 20))];
        SnapshotId both = await bench.BackUpAsync([.. kept.SelectMany(k => new[] { k, _random.Bytes(1 << 20) })]);
        await bench.BackUpAsync(kept);
        SnapshotId gone = await bench.BackUpAsync(_random.Bytes(3 << 20));
        await bench.ForgetAsync(both);
        await bench.ForgetAsync(gone);
        using (FileStream filler = Fill(disk))
        {
            filler.SetLength(filler.Length - (6 << 20));
        }

        (await bench.PruneAsync()).SparedPacks.ShouldBeGreaterThan(0);
        bench.Notes.ShouldContain(n => n.Contains("run prune again"));
        await bench.ShouldBeWholeAsync();
        File.Delete($"{disk.Path}/filler");
        await bench.PruneAsync();
        await bench.ShouldBeWholeAsync();
        await using PrunePlan plan = await bench.PlanAsync();
        plan.IsEmpty.ShouldBeTrue();
    }

    /// <param name="blobs">How many MiB it holds.</param>
    private async Task<PruneBench> MakeAsync(SmallDisk disk, int blobs = 0)
    {
        // A repository is known by its config; that nobody could open this one does not matter here.
        var backend = new LocalBackend($"{disk.Path}/repository");
        await backend.CreateAsync(Cancellation);
        await backend.SaveAsync(BackendFile.Config, new byte[100], Cancellation);
        var bench = new PruneBench(backend);
        await bench.BackUpAsync([_random.Bytes(5000), .. Enumerable.Range(0, blobs).Select(_ => _random.Bytes(1 << 20))]);
        return bench;
    }

    /// <summary>Takes all the room there is.</summary>
    private static FileStream Fill(SmallDisk disk)
    {
        var filler = new FileStream($"{disk.Path}/filler", System.IO.FileMode.Create);
        try
        {
            while (true)
            {
                filler.Write(new byte[4096]);
                filler.Flush();
            }
        }
        catch (IOException)
        {
            return filler;
        }
    }
}
