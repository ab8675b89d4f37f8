namespace Holdfast.Backend;

/// <summary>The kinds of file in a repository; restic's design document, "Repository Layout".</summary>
public enum FileType
{
    Config,
    Key,
    Lock,
    Snapshot,
    Index,
    Pack,

    /// <summary>Room kept for pruning a full disk; Holdfast's own, and passed over by restic.</summary>
    Reserve,
}
