using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What to back up and how. Immutable.</summary>
public sealed record BackupOptions
{
    /// <summary>Absolute, clean paths; see <see cref="TargetPath"/>. Each is stored at its own path.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    public ExcludeRules Excludes { get; init; } = ExcludeRules.None;

    /// <summary>Stay on the file systems the paths themselves lie on; mount points are kept as empty folders.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>Read every file, whatever the parent snapshot says of it.</summary>
    public bool Force { get; init; }

    /// <summary>A changed ctime alone does not make a file changed.</summary>
    public bool IgnoreChangeTime { get; init; }

    /// <summary>A changed inode number alone does not make a file changed.</summary>
    public bool IgnoreInode { get; init; }

    /// <summary>Store access times; otherwise the modification time stands in for them, as in restic.</summary>
    public bool WithAccessTime { get; init; }

    /// <summary>The snapshot to compare with.</summary>
    public StoredSnapshot? Parent { get; init; }

    /// <summary>Files read at the same time; default the number of processors.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Write no snapshot where the tree is that of the parent.</summary>
    public bool SkipIfUnchanged { get; init; }

    /// <summary>Find out what would be stored, and store nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>For the manifest, the paths that a plan names, there or not; those that are there are among <see cref="Paths"/>.</summary>
    public IReadOnlyList<string> PlannedPaths { get; init; } = [];

    /// <summary>How many of the paths asked for are not there: the snapshot is partial without them.</summary>
    public int MissingPaths { get; init; }

    /// <summary>The number of this run among those of the same host and paths; see <see cref="RunNumbers"/>. Null for none.</summary>
    public long? Run { get; init; }

    /// <summary>The snapshot's own words, without tree and summary.</summary>
    public required SnapshotLabel Label { get; init; }

    /// <summary>What to capture before the files, in this order.</summary>
    public IReadOnlyList<ISource> Sources { get; init; } = [];

    /// <summary>Store what is written into a FIFO, as a regular file.</summary>
    public bool ReadFifos { get; init; }

    /// <summary>How long to wait for somebody to write into a FIFO, each time; default a minute.</summary>
    public TimeSpan FifoPatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The plan that runs, for the manifest; null where there is none.</summary>
    public string? Plan { get; init; }

    /// <summary>Whether the snapshot gets an inventory: that of a plan, and of all that is not a mere stream, does.</summary>
    public bool HasManifest => Plan is not null || Sources.Any(s => CapturedTree.IsOwn(s.Root));

    /// <summary>The snapshot's paths: those of the files, and where each source puts what it has.</summary>
    public IReadOnlyList<string> AllPaths => [.. Paths, .. Sources.Select(s => s.Root)];
}
