using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Repository;
using Holdfast.Source;

namespace Holdfast.Plan;

/// <summary>One refresh of a test database from a plan's last snapshot. The old one stays until the new one is loaded, counted and masked (D43).</summary>
public sealed class MirrorRun
{
    private readonly IDatabaseRestorer _restorer;
    private readonly DatabaseRestoreRequest _request;
    private readonly MirrorMark _mark;

    private MirrorRun(StoredSnapshot snapshot, IDatabaseRestorer restorer, DatabaseRestoreRequest request, MirrorMark mark)
    {
        Snapshot = snapshot;
        _mark = mark;
        _restorer = restorer;
        _request = request;
    }

    /// <summary>What it is made from.</summary>
    public StoredSnapshot Snapshot { get; }

    /// <summary>Finds the snapshot, and makes sure that nothing is replaced that a plan captures (D44). Changes nothing.</summary>
    /// <param name="document">The file with the mirror: all its plans count.</param>
    /// <param name="host">Whose snapshots.</param>
    /// <param name="mayReplace">Whether somebody said that a database may go that no run of the mirror made.</param>
    /// <exception cref="BackupException">There is no snapshot, or the mirror would do harm.</exception>
    public static async Task<MirrorRun> PrepareAsync(
        IndexedRepository repository, PlanDocument document, MirrorEntry mirror, string host, bool mayReplace, DatabaseRestoreProgress? progress, CancellationToken cancellation)
    {
        OpenRepository open = repository.Repository;
        List<StoredSnapshot> all = await open.ListSnapshotsAsync(e => open.Options.Warn(e.Message), cancellation).ConfigureAwait(false);
        PlanSnapshot last = await FindAsync(mirror.From).ConfigureAwait(false) ?? throw Missing(mirror, host, all);
        await MirrorTargets.RequireNoSourceAsync(mirror, document.Plans, FindAsync, cancellation).ConfigureAwait(false);
        MirrorTarget target = mirror.Mysql ?? mirror.Postgresql!;
        IDatabaseRestorer restorer = PlanSources.CreateRestorer(PlanSources.ServerOf(mirror), repository, last.Stored.Snapshot.Tree!.Value, progress);
        return new(last.Stored, restorer, new() { Server = target.Source, Database = target.Database, As = target.Into, Mask = mirror.Mask, EmptyExcluded = true }, new(new(open), mirror, host, mayReplace));

        Task<PlanSnapshot?> FindAsync(string plan) => PlanSnapshot.FindAsync(repository, plan, host, DateTimeOffset.MaxValue, all, cancellation);
    }

    /// <summary>What <see cref="RunAsync"/> would do. Changes nothing.</summary>
    /// <exception cref="BackupException">It cannot be done.</exception>
    public async Task<IDatabaseRestorePlan> PlanAsync(CancellationToken cancellation)
    {
        IDatabaseRestorePlan plan = await _restorer.PlanAsync(_request, cancellation).ConfigureAwait(false);
        await _mark.RequireAsync(plan, cancellation).ConfigureAwait(false);
        return plan;
    }

    /// <summary>Turns back what an earlier run left, and replaces the test database.</summary>
    /// <param name="planned">Told of the plan before it is carried out.</param>
    /// <exception cref="BackupException">The test database is as it was; or, where it could not even be turned back, the next run does that.</exception>
    public async Task<DatabaseRestoreReport> RunAsync(Action<IDatabaseRestorePlan>? planned, CancellationToken cancellation)
    {
        // Before the plan: one that is refused leaves nothing beside, either.
        string[] replaced = await _mark.MayReplaceAsync(cancellation).ConfigureAwait(false) ? [_request.As!] : [];
        IReadOnlyList<string> turned = await _restorer.TurnBackAsync(replaced, cancellation).ConfigureAwait(false);
        IDatabaseRestorePlan plan = await PlanAsync(cancellation).ConfigureAwait(false);
        planned?.Invoke(plan);
        bool isFirst = await _mark.SetAsync(cancellation).ConfigureAwait(false);
        DatabaseRestoreReport report;
        try
        {
            report = await plan.ExecuteAsync(cancellation).ConfigureAwait(false);
        }
        catch when (isFirst && plan.Replaced.Count == 0)
        {
            await ForgetMarkAsync().ConfigureAwait(false);
            throw;
        }

        return report with { Notes = [.. turned.Select(t => $"an earlier restore of {t} had been cut short, and was turned back first"), .. report.Notes] };
    }

    private async Task ForgetMarkAsync()
    {
        try
        {
            await _mark.RemoveAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException)
        {
            // Why the mirror failed is what has to be said.
        }
    }

    /// <summary>Whether the repository has the note of a run; the first one writes it.</summary>
    public Task<bool> IsNotedAsync(CancellationToken cancellation) => _mark.IsSetAsync(cancellation);

    private static BackupException Missing(MirrorEntry mirror, string host, List<StoredSnapshot> all)
    {
        string[] others = [.. all.Where(s => !s.Snapshot.IsInTrash() && s.Snapshot.HasTags([mirror.From])).Select(s => s.Snapshot.Hostname).OfType<string>().Distinct().Where(h => h != host)];
        string advice = others.Length > 0 ? $"there are some of {string.Join(", ", others)}: name one with --host" : $"make one with `holdfast backup {mirror.From}`";
        return new(BackupErrorKind.NotFound, $"plan {mirror.From} has no snapshot of {host} in this repository; {advice}");
    }
}
