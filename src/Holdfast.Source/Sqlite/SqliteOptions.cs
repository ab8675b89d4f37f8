namespace Holdfast.Source;

/// <summary>Which SQLite databases are captured, and how.</summary>
public sealed record SqliteOptions
{
    /// <summary>Absolute; files, or patterns as of <see cref="Archiver.PathSearch"/>. At least one.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Whether each is checked for damage and its rows are counted, which reads it a second time.</summary>
    public bool Check { get; init; } = true;

    /// <summary>How long to wait for a lock of somebody who writes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
