namespace Holdfast.Archiver;

/// <summary>
/// Counters that a terminal polls while a restore runs, and calls that tell it of single things. Thread-safe; the calls
/// come from several threads at once and must not block.
/// </summary>
public sealed class RestoreProgress
{
    private long _entriesTotal;
    private long _entriesRestored;
    private long _entriesSkipped;
    private long _entriesDeleted;
    private long _bytesTotal;
    private long _bytesRestored;
    private long _bytesSkipped;
    private long _filesVerified;

    /// <summary>Told of each failure: path inside the snapshot, and what is wrong.</summary>
    public Action<RestoreFailure>? Failed { get; init; }

    /// <summary>Told of each folder, once, in which something is left that would have been deleted otherwise: path inside the snapshot, and why.</summary>
    public Action<string, string>? Kept { get; init; }

    /// <summary>Told, in a sentence, of what holds for many entries.</summary>
    public Action<string>? Noted { get; init; }

    /// <summary>Told of each entry: what was done (or would be), its path inside the snapshot, its length in bytes. Null saves making paths.</summary>
    public Action<RestoreAction, string, long>? ItemDone { get; init; }

    /// <summary>Told when the restore turns to something else.</summary>
    public Action<RestorePhase>? PhaseChanged { get; init; }

    /// <summary>Selected entries met so far: grows until the whole tree is walked.</summary>
    public long EntriesTotal => Interlocked.Read(ref _entriesTotal);

    public long EntriesRestored => Interlocked.Read(ref _entriesRestored);

    public long EntriesSkipped => Interlocked.Read(ref _entriesSkipped);

    public long EntriesDeleted => Interlocked.Read(ref _entriesDeleted);

    public long BytesTotal => Interlocked.Read(ref _bytesTotal);

    public long BytesRestored => Interlocked.Read(ref _bytesRestored);

    public long BytesSkipped => Interlocked.Read(ref _bytesSkipped);

    public long FilesVerified => Interlocked.Read(ref _filesVerified);

    internal void Found(long bytes)
    {
        Interlocked.Increment(ref _entriesTotal);
        Interlocked.Add(ref _bytesTotal, bytes);
    }

    internal void Wrote(long bytes) => Interlocked.Add(ref _bytesRestored, bytes);

    internal void Verified() => Interlocked.Increment(ref _filesVerified);

    /// <summary>Counts an entry; the bytes of what was written are counted by <see cref="Wrote"/> as they are written.</summary>
    internal void Count(RestoreAction action, long bytes)
    {
        switch (action)
        {
            case RestoreAction.Deleted:
                Interlocked.Increment(ref _entriesDeleted);
                break;
            case RestoreAction.Skipped:
                Interlocked.Increment(ref _entriesSkipped);
                Interlocked.Add(ref _bytesSkipped, bytes);
                break;
            case RestoreAction.Unchanged:
                Interlocked.Increment(ref _entriesRestored);
                Interlocked.Add(ref _bytesSkipped, bytes);
                break;
            default:
                Interlocked.Increment(ref _entriesRestored);
                break;
        }
    }
}
