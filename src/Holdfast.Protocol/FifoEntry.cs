namespace Holdfast.Protocol;

/// <summary>What somebody writes into a FIFO, as a file.</summary>
public sealed record FifoEntry : SourceEntry
{
    /// <summary>The file's name.</summary>
    public required string Name { get; init; }

    /// <summary>The FIFO; absolute.</summary>
    public required string Path { get; init; }

    /// <summary>A text that must be in the last 4 KiB; null for none.</summary>
    public string? EndMarker { get; init; }

    /// <summary>The least share of the last run's length that passes, in percent.</summary>
    public double ShrinkLimit { get; init; } = 50;

    /// <summary>How long to wait for somebody to write, each time.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);
}
