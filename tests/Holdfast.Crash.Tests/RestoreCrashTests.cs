using Holdfast.Archiver;
using Holdfast.Archiver.Tests;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;

namespace Holdfast.Crash.Tests;

/// <summary>
/// A restore over an older state of the same folder, with something going wrong at each call: each name has the old content
/// or the new one, never a part (D8), and the restore, run again, makes the rest.
/// </summary>
[Collection(Level.OfKernel.Collection)]
public sealed class RestoreCrashTests : IDisposable
{
    private readonly TempFolder _scratch = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
    private readonly MemoryBackend _store = new();
    private readonly Random _random = new(7);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Old => _scratch["old"];

    private string New => _scratch["new"];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_call_to_the_kernel_leaves_a_damaged_file_under_its_name(bool sparse)
    {
        TreeId tree = await MakeAsync();
        int points = 0;
        foreach (Fault fault in Enum.GetValues<Fault>())
        {
            for (int number = 1; await ReplayAsync(tree, sparse, p => { Level.OfKernel.Arm(p); return _store; }, new(fault, number)); number++)
            {
                points++;
            }
        }

        points.ShouldBeGreaterThan(100);
        CrashReport.Add(nameof(Level.OfKernel), "restore", points);
    }

    [Fact]
    public async Task No_call_to_the_backend_leaves_a_damaged_file_under_its_name()
    {
        TreeId tree = await MakeAsync();
        int points = 0;
        foreach (Fault fault in (Fault[])[Fault.Fails, Fault.Killed])
        {
            for (int number = 1; await ReplayAsync(tree, sparse: false, p => new PointedBackend(_store, p), new(fault, number)); number++)
            {
                points++;
            }
        }

        points.ShouldBeGreaterThan(5);
        CrashReport.Add(nameof(Level.OfBackend), "restore", points);
    }

    [Fact]
    public async Task A_disk_that_fills_leaves_no_damaged_file_under_its_name()
    {
        SmallDisk.Need();
        TreeId tree = await MakeAsync();
        using var disk = new FillingDisk();
        string target = Path.Combine(disk.Folder, "target");
        int points = 0;
        for (bool hasRoom = false; !hasRoom; points++)
        {
            disk.Clear();
            Command.Run("cp", "-a", Old, target);
            disk.FillUpTo(pages: points * 16);
            try
            {
                hasRoom = (await RestoreAsync(tree, target, sparse: false, _store)).IsComplete;
                hasRoom.ShouldBeTrue("what has no room ends the restore");
            }
            catch (BackupException e)
            {
                e.Kind.ShouldBe(BackupErrorKind.NoSpace);
            }

            ShouldBeOldOrNew(target, $"{points * 16} pages free");
            disk.Empty();
            await ShouldCompleteAsync(tree, target, $"{points * 16} pages free, and a second restore");
        }

        points.ShouldBeGreaterThan(10);
        CrashReport.Add("OfDisk", "restore", points);
    }

    /// <summary>NFS, SMB and quotas may tell as late as that, and only then, that what was written has no place.</summary>
    [Fact]
    public async Task A_file_whose_close_fails_does_not_get_its_name()
    {
        TreeId tree = await MakeAsync();
        string target = _scratch["target"];
        Command.Run("cp", "-a", Old, target);
        RestoreSummary summary;
        try
        {
            Linux.Kernel.Script = static call => call == "close" ? Linux.KernelFault.ReplyLost : Linux.KernelFault.None;
            summary = await RestoreAsync(tree, target, sparse: false, _store);
        }
        finally
        {
            Linux.Kernel.Script = null;
        }

        summary.Failures.Select(f => f.Path).Order(StringComparer.Ordinal).ShouldBe(
            ["/changed", "/folder/empty", "/folder/grown", "/folder/shrunk", "/new folder/new", "/new folder/other", "/new folder/second name", "/same"]);
        summary.Failures.Where(f => f.Path != "/same").ShouldAllBe(f => f.Reason.Contains("close"));
        File.ReadAllBytes(target + "/folder/grown").ShouldBe(File.ReadAllBytes(Old + "/folder/grown"));
        Directory.GetFiles(target, "*", SearchOption.AllDirectories).Length.ShouldBe(Directory.GetFiles(Old, "*", SearchOption.AllDirectories).Length + 1, "the symbolic link");
        await ShouldCompleteAsync(tree, target, "a second restore");
    }

