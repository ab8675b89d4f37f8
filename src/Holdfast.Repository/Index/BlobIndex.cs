namespace Holdfast.Repository;

/// <summary>
/// Which blobs there are and where: an open-addressing table over entries of 48 bytes, about 60 bytes a blob in all.
/// Looking up and adding are safe from several threads.
/// </summary>
public sealed class BlobIndex
{
    private const int SegmentBits = 12;
    private const int SegmentLength = 1 << SegmentBits;
    private const uint TreeFlag = 1u << 31;

    private readonly Lock _lock = new();
    private readonly List<IndexEntry[]> _segments = [];
    private readonly List<PackId> _packs = [];
    private readonly Dictionary<PackId, uint> _packNumbers = [];
    private readonly HashSet<BlobHandle> _pending = [];
    private readonly HashSet<BlobHandle> _distrusted = [];

    // Slot values are entry numbers plus one; zero is free.
    private int[] _slots = new int[SegmentLength];

    /// <summary>The number of entries; a blob stored in two packs counts twice.</summary>
    public int Count { get; private set; }

    /// <summary>All packs that an entry names.</summary>
    public IReadOnlyList<PackId> Packs
    {
        get
        {
            lock (_lock)
            {
                return [.. _packs];
            }
        }
    }

    /// <summary>The first known place of a blob.</summary>
    public bool TryFind(BlobHandle blob, out BlobLocation location)
    {
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
        lock (_lock)
        {
            return [.. Matches(blob).Select(LocationUnsynchronized)];
        }
    }

    /// <summary>The number of a blob's first entry: of all its entries the lowest, which later ones do not change.</summary>
    internal bool TryFindNumber(BlobHandle blob, out int number)
    {
        lock (_lock)
        {
            foreach (int match in Matches(blob))
            {
                number = match;
                return true;
            }
        }

        number = -1;
        return false;
    }

    /// <summary>Appends the numbers of all entries of a blob, the first one first.</summary>
    internal void FindNumbers(BlobHandle blob, List<int> numbers)
    {
        lock (_lock)
        {
            foreach (int match in Matches(blob))
            {
                numbers.Add(match);
            }
        }
    }

    public bool Contains(BlobHandle blob) => TryFind(blob, out _);

    /// <summary>Whether a blob is stored, or claimed by a writer that is about to store it.</summary>
    internal bool ContainsOrClaimed(BlobHandle blob)
    {
        lock (_lock)
        {
            return _pending.Contains(blob) || ContainsUnsynchronized(blob);
        }
    }

    /// <summary>
    /// Claims a blob for storing: true for exactly one caller, false where it is stored or claimed already. Whoever gets
    /// true must end in <see cref="Add"/> or fail the whole run and then <see cref="ReleaseClaims"/>.
    /// </summary>
    internal bool TryClaim(BlobHandle blob)
    {
        lock (_lock)
        {
            return (!ContainsUnsynchronized(blob) || _distrusted.Remove(blob)) && _pending.Add(blob);
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
        lock (_lock)
        {
            _pending.Remove(blob);
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

    /// <summary>Every entry, in the order of adding. Not while others add.</summary>
    public IEnumerable<PackEntry> Entries()
    {
        for (int number = 0; number < Count; number++)
        {
            yield return Entry(number);
        }
    }

    /// <summary>The entries by pack. Not while others add.</summary>
    internal PackContents ByPack() =>
        new(this, _packs, [.. Enumerable.Range(0, Count).Select(number => (int)(EntryAt(number).PackAndType & ~TreeFlag))]);

    internal PackEntry Entry(int number)
    {
        ref readonly IndexEntry entry = ref EntryAt(number);
        BlobType type = (entry.PackAndType & TreeFlag) != 0 ? BlobType.Tree : BlobType.Data;
        return new(new(type, entry.Hash), LocationUnsynchronized(number));
    }

    private bool ContainsUnsynchronized(BlobHandle blob)
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

        if ((Count & (SegmentLength - 1)) == 0)
        {
            _segments.Add(GC.AllocateUninitializedArray<IndexEntry>(SegmentLength));
        }

        uint flag = blob.Type == BlobType.Tree ? TreeFlag : 0;
        _segments[Count >> SegmentBits][Count & (SegmentLength - 1)] =
            new(blob.Hash, pack | flag, location.Offset, location.Length, location.UncompressedLength);
        Count++;
        if (Count > _slots.Length / 4 * 3)
        {
            _slots = new int[_slots.Length * 2];
            for (int number = 0; number < Count; number++)
            {
                Insert(number);
            }
        }
        else
        {
            Insert(Count - 1);
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

    private BlobLocation LocationUnsynchronized(int number)
    {
        ref readonly IndexEntry entry = ref EntryAt(number);
        return new(_packs[(int)(entry.PackAndType & ~TreeFlag)], entry.Offset, entry.Length, entry.UncompressedLength);
    }

    private readonly record struct IndexEntry(Hash256 Hash, uint PackAndType, uint Offset, uint Length, uint UncompressedLength);

    /// <summary>Walks the entries of one blob without allocating.</summary>
    private struct MatchEnumerator(BlobIndex index, BlobHandle blob)
    {
        private int _slot = index.Slot(blob.Hash);

        public int Current { get; private set; }

        public readonly MatchEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            bool tree = blob.Type == BlobType.Tree;
            while (index._slots[_slot] is var value and not 0)
            {
                _slot = (_slot + 1) & (index._slots.Length - 1);
                ref readonly IndexEntry entry = ref index.EntryAt(value - 1);
                if (entry.Hash == blob.Hash && ((entry.PackAndType & TreeFlag) != 0) == tree)
                {
                    Current = value - 1;
                    return true;
                }
            }

            return false;
        }

        public readonly IEnumerable<T> Select<T>(Func<int, T> selector)
        {
            var results = new List<T>();
            foreach (int number in this)
            {
                results.Add(selector(number));
            }

            return results;
        }
    }
}
