using System.Collections.Concurrent;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Protocol;
using Holdfast.Repository;

namespace Holdfast.Plan.Tests;

/// <summary>A repository in memory, and a folder, in which plans run.</summary>
internal sealed class PlanBench : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _warnings = [];

    private PlanBench()
    {
    }

    /// <summary>Those that the file of the plans has.</summary>
    internal IReadOnlyList<MirrorEntry> Mirrors { get; set; } = [];

    internal OpenRepository Repository { get; private set; } = null!;

    internal MemoryBackend Store { get; } = new();

    internal string Folder => _folder.Path;

    internal IReadOnlyList<string> Warnings => _warnings;

    /// <summary>What was said while plans ran.</summary>
    internal ConcurrentQueue<string> Notes { get; } = [];

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static async Task<PlanBench> CreateAsync()
    {
        var bench = new PlanBench();
        bench.Repository = await Holdfast.Repository.Repository.InitializeAsync(bench.Store, "password", new() { Warn = bench._warnings.Add }, null, default);
        return bench;
    }

    /// <summary>A plan from what stands below <c>sources:</c>, a line each.</summary>
    internal PlanEntry Plan(string name, params string[] sources)
    {
        string file = Path.Combine(Folder, "plan.yaml");
        File.WriteAllText(file, $"plans:\n  {name}:\n    sources:\n{string.Concat(sources.Select(s => $"      - {s}\n"))}");
        return PlanFile.Load(file).Plans.Single();
    }

    internal async Task<BackupSummary> RunAsync(PlanEntry plan, List<GoneItem>? gone = null, bool dryRun = false, bool force = false, CancellationToken? cancellation = null)
    {
        var common = new BackupOptions
        {
            Paths = [], Workers = 2, DryRun = dryRun, Force = force, Label = new(TimeProvider.System.GetLocalNow(), "host", ["extra"], "test"),
        };
        IndexedRepository indexed = await Repository.LoadIndexAsync(null, Cancellation);
        PlanRun run = await PlanRun.PrepareAsync(indexed, plan, Mirrors, common, g => gone?.Add(g), Cancellation);
        return await run.RunAsync(new() { OnNote = Notes.Enqueue }, countAhead: false, cancellation ?? Cancellation);
    }

    internal async Task<StoredSnapshot> LoadAsync(BackupSummary summary) => await Repository.LoadSnapshotAsync(summary.Id!.Value, Cancellation);

    internal async Task<Manifest> ManifestAsync(BackupSummary summary) =>
        (await Manifest.FindAsync(await Repository.LoadIndexAsync(null, Cancellation), summary.Tree, Cancellation))!;

    /// <summary>Restores all of a snapshot into a new folder, and returns that.</summary>
    internal async Task<string> RestoreAsync(BackupSummary summary)
    {
        string target = Directory.CreateDirectory($"{Folder}/restored-{Guid.NewGuid():N}").FullName;
        IndexedRepository indexed = await Repository.LoadIndexAsync(null, Cancellation);
        (await new Restorer(indexed, new(), new()).RestoreAsync(summary.Tree, "/", target, Cancellation)).Failures.ShouldBeEmpty();
        return target;
    }

    internal async Task<int> CountSnapshotsAsync() => (await Repository.ListSnapshotsAsync(_ => { }, Cancellation)).Count;

    internal InventoryNotes Remembered => new(Repository);

    public async ValueTask DisposeAsync()
    {
        await Repository.DisposeAsync();
        _folder.Dispose();
    }
}
