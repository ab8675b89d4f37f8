using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What became part of the snapshot at and below a path that the user named, but not below another such path. Thread-safe.</summary>
internal sealed class PathTally
{
    private long _files;
    private long _folders;
    private long _others;
    private long _bytes;

    internal long Files => Volatile.Read(ref _files);

    internal long Folders => Volatile.Read(ref _folders);

    /// <summary>Links, devices, FIFOs.</summary>
    internal long Others => Volatile.Read(ref _others);

    /// <summary>Lengths of the files.</summary>
    internal long Bytes => Volatile.Read(ref _bytes);

    internal void AddFolder() => Interlocked.Increment(ref _folders);

    /// <summary>Counts an entry that is no folder.</summary>
    internal void Add(Node entry)
    {
        bool isFile = entry.Type == NodeType.File;
        Add(isFile ? 1 : 0, isFile ? 0 : 1, isFile ? (long)entry.Size : 0);
    }

    internal void Add(long files, long others, long bytes)
    {
        Interlocked.Add(ref _files, files);
        Interlocked.Add(ref _others, others);
        Interlocked.Add(ref _bytes, bytes);
    }
}
