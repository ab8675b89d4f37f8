using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>What makes the index true again, made by <see cref="IndexRepairPlanner"/>. Execute it under the same lock, once.</summary>
public sealed class IndexRepairPlan
{
    private readonly OpenRepository _repository;
    private readonly IndexRewriter _rewriter;
    private readonly StageProgress _progress;

    internal IndexRepairPlan(OpenRepository repository, IndexRewriter rewriter, StageProgress progress)
    {
        _repository = repository;
        _rewriter = rewriter;
        _progress = progress;
    }

    /// <summary>How many index files cannot be read; what they said is read from the packs.</summary>
    public required int DamagedIndexes { get; init; }

    /// <summary>Packs that no index knew.</summary>
    public required IReadOnlyCollection<PackId> AddedPacks { get; init; }

    /// <summary>Packs of which the index says something else than they do.</summary>
    public required IReadOnlyCollection<PackId> CorrectedPacks { get; init; }

    /// <summary>Packs that are not there.</summary>
    public required IReadOnlyCollection<PackId> DroppedPacks { get; init; }

    /// <summary>Packs whose header cannot be read; repairing packs may save what is in them.</summary>
    public required IReadOnlyCollection<PackId> UnreadablePacks { get; init; }

    /// <summary>Packs that are missing or have no readable header, and that repairing packs makes whole: they stay in the index.</summary>
    public required IReadOnlyCollection<PackId> CorrectablePacks { get; init; }

    /// <summary>Whether the whole index is made anew.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Whether there is nothing to repair.</summary>
    public bool IsEmpty => !IsComplete && DamagedIndexes + AddedPacks.Count + CorrectedPacks.Count + DroppedPacks.Count == 0;

    /// <exception cref="BackupException"/>
    public async Task ExecuteAsync(CancellationToken cancellation)
    {
        if (IsEmpty)
        {
            return;
        }

        await _rewriter.WriteAsync(_progress, cancellation).ConfigureAwait(false); // D9: new indexes first …
        if (_repository.Held is { } hold)
        {
            await hold.RequireAsync(cancellation).ConfigureAwait(false); // D10
        }

        await _rewriter.RemoveSupersededAsync(file => _repository.Backend.RemoveAsync(file, cancellation), _progress).ConfigureAwait(false); // … then the old ones go
    }
}
