namespace Holdfast.Source;

/// <summary>What tells a whole stream from one that was cut, beside its producer's exit status.</summary>
public sealed record StreamRules
{
    public static readonly StreamRules None = new();

    /// <summary>A text, at most 1 KiB of UTF-8, that must be in the last 4 KiB; null for none.</summary>
    public string? EndMarker { get; init; }

    /// <summary>For a command, how long it may run, null for no limit; for a FIFO, how long nobody may write, null for a minute.</summary>
    public TimeSpan? Timeout { get; init; }
}
