namespace Holdfast.Archiver;

/// <summary>How finely content is cut: docs/design.md, "Sources".</summary>
public enum ChunkGrain
{
    /// <summary>As files are, 1 MiB on average: for what changes as a whole, or restic may store as well.</summary>
    Coarse,

    /// <summary>128 KiB on average, 64 KiB to 1 MiB: for dumps, of which a few rows change.</summary>
    Fine,
}
