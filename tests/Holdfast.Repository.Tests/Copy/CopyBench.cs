using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Copy;

/// <summary>A repository to copy from, and one with another key to copy into.</summary>
internal sealed class CopyBench
{
    internal PruneBench Source { get; } = new(new MemoryBackend());

    internal MemoryBackend Target { get; } = new();

    internal List<string> Notes { get; } = [];

    internal int SourceVersion { get; init; } = 2;

    internal int TargetVersion { get; init; } = 2;

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    internal OpenRepository OpenTarget(IBackend? through = null, ulong polynomial = 0x3DA3358B4DC173) => new(
        through ?? Target, new(TargetVersion, new('e', 64), new Polynomial(polynomial)), MasterKey.FromBytes([.. Enumerable.Range(9, 64).Select(i => (byte)i)]),
        default, PruneBench.Options);

    internal Task<IndexedRepository> SourceAsync(IBackend? through = null) =>
        TestRepository.IndexedAsync(through ?? Source.Store, PruneBench.Options, SourceVersion);

    internal async Task<IndexedRepository> TargetAsync(IBackend? through = null, ulong polynomial = 0x3DA3358B4DC173) =>
        await OpenTarget(through, polynomial).LoadIndexAsync(null, Cancellation);

    internal async Task<CopyPlan> PlanAsync(IBackend? from = null, IBackend? into = null)
    {
        IndexedRepository source = await SourceAsync(from);
        List<StoredSnapshot> all = await source.Repository.ListSnapshotsAsync(null, Cancellation);
        return await new CopyPlanner(source, await TargetAsync(into), new() { OnNote = Note }).PlanAsync(all, Cancellation);
    }

    internal async Task<CopyOutcome> CopyAsync(IBackend? from = null, IBackend? into = null) =>
        await (await PlanAsync(from, into)).ExecuteAsync(Cancellation);

    /// <summary>Every byte of both is proven, and the target has each snapshot of the source, but for some, once.</summary>
    internal async Task ShouldBeCompleteAsync(string when = "", params SnapshotId[] without)
    {
        IndexedRepository source = await SourceAsync(), target = await TargetAsync();
        foreach (IndexedRepository either in without.Length == 0 ? [source, target] : (IndexedRepository[])[target])
        {
            var damages = new List<string>();
            await new Checker(either, new(PackSubset.All), new() { OnNote = damages.Add }).RunAsync(Cancellation);
            damages.ShouldBeEmpty(when);
        }

        List<StoredSnapshot> wanted = await source.Repository.ListSnapshotsAsync(null, Cancellation);
        List<StoredSnapshot> copies = await target.Repository.ListSnapshotsAsync(null, Cancellation);
        copies.Select(s => s.Snapshot.Original).ShouldBe(wanted.Where(s => !without.Contains(s.Id)).Select(s => (SnapshotId?)(s.Snapshot.Original ?? s.Id)), ignoreOrder: true, when);
        copies.Select(s => s.Snapshot.Tree).ShouldBe(wanted.Where(s => !without.Contains(s.Id)).Select(s => s.Snapshot.Tree), ignoreOrder: true, when);
    }

    private void Note(string note)
    {
        lock (Notes)
        {
            Notes.Add(note);
        }
    }
}
