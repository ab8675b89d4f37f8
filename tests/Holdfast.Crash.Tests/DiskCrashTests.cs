using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Crash.Tests;

/// <summary>Each operation on a disk that is full, and on one with a page more, until it has room enough.</summary>
public sealed class DiskCrashTests : CrashTests
{
    public static TheoryData<string, int> Cases => CasesFor(1, soakSeeds: 6);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Nothing_promised_is_lost_on_a_disk_that_fills(string name, int seed)
    {
        SmallDisk.Need();
        Operation operation = Operation.All.Single(o => o.Name == name);
        using World world = await World.CreateAsync(seed);
        RepositoryImage image = await operation.PrepareAsync(world);
        Promises promises = await Promises.OfAsync(operation, image);
        using var disk = new FillingDisk();
        int points = 0;
        for (bool hasRoom = false; !hasRoom; points++)
        {
            string when = $"{name}, seed {seed}, {points} pages free";
            disk.Clear();
            image.WriteTo(disk.Folder);
            disk.FillUpTo(pages: points);
            BackupException? failure = await TryAsync(operation, world, new LocalBackend(disk.Folder));
            failure?.Kind.ShouldBe(BackupErrorKind.NoSpace, when);
            hasRoom = failure is null;
            RepositoryImage after = await RepositoryImage.OfAsync(new LocalBackend(disk.Folder));
            await promises.ShouldHoldAsync(after, hasRoom, when);
            await RerunAsync(operation, world, after, promises, $"{when}, and a rerun");
        }

        points.ShouldBeGreaterThan(1);
        CrashReport.Add("OfDisk", name, points);
    }
}
