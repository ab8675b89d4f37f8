namespace Holdfast.Archiver;

/// <summary>What a restore did to an entry.</summary>
public enum RestoreAction
{
    /// <summary>It was not there and is now.</summary>
    Restored,

    /// <summary>Another one was in its place and is replaced.</summary>
    Updated,

    /// <summary>Its content was right already; only the metadata were set.</summary>
    Unchanged,

    /// <summary>It was left as it is: the overwrite mode says so, or sockets, which only a running program can make.</summary>
    Skipped,

    /// <summary>The snapshot does not have it: it was removed.</summary>
    Deleted,
}
