namespace Holdfast.Repository;

/// <summary>What to forget and how. Immutable.</summary>
public sealed record ForgetOptions
{
    public ForgetPolicy Policy { get; init; } = new();

    /// <summary>The policy holds for each group by itself; default by host and paths.</summary>
    public SnapshotGrouping Grouping { get; init; } = SnapshotGrouping.ByHostAndPaths;

    /// <summary>How long the trash keeps; null for <see cref="SnapshotTrash.DefaultGrace"/>, and for what lies in it the time it was given.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>Remove at once what this run chooses, whatever lies in the trash already.</summary>
    public bool WithoutTrash { get; init; }

    /// <summary>Remove the newest snapshot of a group too, and the newest whole one. Pins hold nevertheless.</summary>
    public bool Force { get; init; }

    /// <summary>An empty policy removes all, pinned ones excepted.</summary>
    public bool RemoveAll { get; init; }
}
