namespace Holdfast.Repository;

/// <summary>What came of salvaging packs.</summary>
/// <param name="SavedBlobs">Blobs that could be read, and are stored elsewhere now.</param>
/// <param name="LostBlobs">Blobs of which no readable place is left.</param>
/// <param name="CorrectedPacks">Packs that parity made whole again, so that nothing of them had to be saved.</param>
/// <param name="KeptPacks">Packs that stay as they are, because something of them could not be read and may be another time.</param>
public sealed record PackRepairOutcome(int SavedBlobs, int LostBlobs, int CorrectedPacks = 0, IReadOnlyCollection<PackId>? KeptPacks = null);
