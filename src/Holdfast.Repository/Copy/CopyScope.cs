namespace Holdfast.Repository;

/// <summary>What a copy is going to read: packs, and of each pack the entries that the destination lacks.</summary>
internal sealed record CopyScope(PackContents Contents, EntryBits Lacking, IReadOnlyList<PackId> Packs);
