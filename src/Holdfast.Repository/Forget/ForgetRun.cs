namespace Holdfast.Repository;

/// <summary>Does what a plan says, under an exclusive lock. A run that was stopped is finished by running forget again.</summary>
public sealed class ForgetRun(OpenRepository repository, ForgetPlan plan)
{
    private readonly List<(StoredSnapshot Old, StoredSnapshot New)> _trashed = [];
    private readonly List<(StoredSnapshot Old, StoredSnapshot New)> _numbered = [];
    private readonly List<StoredSnapshot> _removed = [];

    /// <summary>What went into the trash, under its old and its new id.</summary>
    public IReadOnlyList<(StoredSnapshot Old, StoredSnapshot New)> Trashed => _trashed;

    /// <summary>What was given the number of its run.</summary>
    public IReadOnlyList<(StoredSnapshot Old, StoredSnapshot New)> Numbered => _numbered;

    /// <summary>What was removed for good.</summary>
    public IReadOnlyList<StoredSnapshot> Removed => _removed;

    /// <summary>How many changes are made, of <see cref="Total"/>.</summary>
    public int Done => _trashed.Count + _numbered.Count + _removed.Count;

    public int Total { get; } = plan.Groups.Sum(g => g.Unnumbered.Count + g.Undated.Count + g.Expired.Count + g.Remove.Count);

    /// <exception cref="Backend.BackupException">What was done until then is done.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // Numbers come first: what goes would take along what they are counted from.
        foreach ((StoredSnapshot stored, long run) in plan.Groups.SelectMany(g => g.Unnumbered))
        {
            _numbered.Add((stored, await repository.ReplaceSnapshotAsync(stored, stored.Snapshot.WithRun(run), cancellation).ConfigureAwait(false)));
        }

        foreach (StoredSnapshot stored in plan.Groups.SelectMany(g => g.Undated))
        {
            await TrashAsync(stored, plan.Undated, cancellation).ConfigureAwait(false);
        }

        foreach (StoredSnapshot stored in plan.Groups.SelectMany(g => g.Remove))
        {
            if (plan.Trash is { } trash)
            {
                await TrashAsync(stored, trash, cancellation).ConfigureAwait(false);
            }
            else
            {
                await RemoveAsync(stored, cancellation).ConfigureAwait(false);
            }
        }

        foreach (StoredSnapshot stored in plan.Groups.SelectMany(g => g.Expired))
        {
            await RemoveAsync(stored, cancellation).ConfigureAwait(false);
        }
    }

    private async Task TrashAsync(StoredSnapshot stored, SnapshotTrash mark, CancellationToken cancellation)
    {
        Snapshot changed = stored.Snapshot.WithTrash(mark).WithRun(plan.Runs[stored]);
        _trashed.Add((stored, await repository.ReplaceSnapshotAsync(stored, changed, cancellation).ConfigureAwait(false)));
    }

    private async Task RemoveAsync(StoredSnapshot stored, CancellationToken cancellation)
    {
        await repository.RemoveSnapshotAsync(stored.Id, cancellation).ConfigureAwait(false);
        _removed.Add(stored);
    }
}
