using System.Buffers.Binary;

namespace Holdfast.Repository;

/// <summary>
/// Which blobs there are and where: what earlier runs knew in a table on disk, and what is new since in memory, about 60
/// bytes a blob. Entries are numbered, those of the table first. Looking up and adding are safe from several threads.
/// </summary>
public sealed class BlobIndex
{
    private const int SegmentBits = 12;
    private const int SegmentLength = 1 << SegmentBits;
    private const int UsualPlaces = 4;

    private readonly Lock _lock = new();
    private readonly IndexTable? _table;
    private readonly HashSet<Hash256> _files;
    private readonly List<IndexEntry[]> _segments = [];
    private readonly List<PackId> _packs = [];
    private readonly Dictionary<PackId, uint> _packNumbers = [];
    private readonly HashSet<BlobHandle> _pending = [];
    private readonly HashSet<BlobHandle> _distrusted = [];

    // Slot values are numbers of new entries plus one; zero is free.
    private int[] _slots = new int[SegmentLength];

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
                return _table is null ? [.. _packs] : [.. _table.Packs, .. _packs.Except(_table.Packs)];
            }
        }
    }

    /// <summary>The same packs without a list of them; some may come twice. Not while others add.</summary>
    internal IEnumerable<PackId> NamedPacks() => (_table?.Packs ?? []).Concat(_packs);

    /// <summary>Entries in memory.</summary>
    internal int New { get; private set; }

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
            foreach (int number in Matches(blob))
            {
                location = LocationUnsynchronized(number);
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
            foreach (int number in Matches(blob))
            {
                places.Add(LocationUnsynchronized(number));
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
            foreach (int match in Matches(blob))
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
            foreach (int match in Matches(blob))
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
            return _pending.Contains(blob) || IsNewUnsynchronized(blob);
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
            return ((!isKnown && !IsNewUnsynchronized(blob)) || _distrusted.Remove(blob)) && _pending.Add(blob);
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

            foreach (int number in Matches(blob))
            {
                if (LocationUnsynchronized(number) == location)
                {
                    return;
                }
            }

            AddUnsynchronized(blob, location);
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
            yield return NewEntry(number);
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
        int[] ofNew = [.. _packs.Select(p => numbers[p])];
        var packOfEntry = new int[Count];
        int next = 0;
        foreach (IndexEntry entry in _table?.Entries() ?? [])
        {
            packOfEntry[next++] = entry.Pack;
        }

        for (int number = 0; number < New; number++)
        {
            packOfEntry[next++] = ofNew[EntryAt(number).Pack];
        }

        return new(this, numbers, packOfEntry);
    }

    internal PackEntry Entry(int number)
    {
        if (number >= Known)
        {
            return NewEntry(number - Known);
        }

        IndexEntry entry = _table!.Entry(number);
        return new(entry.Blob, entry.In(_table.Packs[entry.Pack]));
    }

    /// <summary>What the table has, and what is new: to be merged. Not while others add.</summary>
    internal List<IndexRun> Runs() => _table is null ? [NewRun()] : [_table.Run(), NewRun()];

    /// <summary>The new entries in order. Memory: 12 bytes for each of them. Not while others add.</summary>
    internal IndexRun NewRun()
    {
        var prefixes = new ulong[New];
        var numbers = new int[New];
        for (int number = 0; number < New; number++)
        {
            prefixes[number] = BinaryPrimitives.ReadUInt64BigEndian(EntryAt(number).Hash.Span);
            numbers[number] = number;
        }

        Array.Sort(prefixes, numbers);
        for (int start = 0, end; start < New; start = end)
        {
            for (end = start + 1; end < New && prefixes[end] == prefixes[start]; end++)
            {
            }

            numbers.AsSpan(start, end - start).Sort((a, b) => EntryAt(a).Hash.CompareTo(EntryAt(b).Hash));
        }

        return new(_packs, New, numbers.Select(n => EntryAt(n)));
    }

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

    private bool IsNewUnsynchronized(BlobHandle blob)
    {
        foreach (int _ in Matches(blob))
        {
            return true;
        }

        return false;
    }

    private void AddUnsynchronized(BlobHandle blob, in BlobLocation location)
    {
        if (!_packNumbers.TryGetValue(location.Pack, out uint pack))
        {
            pack = (uint)_packs.Count;
            _packs.Add(location.Pack);
            _packNumbers.Add(location.Pack, pack);
        }

        if ((New & (SegmentLength - 1)) == 0)
        {
            _segments.Add(GC.AllocateUninitializedArray<IndexEntry>(SegmentLength));
        }

        _segments[New >> SegmentBits][New & (SegmentLength - 1)] = new(blob, pack, location);
        New++;
        if (New > _slots.Length / 4 * 3)
        {
            _slots = new int[_slots.Length * 2];
            for (int number = 0; number < New; number++)
            {
                Insert(number);
            }
        }
        else
        {
            Insert(New - 1);
        }
    }

    private void Insert(int number)
    {
        int slot = Slot(EntryAt(number).Hash);
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _slots[slot] = number + 1;
    }

    private int Slot(in Hash256 hash) => unchecked((int)hash.Prefix) & (_slots.Length - 1);

    private MatchEnumerator Matches(BlobHandle blob) => new(this, blob);

    private ref readonly IndexEntry EntryAt(int number) => ref _segments[number >> SegmentBits][number & (SegmentLength - 1)];

    private PackEntry NewEntry(int number) => new(EntryAt(number).Blob, LocationUnsynchronized(number));

    private BlobLocation LocationUnsynchronized(int number)
    {
        ref readonly IndexEntry entry = ref EntryAt(number);
        return entry.In(_packs[entry.Pack]);
    }

    /// <summary>Walks the new entries of one blob without allocating.</summary>
    private struct MatchEnumerator(BlobIndex index, BlobHandle blob)
    {
        private int _slot = index.Slot(blob.Hash);

        public int Current { get; private set; }

        public readonly MatchEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (index._slots[_slot] is var value and not 0)
            {
                _slot = (_slot + 1) & (index._slots.Length - 1);
                if (index.EntryAt(value - 1).IsOf(blob))
                {
                    Current = value - 1;
                    return true;
                }
            }

            return false;
        }
    }
}
