namespace Holdfast.Archiver;

/// <summary>What becomes of entries that are there already; the names are restic's. Directories are always merged.</summary>
public enum OverwriteMode
{
    /// <summary>The snapshot wins. A regular file of the same length is compared with the hashes first, and only rewritten where it differs.</summary>
    Always,

    /// <summary>As <see cref="Always"/>, but a regular file of the same length and modification time is taken as equal without reading it.</summary>
    IfChanged,

    /// <summary>Only what was modified later in the snapshot than in the target.</summary>
    IfNewer,

    /// <summary>What is there stays.</summary>
    Never,
}
