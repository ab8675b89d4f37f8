using Holdfast.Cli.View;

namespace Holdfast.Cli.Mount;

/// <summary>
/// What the kernel knows by number, until it forgets it. Files are held by folder and name, and looked up again when they
/// are asked for: the kernel keeps its own copy of what it was told. Memory: some 150 bytes a name. Thread-safe.
/// </summary>
internal sealed class InodeTable
{
    private readonly RepositoryView _view;
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Known> _known = [];

    internal InodeTable(RepositoryView view)
    {
        _view = view;
        _known.Add(ViewEntry.RootId, new(view.Root, []) { Folder = view.Root });
    }

    /// <summary>How many names the kernel holds, with the root.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _known.Count;
            }
        }
    }

    /// <summary>Notes that the kernel was told of an entry, once more.</summary>
    internal void Remember(ViewEntry parent, ViewEntry entry)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(entry.Id, out Known? known))
            {
                known = new(parent, entry.Node.Name) { Folder = entry.IsFolder ? entry : null };
                _known.Add(entry.Id, known);
            }

            known.Lookups++;
        }
    }

    internal void Forget(ulong id, ulong lookups)
    {
        lock (_lock)
        {
            if (id != ViewEntry.RootId && _known.TryGetValue(id, out Known? known) && (known.Lookups -= Math.Min(lookups, known.Lookups)) == 0)
            {
                _known.Remove(id);
            }
        }
    }

    /// <summary>The entry of this number; null where it is gone.</summary>
    internal async ValueTask<ViewEntry?> FindAsync(ulong id)
    {
        Known? known;
        lock (_lock)
        {
            _known.TryGetValue(id, out known);
        }

        return known is null ? null : known.Folder ?? (await _view.ListAsync(known.Parent)).Find(known.Name);
    }

    private sealed class Known(ViewEntry parent, byte[] name)
    {
        internal ViewEntry Parent { get; } = parent;

        internal byte[] Name { get; } = name;

        /// <summary>The entry itself, where it is a folder: others hang on it.</summary>
        internal ViewEntry? Folder { get; init; }

        internal ulong Lookups { get; set; }
    }
}
