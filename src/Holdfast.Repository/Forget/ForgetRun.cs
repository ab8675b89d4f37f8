using System.Collections.Concurrent;

namespace Holdfast.Repository;

/// <summary>Does what a plan says, under an exclusive lock. A run that was stopped is finished by running forget again.</summary>
public sealed class ForgetRun(OpenRepository repository, ForgetPlan plan)
{
    private readonly ConcurrentQueue<(StoredSnapshot Old, StoredSnapshot New)> _trashed = [];
    private readonly ConcurrentQueue<(StoredSnapshot Old, StoredSnapshot New)> _numbered = [];
    private readonly ConcurrentQueue<StoredSnapshot> _removed = [];

    /// <summary>What went into the trash, under its old and its new id.</summary>
    public IReadOnlyCollection<(StoredSnapshot Old, StoredSnapshot New)> Trashed => _trashed;

    /// <summary>What was given the number of its run.</summary>
    public IReadOnlyCollection<(StoredSnapshot Old, StoredSnapshot New)> Numbered => _numbered;

    /// <summary>What was removed for good.</summary>
    public IReadOnlyCollection<StoredSnapshot> Removed => _removed;

    /// <summary>How many changes are made, of <see cref="Total"/>.</summary>
    public int Done => _trashed.Count + _numbered.Count + _removed.Count;

    public int Total { get; } = plan.Groups.Sum(g => g.Unnumbered.Count + g.Undated.Count + g.Expired.Count + g.Remove.Count);

    /// <exception cref="Backend.BackupException">What was done until then is done.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // Numbers come first: what goes would take along what they are counted from.
        await EachAsync(plan.Groups.SelectMany(g => g.Unnumbered), NumberAsync, cancellation).ConfigureAwait(false);
        await EachAsync(plan.Groups.SelectMany(g => g.Undated), (s, stop) => TrashAsync(s, plan.Undated, stop), cancellation).ConfigureAwait(false);
        await EachAsync(
            plan.Groups.SelectMany(g => g.Remove), (s, stop) => plan.Trash is { } trash ? TrashAsync(s, trash, stop) : RemoveAsync(s, stop), cancellation).ConfigureAwait(false);
        await EachAsync(plan.Groups.SelectMany(g => g.Expired), RemoveAsync, cancellation).ConfigureAwait(false);
    }

    private Task EachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, ValueTask> change, CancellationToken cancellation) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = repository.Backend.Connections, CancellationToken = cancellation }, change);

    private async ValueTask NumberAsync((StoredSnapshot Stored, long Run) item, CancellationToken cancellation)
    {
        Snapshot changed = item.Stored.Snapshot.WithRun(item.Run);
        _numbered.Enqueue((item.Stored, await repository.ReplaceSnapshotAsync(item.Stored, changed, cancellation).ConfigureAwait(false)));
    }

    private async ValueTask TrashAsync(StoredSnapshot stored, SnapshotTrash mark, CancellationToken cancellation)
    {
        Snapshot changed = stored.Snapshot.WithTrash(mark).WithRun(plan.Runs[stored]);
        _trashed.Enqueue((stored, await repository.ReplaceSnapshotAsync(stored, changed, cancellation).ConfigureAwait(false)));
    }

    private async ValueTask RemoveAsync(StoredSnapshot stored, CancellationToken cancellation)
    {
        await repository.RemoveSnapshotAsync(stored.Id, cancellation).ConfigureAwait(false);
        _removed.Enqueue(stored);
    }
}
