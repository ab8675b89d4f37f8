namespace Holdfast.Repository.Tests.Damage;

/// <summary>How a file is damaged.</summary>
public enum How
{
    Flipped,
    Zeroed,
    Truncated,
    Empty,
    Missing,

    /// <summary>A few bytes too many.</summary>
    Longer,

    /// <summary>It has the content of another file of its kind.</summary>
    Swapped,

    /// <summary>It has random bytes for content.</summary>
    Foreign,

    /// <summary>It is there once more, under another name.</summary>
    Duplicated,

    /// <summary>Sealed with the key of another repository, under the name that fits.</summary>
    WrongKey,

    /// <summary>Sealed well, but not what such a file holds.</summary>
    Nonsense,

    /// <summary>An index that says that two blobs share bytes.</summary>
    Overlapping,

    /// <summary>An index that names a pack which is not there.</summary>
    Dangling,
}

/// <summary>What is to bring back what a damage took.</summary>
public enum Mend
{
    Correct,
    RepairPacks,
    Heal,

    /// <summary>Nothing: the rest is saved, and the loss named.</summary>
    GiveUp,
}
