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

    /// <summary>When each pack was last read whole and found good; Holdfast's own.</summary>
    Ledger,

    /// <summary>What corrects a damaged pack, named as the pack is; Holdfast's own.</summary>
    Parity,

    /// <summary>A setting of the repository, which may be written anew; Holdfast's own.</summary>
    Setting,

    /// <summary>What a plan's runs found gone, and which of it may be; Holdfast's own.</summary>
    Inventory,
}
