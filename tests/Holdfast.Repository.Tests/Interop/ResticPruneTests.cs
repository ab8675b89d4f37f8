using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Interop;

/// <summary>Prune and stock restic in one repository.</summary>
public sealed class ResticPruneTests : IDisposable
{
    private const string Password = ResticRepository.Password;

    private readonly TempFolder _temp = new();
    private readonly Random _random = Seeded.Random();

    private string Root => _temp["repository"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task What_restic_backs_up_between_plan_and_removal_is_spared(string program)
    {
        Restic restic = await WithForgottenDataAsync(program, "revived");
        await using OpenRepository repository = await OpenAsync();
        await using (PrunePlan plan = await PlanAsync(repository))
        {
            plan.PacksToRemove.ShouldNotBeEmpty();

            // The very content that the plan means to remove, found by restic in the index and not stored again.
            await BackUpAsync(restic, "revived");
            (await plan.ExecuteAsync(Cancellation)).SparedPacks.ShouldBeGreaterThan(0);
        }

        (await restic.RunAsync("check", "--read-data")).ShouldSucceed().Text.ShouldContain("no errors were found");
        (await restic.RunAsync("dump", "latest", $"{_temp["revived"]}/file")).ShouldSucceed().Output.ShouldEqual(File.ReadAllBytes($"{_temp["revived"]}/file"));
    }

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task A_restic_that_is_still_running_is_waited_for_and_loses_nothing(string program)
    {
        Restic restic = await WithForgottenDataAsync(program, "gone");
        await using OpenRepository repository = await OpenAsync();
        await using PrunePlan plan = await PlanAsync(repository);
        using System.Diagnostics.Process running = restic.Start("backup", "--stdin");
        while (!Directory.EnumerateFiles($"{Root}/locks").Skip(1).Any())
        {
            running.HasExited.ShouldBeFalse();
            await Task.Yield();
        }

        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Kind.ShouldBe(BackupErrorKind.Locked);
        await running.StandardInput.WriteAsync("from standard input");
        running.StandardInput.Close();
        await running.WaitForExitAsync(Cancellation);
        running.ExitCode.ShouldBe(0);
        await using (PrunePlan second = await PlanAsync(repository))
        {
            (await second.ExecuteAsync(Cancellation)).RemovedPacks.ShouldBeGreaterThan(0);
        }

        (await restic.RunAsync("check", "--read-data")).ShouldSucceed();
        (await restic.RunAsync("dump", "latest", "/stdin")).ShouldSucceed().Text.ShouldBe("from standard input");
    }

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task After_one_tool_pruned_the_other_finds_nothing_to_do(string program)
    {
        Restic restic = await WithForgottenDataAsync(program, "gone");
        await using OpenRepository repository = await OpenAsync();
        string reserve = $"{Root}/holdfast/reserve/{Hash256.Of("reserve"u8)}"; // a larger repository has one
        Directory.CreateDirectory(Path.GetDirectoryName(reserve)!);
        File.WriteAllText(reserve, "reserve");
        await using (PrunePlan plan = await PlanAsync(repository))
        {
            await plan.ExecuteAsync(Cancellation);
        }

        (await restic.RunAsync("check", "--read-data")).ShouldSucceed();
        File.Exists(reserve).ShouldBeTrue("restic passed over it");
        string[] before = Packs();
        (await restic.RunAsync("prune", "--max-unused", "0")).ShouldSucceed();
        Packs().ShouldBe(before);

        // And the other way round.
        await BackUpAsync(restic, "second");
        await BackUpAsync(restic, "third");
        await ForgetAsync(restic, "second");
        (await restic.RunAsync("prune", "--max-unused", "0")).ShouldSucceed();
        before = Packs();
        await using (PrunePlan plan = await PlanAsync(repository))
        {
            plan.IsEmpty.ShouldBeTrue();
            await plan.ExecuteAsync(Cancellation);
        }

        Packs().ShouldBe(before);
        (await restic.RunAsync("check", "--read-data")).ShouldSucceed();
    }

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task The_figures_are_those_of_restic(string program)
    {
        Restic restic = await WithForgottenDataAsync(program, "gone");
        string text = (await restic.RunAsync("prune", "--max-unused", "0", "--dry-run", "-v")).ShouldSucceed().Text;
        await using OpenRepository repository = await OpenAsync();
        await using PrunePlan plan = await PlanAsync(repository);
        PruneStatistics ours = plan.Statistics;
        ours.RepackPacks.ShouldBeGreaterThan(0);
        ours.RemovePacks.ShouldBeGreaterThan(0);
        ((long[])[ours.Used.Blobs, ours.Unused.Blobs, ours.Repack.Blobs, ours.RepackRemove.Blobs, ours.Remove.Blobs, ours.Remain.Blobs])
            .ShouldBe([.. Numbers(text, "used", "unused", "to repack", "this removes", "to delete", "remaining")]);
        ((long[])[ours.UsedPacks, ours.PartlyUsedPacks, ours.UnusedPacks])
            .ShouldBe([.. Numbers(text, "totally used packs", "partly used packs", "unused packs")]);
    }

    [Theory]
    [MemberData(nameof(Restic.Programs), MemberType = typeof(Restic))]
    public async Task A_repaired_repository_is_sound_to_restic(string program)
    {
        Restic restic = await WithForgottenDataAsync(program, "gone");
        File.Delete(Directory.GetFiles($"{Root}/index")[0]);
        await using OpenRepository repository = await OpenAsync();
        IndexRepairPlan index = await new IndexRepairPlanner(repository, readAllPacks: false, new()).PlanAsync(Cancellation);
        await index.ExecuteAsync(Cancellation);
        (await restic.RunAsync("check", "--read-data")).ShouldSucceed();

        // A pack of content loses a bit: what can be read of it is saved, and the snapshot goes on without the rest.
        IndexedRepository indexed = await repository.LoadIndexAsync(null, Cancellation);
        PackEntry broken = indexed.Index.Entries().First(e => e.Blob.Type == BlobType.Data);
        string file = Directory.GetFiles($"{Root}/data", broken.Location.Pack.ToString(), SearchOption.AllDirectories).ShouldHaveSingleItem();
        byte[] content = File.ReadAllBytes(file);
        content[broken.Location.Offset + 20] ^= 1;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(file, content);
        PackRepairPlan packs = await new PackRepairPlanner(indexed, new()).PlanAsync([broken.Location.Pack], Cancellation);
        (await packs.ExecuteAsync(Cancellation)).LostBlobs.ShouldBe(1);
        indexed = await repository.LoadIndexAsync(null, Cancellation);
        List<StoredSnapshot> snapshots = await repository.ListSnapshotsAsync(null, Cancellation);
        await new SnapshotRepair(indexed, forget: true, dryRun: false, new()).RunAsync(snapshots, Cancellation);
        (await restic.RunAsync("check", "--read-data")).ShouldSucceed();
    }

    /// <summary>A repository with a snapshot that was forgotten, one that shares some of its packs, and one that stays.</summary>
    private async Task<Restic> WithForgottenDataAsync(string program, string forgotten)
    {
        Restic restic = new(program, Root, Password);
        (await restic.RunAsync("init")).ShouldSucceed();
        await BackUpAsync(restic, forgotten);
        await BackUpAsync(restic, "kept");
        Directory.CreateDirectory(_temp["mixed"]);
        File.Copy($"{_temp["kept"]}/file", $"{_temp["mixed"]}/shared");
        await BackUpAsync(restic, "mixed");
        File.Copy($"{_temp["mixed"]}/small", $"{_temp["kept"]}/of mixed");
        await BackUpAsync(restic, "kept");
        await ForgetAsync(restic, forgotten);
        await ForgetAsync(restic, "mixed");
        return restic;
    }

    private async Task BackUpAsync(Restic restic, string name)
    {
        Directory.CreateDirectory(_temp[name]);
        if (!File.Exists($"{_temp[name]}/file"))
        {
            File.WriteAllBytes($"{_temp[name]}/file", _random.Bytes(3 << 20));
            File.WriteAllBytes($"{_temp[name]}/small", _random.Bytes(3000));
        }

        (await restic.RunAsync("backup", _temp[name])).ShouldSucceed();
    }

    private async Task ForgetAsync(Restic restic, string name)
    {
        await using OpenRepository repository = await OpenAsync();
        StoredSnapshot[] chosen = [.. (await repository.ListSnapshotsAsync(null, Cancellation)).Where(s => s.Snapshot.Paths.Contains(_temp[name]))];
        (await restic.RunAsync(["forget", .. chosen.Select(s => s.Id.ToString())])).ShouldSucceed();
    }

    /// <summary>The first number behind each of these words at the beginning of a line.</summary>
    private static IEnumerable<long> Numbers(string text, params string[] words) => words.Select(word =>
        long.Parse(text.Split('\n').First(l => l.StartsWith(word + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries).First(w => long.TryParse(w, out _))));

    private string[] Packs() => [.. Directory.GetFiles($"{Root}/data", "*", SearchOption.AllDirectories).Order()];

    private static Task<PrunePlan> PlanAsync(OpenRepository repository) =>
        new PrunePlanner(repository, new() { MaxUnused = UnusedLimit.Bytes(0) }, new()).PlanAsync(Cancellation);

    private Task<OpenRepository> OpenAsync() => Repository.OpenAsync(new LocalBackend(Root), Password, new(), Cancellation);
}
