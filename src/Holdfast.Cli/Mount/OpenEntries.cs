using System.Collections.Concurrent;

namespace Holdfast.Cli.Mount;

/// <summary>Open files, or open folders, by the numbers that the kernel has of them. Thread-safe.</summary>
internal sealed class OpenEntries<T>
{
    private readonly ConcurrentDictionary<ulong, T> _open = new();
    private ulong _last;

    internal ulong Add(T entry)
    {
        ulong handle = Interlocked.Increment(ref _last);
        _open[handle] = entry;
        return handle;
    }

    internal T? Find(ulong handle) => _open.GetValueOrDefault(handle);

    internal void Remove(ulong handle) => _open.TryRemove(handle, out _);
}
