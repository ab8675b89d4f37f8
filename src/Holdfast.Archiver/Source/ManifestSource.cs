namespace Holdfast.Archiver;

/// <summary>What one source captured.</summary>
public sealed record ManifestSource
{
    /// <summary>What the files of a plan are called; their items are the paths that the plan names.</summary>
    public const string Files = "files";

    /// <summary>What the source calls itself.</summary>
    public required string Name { get; init; }

    /// <summary>The path in the snapshot at or below which it all lies.</summary>
    public required string Root { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Versions of server and tool, the position in a log, and the like.</summary>
    public required IReadOnlyDictionary<string, string> Details { get; init; }

    /// <summary>In order of kind and name.</summary>
    public required IReadOnlyList<ManifestItem> Items { get; init; }
}
