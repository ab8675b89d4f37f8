namespace Holdfast.Protocol;

/// <summary>SQLite databases that others use meanwhile.</summary>
public sealed record SqliteEntry : SourceEntry
{
    /// <summary>Absolute; files, or patterns with <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>**</c>. At least one.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Look for damage and count rows.</summary>
    public bool Check { get; init; } = true;

    /// <summary>How long to wait for a lock.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
