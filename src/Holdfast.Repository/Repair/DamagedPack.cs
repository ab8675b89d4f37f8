namespace Holdfast.Repository;

/// <summary>A pack with something wrong with it, and every blob that it is said to hold.</summary>
/// <param name="Size">In bytes; null where there is no such pack.</param>
internal sealed record DamagedPack(PackId Id, long? Size, List<PackEntry> Blobs);
