using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>What a plan was made from, and what it means to remove.</summary>
/// <param name="Snapshots">All there were.</param>
/// <param name="Indexes">The index files that were there before the index was loaded.</param>
/// <param name="Chosen">The entries that count as used, proven where there was a choice.</param>
/// <param name="Entries">How many entries the index had.</param>
/// <param name="Remove">Packs of which nothing is used.</param>
/// <param name="Repack">Packs of which what is used is copied first.</param>
/// <param name="Unindexed">Packs in no index.</param>
/// <param name="Missing">Packs that are not there, and of which nothing is used.</param>
internal sealed record PruneScope(
    IReadOnlyList<StoredSnapshot> Snapshots, IReadOnlySet<BackendFile> Indexes, UsedBlobs Used, EntryBits Chosen, int Entries,
    IReadOnlySet<PackId> Remove, IReadOnlySet<PackId> Repack, IReadOnlySet<PackId> Unindexed, IReadOnlySet<PackId> Missing)
{
    internal bool IsEmpty => Remove.Count + Repack.Count + Unindexed.Count + Missing.Count == 0;
}
