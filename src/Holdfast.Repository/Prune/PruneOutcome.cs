namespace Holdfast.Repository;

/// <summary>What a prune did.</summary>
/// <param name="RemovedPacks">Packs that are gone.</param>
/// <param name="RemovedBytes">Their size in bytes.</param>
/// <param name="SparedPacks">Packs that were to go, and stay: a backup beside the prune needs them, or there was no room to copy what is used in them.</param>
public sealed record PruneOutcome(int RemovedPacks, long RemovedBytes, int SparedPacks);
