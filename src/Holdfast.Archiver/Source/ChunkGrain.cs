namespace Holdfast.Archiver;

/// <summary>How finely content is cut: docs/design.md, "Sources".</summary>
public enum ChunkGrain
{
    /// <summary>As files are, 1 MiB on average: for what changes as a whole, or restic may store as well.</summary>
    Coarse,

    /// <summary>96 KiB on average, 32 KiB to 256 KiB: for dumps, of which a few rows change.</summary>
    Fine,
}
