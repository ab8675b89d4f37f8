namespace Holdfast.Repository;

/// <summary>A pack with something wrong with it, and every blob that it is said to hold.</summary>
/// <param name="Size">In bytes; null where there is no such pack.</param>
/// <param name="IsCorrectable">Whether its parity, or the cache of this machine, gives all of it back.</param>
internal sealed record DamagedPack(PackId Id, long? Size, List<PackEntry> Blobs, bool IsCorrectable);
