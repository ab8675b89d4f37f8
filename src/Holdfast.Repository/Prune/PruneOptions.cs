namespace Holdfast.Repository;

/// <summary>What prune does with packs that are partly used; the names and defaults are restic's. Immutable.</summary>
public sealed record PruneOptions
{
    /// <summary>Unused data that may stay; default 5 %.</summary>
    public UnusedLimit MaxUnused { get; init; } = UnusedLimit.Percent(5);

    /// <summary>The most that is rewritten in one run, in bytes of old packs; no limit by default.</summary>
    public long MaxRepackBytes { get; init; } = long.MaxValue;

    /// <summary>Packs smaller than this many bytes are put together; null to go by the sizes found.</summary>
    public long? SmallerThan { get; init; }

    /// <summary>Packs of content stay as they are unless nothing in them is used.</summary>
    public bool CacheableOnly { get; init; }

    /// <summary>Rewrites packs that hold anything stored uncompressed.</summary>
    public bool RepackUncompressed { get; init; }

    /// <summary>
    /// For a disk so full that not even an index can be written: old indexes go first, and unused packs, and only then new
    /// indexes are written. A crash in between is mended by repairing the index.
    /// </summary>
    public bool RecoverWithoutSpace { get; init; }

    /// <summary>Takes no lock: such a plan can be looked at, and not be carried out.</summary>
    public bool WithoutLock { get; init; }
}