    /// <summary>Whether the operation came as far as the point.</summary>
    /// <param name="arm">Makes the point count, and gives the backend to restore from.</param>
    private async Task<bool> ReplayAsync(TreeId tree, bool sparse, Func<FaultPoint, IBackend> arm, FaultPoint point)
    {
        string target = _scratch["target"];
        Command.Run("rm", "-rf", target);
        Command.Run("cp", "-a", Old, target);
        RestoreSummary? summary = null;
        try
        {
            summary = await RestoreAsync(tree, target, sparse, arm(point));
        }
        catch (BackupException)
        {
            // As it may: what matters is what is there now.
        }
        finally
        {
            Linux.Kernel.Script = null;
        }

        if (!point.IsReached)
        {
            summary.ShouldNotBeNull().Failures.ShouldBeEmpty();
        }

        ShouldBeOldOrNew(target, $"{point}");
        if (summary is { IsComplete: true })
        {
            ShouldBeRestored(target, $"{point}");
        }

        await ShouldCompleteAsync(tree, target, $"{point}, and a second restore");
        return point.IsReached;
    }

    private async Task ShouldCompleteAsync(TreeId tree, string target, string when)
    {
        (await RestoreAsync(tree, target, sparse: false, _store)).Failures.ShouldBeEmpty(when);
        ShouldBeRestored(target, when);
    }

    /// <summary>But for what a killed restore left aside.</summary>
    private void ShouldBeRestored(string target, string when)
    {
        foreach (string aside in Directory.GetFiles(target, ".holdfast-restore-*", SearchOption.AllDirectories))
        {
            File.Delete(aside);
        }

        // The folders' times are set last; that of a folder from which something was just removed is not what is tested here.
        WithoutTimesOfFolders(TreeListing.Of(target)).ShouldBe(WithoutTimesOfFolders(TreeListing.Of(New)), when);
    }

    private static IEnumerable<string> WithoutTimesOfFolders(string[] lines) =>
        lines.Select(l => l.Contains(" Directory ", StringComparison.Ordinal) ? l[..l.IndexOf(" Directory ", StringComparison.Ordinal)] : l);

    private void ShouldBeOldOrNew(string target, string when)
    {
        foreach (string path in Directory.GetFiles(target, "*", SearchOption.AllDirectories).Where(p => !Path.GetFileName(p).StartsWith(".holdfast-restore-", StringComparison.Ordinal)))
        {
            string name = Path.GetRelativePath(target, path);
            byte[] content = File.ReadAllBytes(path);
            bool isWhole = ((string[])[Old, New]).Any(s => File.Exists(Path.Combine(s, name)) && content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(s, name))));
            isWhole.ShouldBeTrue($"{name}: {when}");
        }
    }

    private static async Task<RestoreSummary> RestoreAsync(TreeId tree, string target, bool sparse, IBackend backend)
    {
        IndexedRepository indexed = await World.Open(backend).LoadIndexAsync(null, Cancellation);
        return await new Restorer(indexed, new() { Sparse = sparse }, new()).RestoreAsync(tree, "/", target, Cancellation);
    }

    /// <summary>Two states of a folder, and a repository with the newer one, of which this is the tree.</summary>
    private async Task<TreeId> MakeAsync()
    {
        Place(Old, "same", 3000);
        Place(Old, "changed", 5000);
        Place(Old, "folder/grown", 700_000);
        Place(Old, "folder/shrunk", 900_000);
        Command.Run("cp", "-a", Old, New);
        Place(New, "changed", 5000);
        Place(New, "folder/grown", 2_500_000);
        Place(New, "folder/shrunk", 10);
        Place(New, "folder/empty", 0);
        Place(New, "new folder/new", 40_000);
        Place(New, "new folder/other", 50);
        Command.Run("truncate", "-s", "+300000", Path.Combine(New, "new folder/new"));
        Command.Run("ln", Path.Combine(New, "same"), Path.Combine(New, "new folder/second name"));
        Command.Run("ln", "-s", "same", Path.Combine(New, "link"));
        await World.BackUpAsync(World.Open(_store), New, World.FirstTime);
        IndexedRepository indexed = await World.Open(_store).LoadIndexAsync(null, Cancellation);
        TreeId tree = (await indexed.Repository.ListSnapshotsAsync(null, Cancellation))[0].Snapshot.Tree!.Value;
        foreach (string name in New.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            tree = (await indexed.LoadTreeAsync(tree, Cancellation)).Single(n => n.NameText == name).Subtree!.Value;
        }

        return tree;
    }

    private void Place(string folder, string name, int length)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, _random.Bytes(length));
    }
}
