namespace Holdfast.Protocol;

/// <summary>Files and folders at their own paths.</summary>
public sealed record FilesEntry : SourceEntry
{
    /// <summary>Absolute; at least one.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Patterns of what is left out, as of <c>backup --exclude</c>.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>The same, whatever the case of letters.</summary>
    public IReadOnlyList<string> Iexclude { get; init; } = [];

    /// <summary>Leave out the content of folders with a CACHEDIR.TAG.</summary>
    public bool ExcludeCaches { get; init; }

    /// <summary>Leave out the content of folders with one of these files: <c>NAME</c> or <c>NAME:HEADER</c>.</summary>
    public IReadOnlyList<string> ExcludeIfPresent { get; init; } = [];

    /// <summary>Leave out files larger than this, in bytes; null for no limit.</summary>
    public long? ExcludeLargerThan { get; init; }

    /// <summary>Stay on the file systems of the paths.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>Store what is written into a FIFO, as a file.</summary>
    public bool ReadFifos { get; init; }

    /// <summary>How long to wait for somebody to write into a FIFO, each time.</summary>
    public TimeSpan FifoTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
