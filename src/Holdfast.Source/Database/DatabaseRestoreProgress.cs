namespace Holdfast.Source;

/// <summary>How far a restore of databases is. Written by the restore, read by whoever shows it. Thread-safe.</summary>
public sealed class DatabaseRestoreProgress
{
    private volatile string _step = string.Empty;
    private long _done;
    private long _total;

    /// <summary>What is being done now.</summary>
    public string Step => _step;

    /// <summary>Bytes that were loaded, of rows and what stands between them.</summary>
    public long BytesDone => Volatile.Read(ref _done);

    /// <summary>Bytes that are to be loaded; 0 where that is not known yet.</summary>
    public long BytesTotal => Volatile.Read(ref _total);

    internal void Begin(string step) => _step = step;

    internal void Load(long bytes)
    {
        Volatile.Write(ref _done, 0);
        Volatile.Write(ref _total, bytes);
    }

    internal void Loaded(long bytes) => Interlocked.Add(ref _done, bytes);
}
