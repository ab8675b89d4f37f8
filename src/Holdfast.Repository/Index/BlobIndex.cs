namespace Holdfast.Repository;

/// <summary>
/// Which blobs there are and where: what earlier runs knew in a table on disk, and what is new since in memory, about 60
/// bytes a blob. Entries are numbered, those of the table first. Looking up and adding are safe from several threads.
/// </summary>
public sealed class BlobIndex
{
    private const int UsualPlaces = 4;

    private readonly Lock _lock = new();
    private readonly IndexTable? _table;
    private readonly HashSet<Hash256> _files;
    private readonly NewEntries _new = new();
    private readonly HashSet<BlobHandle> _pending = [];
    private readonly HashSet<BlobHandle> _distrusted = [];
    private readonly List<PackEntry> _unwritten = [];

    internal BlobIndex()
        : this(null)
    {
    }

    /// <param name="table">What is known already; disposed of by its owner, after this.</param>
    internal BlobIndex(IndexTable? table)
    {
        _table = table;
        _files = [.. table?.Files ?? []];
    }

    /// <summary>The number of entries; a blob stored in two packs counts twice.</summary>
    public int Count => Known + New;

    /// <summary>All packs that an entry names.</summary>
    public IReadOnlyList<PackId> Packs
    {
        get
        {
            lock (_lock)
            {
                return _table is null ? [.. _new.Packs] : [.. _table.Packs, .. _new.Packs.Except(_table.Packs)];
            }
        }
    }

    /// <summary>The same packs without a list of them; some may come twice. Not while others add.</summary>
    internal IEnumerable<PackId> NamedPacks() => (_table?.Packs ?? []).Concat(_new.Packs);

    /// <summary>Entries in memory.</summary>
    internal int New => _new.Count;

    /// <summary>Entries in the table.</summary>
    internal int Known => _table?.Count ?? 0;

    /// <summary>An index file could not be read to its end.</summary>
    internal bool IsPartial { get; set; }

    /// <summary>The index files that all of this was read from, or written to.</summary>
    internal IReadOnlyCollection<Hash256> Files => _files;

    /// <summary>The first known place of a blob.</summary>
    public bool TryFind(BlobHandle blob, out BlobLocation location)
    {
        Span<IndexEntry> first = stackalloc IndexEntry[1];
        if (_table?.Find(blob, first) > 0)
        {
            location = first[0].In(_table.Packs[first[0].Pack]);
            return true;
        }

        lock (_lock)
        {
            foreach (int number in _new.Matches(blob))
            {
                location = _new.Location(number);
                return true;
            }
        }

        location = default;
        return false;
    }

    /// <summary>All known places of a blob: more than one where the same content was stored twice.</summary>
    public IReadOnlyList<BlobLocation> FindAll(BlobHandle blob)
    {
        var places = new List<BlobLocation>();
        AddKnown(blob, places);
        lock (_lock)
        {
            foreach (int number in _new.Matches(blob))
            {
                places.Add(_new.Location(number));
            }
        }

        return places;
    }

    /// <summary>The number of a blob's first entry: of all its entries the lowest, which later ones do not change.</summary>
    internal bool TryFindNumber(BlobHandle blob, out int number)
    {
        Span<int> known = stackalloc int[1];
        if (_table?.Find(blob, [], known) > 0)
        {
            number = known[0];
            return true;
        }

        lock (_lock)
        {
            foreach (int match in _new.Matches(blob))
            {
                number = Known + match;
                return true;
            }
        }

        number = -1;
        return false;
    }

    /// <summary>Appends the numbers of all entries of a blob, the first one first.</summary>
    internal void FindNumbers(BlobHandle blob, List<int> numbers)
    {
        if (_table?.Find(blob, []) is { } count and > 0)
        {
            var known = new int[count];
            _table.Find(blob, [], known);
            numbers.AddRange(known);
        }

        lock (_lock)
        {
            foreach (int match in _new.Matches(blob))
            {
                numbers.Add(Known + match);
            }
        }
    }

    public bool Contains(BlobHandle blob) => TryFind(blob, out _);

    /// <summary>Whether a blob is stored, or claimed by a writer that is about to store it.</summary>
    internal bool ContainsOrClaimed(BlobHandle blob)
    {
        if (IsKnown(blob))
        {
            return true;
        }

        lock (_lock)
        {
            return _pending.Contains(blob) || _new.Contains(blob);
        }
    }

    /// <summary>
    /// Claims a blob for storing: true for exactly one caller, false where it is stored or claimed already. Whoever gets
    /// true must end in <see cref="Add"/> or fail the whole run and then <see cref="ReleaseClaims"/>.
    /// </summary>
    internal bool TryClaim(BlobHandle blob)
    {
        bool isKnown = IsKnown(blob);
        lock (_lock)
        {
            return ((!isKnown && !_new.Contains(blob)) || _distrusted.Remove(blob)) && _pending.Add(blob);
        }
    }

