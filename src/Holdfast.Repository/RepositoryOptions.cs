namespace Holdfast.Repository;

/// <summary>How to use a repository. Validated where it is made; immutable.</summary>
public sealed record RepositoryOptions
{
    private const int MiB = 1 << 20;

    /// <summary>Compression of new content; default auto.</summary>
    public CompressionMode Compression { get; init; } = CompressionMode.Auto;

    /// <summary>A pack is closed when it has reached this size, in bytes; 4 to 128 MiB, default 16 MiB, as in restic.</summary>
    public int PackSize
    {
        get;
        init
        {
            if (value is < 4 * MiB or > 128 * MiB)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value / MiB, "the pack size must be 4 to 128 MiB");
            }

            field = value;
        }
    } = 16 * MiB;

    /// <summary>The folder for caches of repositories; null for none.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Try this key first: the beginning of its id. Null to try all.</summary>
    public string? KeyHint { get; init; }

    /// <summary>How long to wait for a lock held by another process; zero by default.</summary>
    public TimeSpan LockWait { get; init; } = TimeSpan.Zero;

    /// <summary>Told what the user should know but what stops nothing.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
