namespace Holdfast.Repository;

/// <summary>What is to become of the snapshots of a group.</summary>
public sealed record ForgetGroup
{
    public required SnapshotGroupKey Key { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<KeptSnapshot> Keep { get; init; } = [];

    /// <summary>Into the trash, or for good where the plan says so; newest first.</summary>
    public IReadOnlyList<StoredSnapshot> Remove { get; init; } = [];

    /// <summary>In the trash, and their time is over.</summary>
    public IReadOnlyList<StoredSnapshot> Expired { get; init; } = [];

    /// <summary>In the trash without a time, because stock restic dropped it or set the tag: it begins now.</summary>
    public IReadOnlyList<StoredSnapshot> Undated { get; init; } = [];

    /// <summary>Kept by a ladder, without a number of their own: they get it before their neighbours go.</summary>
    public IReadOnlyList<(StoredSnapshot Stored, long Run)> Unnumbered { get; init; } = [];
}
