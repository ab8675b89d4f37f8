namespace Holdfast.Repository;

/// <summary>What a check found.</summary>
/// <param name="Errors">Number of damages; 0 for a sound repository.</param>
/// <param name="BrokenPacks">Packs that are missing, truncated or damaged.</param>
/// <param name="UnusedPacks">Packs in no index: left by interrupted runs, and no damage.</param>
/// <param name="IndexIsBroken">Whether the index itself is at fault, so that rebuilding it may help.</param>
public sealed record CheckReport(int Errors, IReadOnlyCollection<PackId> BrokenPacks, int UnusedPacks, bool IndexIsBroken)
{
    /// <summary>Packs that were damaged, and are whole again.</summary>
    public required IReadOnlyCollection<PackId> CorrectedPacks { get; init; }

    /// <summary>When the packs were last read; null where nothing is known, and nothing was read.</summary>
    public required ReadHistory? History { get; init; }
}
