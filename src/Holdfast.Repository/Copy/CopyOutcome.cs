using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>What a run of copy did.</summary>
/// <param name="Damaged">Found while copying: what they need could not be read, so they were not copied.</param>
/// <param name="Packs">The packs that this run wrote.</param>
public sealed record CopyOutcome(IReadOnlyList<CopiedSnapshot> Copied, IReadOnlyList<DamagedSnapshot> Damaged, IReadOnlyCollection<BackendEntry> Packs);
