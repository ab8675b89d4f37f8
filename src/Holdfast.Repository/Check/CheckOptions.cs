namespace Holdfast.Repository;

/// <summary>How thoroughly to check. Immutable.</summary>
/// <param name="ReadData">Which packs to read whole; null for none.</param>
public sealed record CheckOptions(PackSubset? ReadData)
{
    /// <summary>How much to read of what was not read for longest; null for none. Excludes <see cref="ReadData"/>.</summary>
    public ReadBudget? Budget { get; init; }

    /// <summary>Whether to note which packs were read and found good; default no. Wants a lock.</summary>
    public bool Notes { get; init; }

    /// <summary>Whether damaged packs are corrected where they have parity enough; default no. Wants an exclusive lock.</summary>
    public bool Corrects { get; init; }

    /// <summary>
    /// The snapshots to look at, listed before the index was loaded: whatever these need was in an index by then (D52). Null for all there are,
    /// which is right only where nobody adds any meanwhile.
    /// </summary>
    public IReadOnlySet<SnapshotId>? Snapshots { get; init; }

    /// <summary>Whether to read no packs but those that <see cref="Snapshots"/> need; default no.</summary>
    public bool ReadsOnlyTheirs { get; init; }

    /// <summary>Whether packs are read at all.</summary>
    public bool Reads => ReadData is not null || Budget is not null;
}
