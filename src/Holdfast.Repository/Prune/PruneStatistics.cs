namespace Holdfast.Repository;

/// <summary>What a prune finds and means to do, in restic's figures. Sizes are bytes of blobs, without the headers of packs.</summary>
public sealed record PruneStatistics
{
    public PruneCount Used { get; internal set; }

    /// <summary>Places beyond the first of blobs that are stored more than once.</summary>
    public PruneCount Duplicate { get; internal set; }

    public PruneCount Unused { get; internal set; }

    /// <summary>What lies in packs that are rewritten, and what of it is left out.</summary>
    public PruneCount Repack { get; internal set; }

    public PruneCount RepackRemove { get; internal set; }

    /// <summary>What lies in packs that nothing needs.</summary>
    public PruneCount Remove { get; internal set; }

    /// <summary>Packs that no index names; only their bytes are known.</summary>
    public long UnreferencedBytes { get; internal set; }

    /// <summary>What stays in packs that hold uncompressed blobs, where the repository could compress them.</summary>
    public long UncompressedBytes { get; internal set; }

    public int UsedPacks { get; internal set; }

    public int PartlyUsedPacks { get; internal set; }

    public int UnusedPacks { get; internal set; }

    public int UnreferencedPacks { get; internal set; }

    public int KeepPacks { get; internal set; }

    public int RepackPacks { get; internal set; }

    public int RemovePacks { get; internal set; }

    public PruneCount Total => new(Used.Blobs + Duplicate.Blobs + Unused.Blobs, Used.Bytes + Duplicate.Bytes + Unused.Bytes + UnreferencedBytes);

    public PruneCount RemoveTotal => new(Remove.Blobs + RepackRemove.Blobs, Remove.Bytes + RepackRemove.Bytes + UnreferencedBytes);

    public PruneCount Remain => new(Total.Blobs - RemoveTotal.Blobs, Total.Bytes - RemoveTotal.Bytes);

    public long RemainUnusedBytes => Duplicate.Bytes + Unused.Bytes - Remove.Bytes - RepackRemove.Bytes;
}
