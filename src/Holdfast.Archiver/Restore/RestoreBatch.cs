namespace Holdfast.Archiver;

/// <summary>
/// Files that are fetched together, so that what they share a pack for is read once, and large and small ones keep disk and processors busy at the same
/// time. Bounded, because four are in memory at most: one that is collected, one that waits, one that is prepared, and what is still fetched of the one before.
/// </summary>
internal sealed class RestoreBatch
{
    private const int MaxFiles = 20_000;
    private const int MaxBlobs = 100_000;

    /// <summary>Content in bytes. Not a bound of memory, but of how much work one batch is.</summary>
    private const long MaxContent = 1L << 30;

    private long _blobs;
    private ulong _content;

    private readonly TaskCompletionSource _fetched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _reads = 1; // and who plans them is one more, until there are no more to come

    internal List<RestoreFile> Files { get; } = [];

    /// <summary>Ends when all reads that were planned have. Where one fails, it does not.</summary>
    internal Task Fetched => _fetched.Task;

    internal bool IsFull => Files.Count >= MaxFiles || _blobs >= MaxBlobs || _content >= MaxContent;

    internal void Add(RestoreFile file)
    {
        Files.Add(file);
        _blobs += file.Content.Length;
        _content = Math.Min(MaxContent, _content) + Math.Min(MaxContent, file.Node.Size);
    }

    /// <summary>Thread-safe, as <see cref="EndRead"/> is.</summary>
    internal void AddRead() => Interlocked.Increment(ref _reads);

    /// <summary>For each read, and once for there being no more of them.</summary>
    internal void EndRead()
    {
        if (Interlocked.Decrement(ref _reads) == 0)
        {
            _fetched.SetResult();
        }
    }
}
