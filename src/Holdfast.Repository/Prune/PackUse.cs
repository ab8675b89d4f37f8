namespace Holdfast.Repository;

/// <summary>What of one pack is in use. Sizes are bytes; the header of the pack counts as used.</summary>
internal sealed class PackUse(PackId id, long indexedSize, long? listedSize)
{
    internal PackId Id { get; } = id;

    /// <summary>The size that the pack must have, by the index.</summary>
    internal long IndexedSize { get; } = indexedSize;

    /// <summary>The size that the pack has; null where there is no such pack.</summary>
    internal long? ListedSize { get; } = listedSize;

    /// <summary>Blobs that some snapshot needs, and that count as stored here.</summary>
    internal int Used { get; set; }

    /// <summary>Blobs that nobody needs, or that count as stored in another pack.</summary>
    internal int Unused { get; set; }

    /// <summary>Of the unused, those that count as stored elsewhere; while places are chosen, those not decided yet.</summary>
    internal int Duplicate { get; set; }

    internal long UsedBytes { get; set; }

    internal long UnusedBytes { get; set; }

    internal bool HasData { get; set; }

    internal bool HasTrees { get; set; }

    internal bool HasUncompressed { get; set; }

    /// <summary>Whether a cache would keep it, and restic would rewrite it whatever it costs: it holds trees.</summary>
    internal bool IsData => HasData && !HasTrees;

    /// <summary>Whether all blobs are of one type, as they have been since restic 0.1.</summary>
    internal bool IsPure => HasData != HasTrees;

    internal long Bytes => UsedBytes + UnusedBytes;

    internal int Count => Used + Unused;
}
