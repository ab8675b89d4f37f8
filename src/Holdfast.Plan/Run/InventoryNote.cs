namespace Holdfast.Plan;

/// <summary>What is remembered of a plan between its runs: docs/format.md, "holdfast/inventory".</summary>
public sealed record InventoryNote
{
    /// <summary>The version of the form, 1.</summary>
    public int Version { get; init; } = 1;

    public required string Host { get; init; }

    public required string Plan { get; init; }

    /// <summary>When this was written.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The names of the files in whose place this one came: those that a crash left count no more.</summary>
    public IReadOnlyList<string> Replaces { get; init; } = [];

    /// <summary>What the last run missed, and failed for.</summary>
    public IReadOnlyList<GoneItem> Gone { get; init; } = [];

    /// <summary>What may be gone, by name.</summary>
    public IReadOnlyList<string> Acknowledged { get; init; } = [];

    /// <summary>Applications that a run paused and that did not go on yet, by name.</summary>
    public IReadOnlyList<string> Paused { get; init; } = [];

    /// <summary>The databases that mirrors from this plan made or were told to replace, each by its server and name.</summary>
    public IReadOnlyList<string> Mirrored { get; init; } = [];
}
