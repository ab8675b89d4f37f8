namespace Holdfast.Protocol;

/// <summary>What a command writes to its standard output, as a file.</summary>
public sealed record CommandEntry : SourceEntry
{
    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The program and its arguments; no shell is between.</summary>
    public required IReadOnlyList<string> Run { get; init; }

    /// <summary>A text that must be in the last 4 KiB; null for none.</summary>
    public string? EndMarker { get; init; }

    /// <summary>The least share of the last run's length that passes, in percent.</summary>
    public double ShrinkLimit { get; init; } = 50;

    /// <summary>The command is given up after this; null for no limit.</summary>
    public TimeSpan? Timeout { get; init; }
}