    /// <summary>Says that a stored blob cannot be read: whoever has its content may store it once more, at another place.</summary>
    public void Distrust(BlobHandle blob)
    {
        lock (_lock)
        {
            _distrusted.Add(blob);
        }
    }

    /// <summary>The same for a run that stores nothing, and only counts what would be new.</summary>
    public bool TryClaimForCounting(BlobHandle blob) => TryClaim(blob);

    /// <summary>Gives up what was claimed and never stored, so that a later writer stores it.</summary>
    internal void ReleaseClaims()
    {
        lock (_lock)
        {
            _pending.Clear();
        }
    }

    /// <summary>Adds a blob at a place. A place that is known already is not added twice.</summary>
    internal void Add(BlobHandle blob, in BlobLocation location)
    {
        bool isKnown = IsKnownAt(blob, location);
        lock (_lock)
        {
            _pending.Remove(blob);
            if (isKnown)
            {
                return;
            }

            foreach (int number in _new.Matches(blob))
            {
                if (_new.Location(number) == location)
                {
                    return;
                }
            }

            _new.Add(blob, location);
        }
    }

    /// <summary>Notes entries that are in here and in no index file, as one could not be written. Whoever writes next begins with them.</summary>
    internal void LeaveUnwritten(IReadOnlyCollection<PackEntry> entries)
    {
        lock (_lock)
        {
            _unwritten.AddRange(entries);
        }
    }

    internal PackEntry[] TakeUnwritten()
    {
        lock (_lock)
        {
            PackEntry[] taken = [.. _unwritten];
            _unwritten.Clear();
            return taken;
        }
    }

    /// <summary>Notes that all entries of an index file are in here.</summary>
    internal void AddFile(Hash256 file)
    {
        lock (_lock)
        {
            _files.Add(file);
        }
    }

    /// <summary>Every entry by its number. Not while others add.</summary>
    public IEnumerable<PackEntry> Entries()
    {
        if (_table is not null)
        {
            foreach (IndexEntry entry in _table.Entries())
            {
                yield return new(entry.Blob, entry.In(_table.Packs[entry.Pack]));
            }
        }

        for (int number = 0; number < New; number++)
        {
            yield return _new.Entry(number);
        }
    }

    /// <summary>The entries by pack. Not while others add.</summary>
    internal PackContents ByPack()
    {
        IReadOnlyList<PackId> packs = Packs;
        Dictionary<PackId, int> numbers = new(packs.Count);
        foreach (PackId pack in packs)
        {
            numbers.Add(pack, numbers.Count);
        }

        // The table's packs come first in the list, so their numbers stay.
        int[] ofNew = [.. _new.Packs.Select(p => numbers[p])];
        var packOfEntry = new int[Count];
        int next = 0;
        foreach (IndexEntry entry in _table?.Entries() ?? [])
        {
            packOfEntry[next++] = entry.Pack;
        }

        for (int number = 0; number < New; number++)
        {
            packOfEntry[next++] = ofNew[_new[number].Pack];
        }

        return new(this, numbers, packOfEntry);
    }

    internal PackEntry Entry(int number)
    {
        if (number >= Known)
        {
            return _new.Entry(number - Known);
        }

        IndexEntry entry = _table!.Entry(number);
        return new(entry.Blob, entry.In(_table.Packs[entry.Pack]));
    }

    /// <summary>What the table has, and what is new: to be merged. Not while others add.</summary>
    internal List<IndexRun> Runs() => _table is null ? [NewRun()] : [_table.Run(), NewRun()];

    /// <inheritdoc cref="NewEntries.Run"/>
    internal IndexRun NewRun() => _new.Run();

    private bool IsKnownAt(BlobHandle blob, in BlobLocation location)
    {
        if (!IsKnown(blob))
        {
            return false;
        }

        var places = new List<BlobLocation>();
        AddKnown(blob, places);
        return places.Contains(location);
    }

    private bool IsKnown(BlobHandle blob) => _table?.Find(blob, []) > 0;

    private void AddKnown(BlobHandle blob, List<BlobLocation> places)
    {
        if (_table is null)
        {
            return;
        }

        Span<IndexEntry> found = stackalloc IndexEntry[UsualPlaces];
        int count = _table.Find(blob, found);
        if (count > UsualPlaces)
        {
            found = new IndexEntry[count];
            _table.Find(blob, found);
        }

        foreach (IndexEntry entry in found[..count])
        {
            places.Add(entry.In(_table.Packs[entry.Pack]));
        }
    }
}
