using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>
/// The open directories of a restore: at most 256 that nobody uses at the moment, the least recently used closed first.
/// Each is opened from its parent, links refused, so that whatever lies below the target stays below it (R21).
/// Thread-safe.
/// </summary>
internal sealed class DirectoryPool : IDisposable
{
    private const int Capacity = 256;

    private readonly Lock _lock = new();
    private readonly LinkedList<RestoreDirectory> _idle = new();
    private RestoreDirectory? _root;

    /// <summary>The target itself; it stays open, and is closed with the pool.</summary>
    internal void SetRoot(RestoreDirectory root, DirectoryHandle handle)
    {
        root.Slot.Handle = handle;
        root.Slot.Users = 1;
        _root = root;
    }

    /// <exception cref="LinuxException">A directory on the way is gone, or a link has taken its place.</exception>
    internal DirectoryLease Open(RestoreDirectory directory)
    {
        lock (_lock)
        {
            OpenUnsynchronized(directory);
            PooledHandle slot = directory.Slot;
            slot.Users++;
            if (slot.Idle is { } place)
            {
                _idle.Remove(place);
                slot.Idle = null;
            }

            return new(this, directory, slot.Handle!);
        }
    }

    /// <summary>Opens a directory by the names from the target down, links refused; the caller closes it.</summary>
    /// <exception cref="LinuxException">One of them is gone, or is a link.</exception>
    internal DirectoryHandle OpenBelowRoot(IEnumerable<byte[]> names)
    {
        DirectoryHandle root = _root?.Slot.Handle ?? throw NoRoot();
        DirectoryHandle at = root.OpenDirectory("."u8);
        foreach (byte[] name in names)
        {
            using DirectoryHandle above = at;
            at = above.OpenDirectory(name);
        }

        return at;
    }

    internal void Return(RestoreDirectory directory)
    {
        lock (_lock)
        {
            if (--directory.Slot.Users == 0)
            {
                directory.Slot.Idle = _idle.AddFirst(directory);
                TrimUnsynchronized();
            }
        }
    }

    /// <summary>Closes a directory that is finished.</summary>
    internal void Close(RestoreDirectory directory)
    {
        lock (_lock)
        {
            if (directory.Slot.Idle is not null)
            {
                CloseUnsynchronized(directory);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_idle.Last is { } last)
            {
                CloseUnsynchronized(last.Value);
            }

            _root?.Slot.Handle?.Dispose();
        }
    }

    private void OpenUnsynchronized(RestoreDirectory directory)
    {
        if (directory.Slot.Handle is not null)
        {
            return;
        }

        // No recursion: a snapshot may be deeper than a stack.
        var closed = new Stack<RestoreDirectory>();
        for (RestoreDirectory? at = directory; at is { Slot.Handle: null }; at = at.LedTo is null ? at.Parent : null)
        {
            closed.Push(at);
        }

        while (closed.TryPop(out RestoreDirectory? next))
        {
            next.Slot.Handle = next.LedTo is { } names
                ? OpenBelowRoot(names)
                : (next.Parent?.Slot.Handle ?? throw NoRoot()).OpenDirectory(next.Name);
            next.Slot.Idle = _idle.AddFirst(next);
            TrimUnsynchronized();
        }
    }

    private static InvalidOperationException NoRoot() => new("the target of the restore is not open");

    /// <summary>The one just put in front is about to be used, and stays.</summary>
    private void TrimUnsynchronized()
    {
        while (_idle.Count > Capacity && _idle.Last is { } last)
        {
            CloseUnsynchronized(last.Value);
        }
    }

    private void CloseUnsynchronized(RestoreDirectory directory)
    {
        PooledHandle slot = directory.Slot;
        _idle.Remove(slot.Idle!);
        slot.Idle = null;
        slot.Handle!.Dispose();
        slot.Handle = null;
    }
}
