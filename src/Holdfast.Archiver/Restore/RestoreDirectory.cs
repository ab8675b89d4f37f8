using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// A directory below the target while a restore is busy in it. Known by its parent and its name, never by a path, so
/// that neither the kernel's path limit nor a link put in its place matters. Written by the walking thread, but for the
/// count of what is still to be done in it.
/// </summary>
internal sealed class RestoreDirectory
{
    private int _pending = 1;

    internal RestoreDirectory(string path) => Path = path;

    internal RestoreDirectory(RestoreDirectory parent, byte[] name, Node? node, string path)
    {
        Parent = parent;
        Name = name;
        Node = node;
        Path = path;
    }

    /// <summary>Null for the target itself.</summary>
    internal RestoreDirectory? Parent { get; }

    internal byte[] Name { get; } = [];

    /// <summary>Null for the target itself, which keeps its own metadata.</summary>
    internal Node? Node { get; }

    /// <summary>The path inside the snapshot; for the target itself it ends where a name would follow without a slash.</summary>
    internal string Path { get; }

    /// <summary>What is open of it; the pool's own.</summary>
    internal PooledHandle Slot { get; } = new();

    /// <summary>Whether it is there, so that it can be opened.</summary>
    internal bool IsPresent { get; set; }

    /// <summary>Something else has its name.</summary>
    internal FileStatus? InTheWay { get; set; }

    /// <summary>
    /// A link has its name, and this is the folder to use instead: names from the target down. The link and the folder's
    /// own metadata stay. Null where the directory is at its own place.
    /// </summary>
    internal byte[][]? LedTo { get; set; }

    /// <summary>What was done to the directory itself.</summary>
    internal RestoreAction Action { get; set; } = RestoreAction.Unchanged;

    internal bool IsSelected { get; set; }

    /// <summary>Something in it, at any depth, is or will be restored.</summary>
    internal bool HasRestored { get; set; }

    /// <summary>It cannot be had; the failure is recorded, and nothing below it is tried.</summary>
    internal bool IsBlocked { get; set; }

    /// <summary>The names that were in it before, in byte order: what is not among them needs no looking for.</summary>
    internal List<byte[]> NamesBefore { get; set; } = [];

    /// <summary>Those of them that the snapshot lacks, to be removed in the end.</summary>
    internal List<byte[]> Unexpected { get; set; } = [];

    /// <summary>Something is to be removed in it or below it when all is restored; until then it is not finished.</summary>
    internal bool HasRemovals { get; set; }

    /// <summary>The file system it lies on, once it is there.</summary>
    internal ulong DeviceId { get; set; }

    /// <summary>Why nothing is removed in it or below it; null where something may be.</summary>
    internal KeptFolder? Kept { get; set; }

    /// <summary>New files get attributes from its default ACL.</summary>
    internal bool HasDefaultAcl { get; set; }

    /// <summary>New files get the owner and group of this process.</summary>
    internal bool GivesOwnIds { get; set; }

    internal bool HadBefore(byte[] name) => NamesBefore.BinarySearch(name, NameOrder.Instance) >= 0;

    internal string PathOf(ReadOnlySpan<byte> name) =>
        name.IsEmpty ? Path : $"{(Path.EndsWith('/') ? Path : Path + "/")}{PathText.Decode(name)}";

    /// <summary>Something more is to be done before the directory is finished.</summary>
    internal void AddPending() => Interlocked.Increment(ref _pending);

    /// <summary>Something is done; true where it was the last.</summary>
    internal bool RemovePending() => Interlocked.Decrement(ref _pending) == 0;
}
