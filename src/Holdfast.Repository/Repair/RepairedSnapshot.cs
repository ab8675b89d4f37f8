namespace Holdfast.Repository;

/// <summary>A snapshot that missed something, or whose file was damaged, and what became of it.</summary>
/// <param name="IsLost">Nothing of it is left, so there is no replacement.</param>
/// <param name="Replacement">The snapshot without what is lost; null in a dry run too. The damaged one itself where only its file was damaged, and is written again.</param>
/// <param name="IsForgotten">Whether the damaged one is removed.</param>
public sealed record RepairedSnapshot(SnapshotId Damaged, bool IsLost, SnapshotId? Replacement, bool IsForgotten)
{
    /// <summary>Its file is written again; nothing is lost.</summary>
    public bool IsWrittenAgain => Replacement == Damaged;
}
