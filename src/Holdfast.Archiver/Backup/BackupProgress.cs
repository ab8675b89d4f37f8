using System.Collections.Concurrent;

namespace Holdfast.Archiver;

/// <summary>Counters of a running backup. Written by the workers, read by whoever shows them. Thread-safe; sizes are bytes.</summary>
public sealed class BackupProgress
{
    private readonly ConcurrentQueue<BackupProblem> _problems = new();
    private long _filesNew;
    private long _filesChanged;
    private long _filesUnmodified;
    private long _dirsNew;
    private long _dirsChanged;
    private long _dirsUnmodified;
    private long _bytesDone;
    private long _dataBlobs;
    private long _treeBlobs;
    private long _bytesAdded;
    private long _bytesStored;
    private long _filesTotal;
    private long _bytesTotal;
    private volatile bool _totalIsKnown;
    private volatile string _current = string.Empty;

    /// <summary>Called, from any thread, for each problem as it is found.</summary>
    public Action<BackupProblem>? OnProblem { get; init; }

    /// <summary>Called, from any thread, for what is no failure and worth knowing.</summary>
    public Action<string>? OnNote { get; init; }

    /// <summary>Called, from any thread, for each file and directory when it is done; null costs nothing.</summary>
    public Action<ArchivedItem>? OnItem { get; init; }

    public long FilesNew => Volatile.Read(ref _filesNew);

    public long FilesChanged => Volatile.Read(ref _filesChanged);

    public long FilesUnmodified => Volatile.Read(ref _filesUnmodified);

    public long DirsNew => Volatile.Read(ref _dirsNew);

    public long DirsChanged => Volatile.Read(ref _dirsChanged);

    public long DirsUnmodified => Volatile.Read(ref _dirsUnmodified);

    public long FilesDone => FilesNew + FilesChanged + FilesUnmodified;

    /// <summary>Bytes of files read or known to be unchanged.</summary>
    public long BytesDone => Volatile.Read(ref _bytesDone);

    public long DataBlobs => Volatile.Read(ref _dataBlobs);

    public long TreeBlobs => Volatile.Read(ref _treeBlobs);

    /// <summary>New content and trees before compression.</summary>
    public long BytesAdded => Volatile.Read(ref _bytesAdded);

    /// <summary>The same as stored.</summary>
    public long BytesStored => Volatile.Read(ref _bytesStored);

    /// <summary>Files to be expected, as far as counted.</summary>
    public long FilesTotal => Volatile.Read(ref _filesTotal);

    /// <summary>Bytes to be expected, as far as counted.</summary>
    public long BytesTotal => Volatile.Read(ref _bytesTotal);

    /// <summary>Whether the totals are final, so that a time left can be told.</summary>
    public bool TotalIsKnown => _totalIsKnown;

    /// <summary>A file being read just now, or empty.</summary>
    public string Current => _current;

    public IReadOnlyCollection<BackupProblem> Problems => _problems;

    internal void AddProblem(string path, string message)
    {
        var problem = new BackupProblem(path, message);
        _problems.Enqueue(problem);
        Tell(OnProblem, problem);
    }

    internal void AddNote(string text) => Tell(OnNote, text);

    /// <summary>Reports an entry that is done; its path is made only where somebody wants to know.</summary>
    /// <param name="name">The entry's name; empty for the directory itself.</param>
    internal void Done(PendingTree tree, byte[] name, bool isDirectory, ItemChange change, ulong size)
    {
        if (OnItem is not null)
        {
            Tell(OnItem, new ArchivedItem(name.Length == 0 ? tree.Path : tree.ChildPath(name), isDirectory, change, size));
        }
    }

    internal void Done(string path, bool isDirectory, ItemChange change, ulong size) => Tell(OnItem, new ArchivedItem(path, isDirectory, change, size));

    /// <summary>Whoever listens may fail, as a log on a full disk does: the backup matters more than its log.</summary>
    private static void Tell<T>(Action<T>? listener, T what)
    {
        try
        {
            listener?.Invoke(what);
        }
        catch (IOException)
        {
            // Counted all the same: the summary and the exit code tell.
        }
    }

    internal void AddBytes(long count) => Interlocked.Add(ref _bytesDone, count);

    internal void AddBlob(bool tree, long plainLength, long storedLength)
    {
        Interlocked.Increment(ref (tree ? ref _treeBlobs : ref _dataBlobs));
        Interlocked.Add(ref _bytesAdded, plainLength);
        Interlocked.Add(ref _bytesStored, storedLength);
    }

    internal void AddFile(ItemChange change) => Count(change, ref _filesNew, ref _filesChanged, ref _filesUnmodified);

    internal void AddDirectory(ItemChange change) => Count(change, ref _dirsNew, ref _dirsChanged, ref _dirsUnmodified);

    private static void Count(ItemChange change, ref long added, ref long changed, ref long unmodified) =>
        Interlocked.Increment(ref change == ItemChange.New ? ref added : ref change == ItemChange.Changed ? ref changed : ref unmodified);

    internal void AddTotal(long files, long bytes)
    {
        Interlocked.Add(ref _filesTotal, files);
        Interlocked.Add(ref _bytesTotal, bytes);
    }

    internal void TotalCounted() => _totalIsKnown = true;

    internal void Reading(string path) => _current = path;
}
