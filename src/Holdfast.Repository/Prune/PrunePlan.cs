using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// What a prune is going to do, made by <see cref="PrunePlanner"/>. Holds the shared lock under which it was made; dispose
/// it. <see cref="ExecuteAsync"/> once.
/// </summary>
public sealed class PrunePlan : IAsyncDisposable
{
    private readonly IndexedRepository _repository;
    private readonly PruneOptions _options;
    private readonly StageProgress _progress;
    private readonly PruneScope _scope;
    private readonly Repacker _repacker;
    private readonly Reserve _reserve;
    private RepositoryLock? _hold;

    internal PrunePlan(
        IndexedRepository repository, PruneOptions options, PruneStatistics statistics, StageProgress progress, PruneScope scope, Repacker repacker,
        Reserve reserve, RepositoryLock? hold)
    {
        _repository = repository;
        _options = options;
        Statistics = statistics;
        _progress = progress;
        _scope = scope;
        _repacker = repacker;
        _reserve = reserve;
        _hold = hold;
    }

    public PruneStatistics Statistics { get; }

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => _scope.IsEmpty;

    /// <summary>Packs of which nothing is used, and packs in no index.</summary>
    public IEnumerable<PackId> PacksToRemove => _scope.Remove.Concat(_scope.Unindexed);

    public IEnumerable<PackId> PacksToRepack => _scope.Repack;

    /// <summary>
    /// Copies what is used out of the packs to repack, under the shared lock; then, under an exclusive one, looks at
    /// everything that changed since, and removes.
    /// </summary>
    /// <exception cref="BackupException">Kind Locked: what was copied stays, and the next prune goes on from there. Else what failed; nothing in use is lost.</exception>
    public async Task<PruneOutcome> ExecuteAsync(CancellationToken cancellation)
    {
        OpenRepository repository = _repository.Repository;
        if (IsEmpty)
        {
            await _hold.RunAsync(MakeReserveAsync, cancellation).ConfigureAwait(false);
            return new(0, 0, 0);
        }

        if (_hold is null)
        {
            throw new BackupException(BackupErrorKind.Refused, "a plan that was made without a lock cannot be carried out");
        }

        await _hold.RunAsync(RepackAsync, cancellation).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        _hold = await _reserve.WithRoomAsync(() => RepositoryLock.AcquireAsync(repository, exclusive: true, cancellation), cancellation).ConfigureAwait(false);
        return await _hold.RunAsync(SweepAsync, cancellation).ConfigureAwait(false);
    }

    /// <summary>Gives the lock back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_hold is not null)
        {
            await _hold.DisposeAsync().ConfigureAwait(false);
            _hold = null;
        }
    }

    private async Task<bool> RepackAsync(CancellationToken cancellation)
    {
        if (_scope.Repack.Count == 0)
        {
            return true;
        }

        try
        {
            await _repacker.RunAsync(_scope.Repack, _progress, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.NoSpace)
        {
            // What was not copied stays where it is; the rest can still go, and makes room for the next run.
            await _reserve.GiveUpAsync(cancellation).ConfigureAwait(false);
            _progress.Note($"there was no room to repack everything ({e.Message}): removing what can go; run prune again for the rest");
            return false;
        }
    }

    private async Task<PruneOutcome> SweepAsync(CancellationToken cancellation)
    {
        var sweep = new PruneSweep(_repository, _scope, _progress, _hold!);
        await sweep.PrepareAsync(cancellation).ConfigureAwait(false);
        PruneOutcome outcome = _options.RecoverWithoutSpace
            ? await sweep.RemoveFirstAsync(cancellation).ConfigureAwait(false)
            : await sweep.RemoveLastAsync(_reserve, cancellation).ConfigureAwait(false);
        await MakeReserveAsync(cancellation).ConfigureAwait(false);
        return outcome;
    }

    private async Task<bool> MakeReserveAsync(CancellationToken cancellation)
    {
        if (_hold is not null)
        {
            await _reserve.MakeAsync(Statistics.Remain.Bytes, cancellation).ConfigureAwait(false);
        }

        return true;
    }
}
