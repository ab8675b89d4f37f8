using System.Buffers.Binary;

namespace Holdfast.Repository;

/// <summary>Index entries in memory, in the order in which they came, found by blob. Not safe from several threads.</summary>
internal sealed class NewEntries
{
    private const int SegmentBits = 12;
    private const int SegmentLength = 1 << SegmentBits;

    private readonly List<IndexEntry[]> _segments = [];
    private readonly List<PackId> _packs = [];
    private readonly Dictionary<PackId, uint> _packNumbers = [];

    // Slot values are numbers of entries plus one; zero is free.
    private int[] _slots = new int[SegmentLength];

    internal int Count { get; private set; }

    /// <summary>The packs that entries name, by the number that they have there.</summary>
    internal IReadOnlyList<PackId> Packs => _packs;

    internal ref readonly IndexEntry this[int number] => ref _segments[number >> SegmentBits][number & (SegmentLength - 1)];

    internal PackEntry Entry(int number) => new(this[number].Blob, Location(number));

    internal BlobLocation Location(int number)
    {
        ref readonly IndexEntry entry = ref this[number];
        return entry.In(_packs[entry.Pack]);
    }

    internal bool Contains(BlobHandle blob)
    {
        foreach (int _ in Matches(blob))
        {
            return true;
        }

        return false;
    }

    /// <summary>The numbers of a blob's entries, the lowest first.</summary>
    internal MatchEnumerator Matches(BlobHandle blob) => new(this, blob);

    internal void Add(BlobHandle blob, in BlobLocation location)
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

        _segments[Count >> SegmentBits][Count & (SegmentLength - 1)] = new(blob, pack, location);
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

    /// <summary>The entries in order of their hashes. Memory: 12 bytes for each of them.</summary>
    internal IndexRun Run()
    {
        var prefixes = new ulong[Count];
        var numbers = new int[Count];
        for (int number = 0; number < Count; number++)
        {
            prefixes[number] = BinaryPrimitives.ReadUInt64BigEndian(this[number].Hash.Span);
            numbers[number] = number;
        }

        Array.Sort(prefixes, numbers);
        for (int start = 0, end; start < Count; start = end)
        {
            for (end = start + 1; end < Count && prefixes[end] == prefixes[start]; end++)
            {
            }

            numbers.AsSpan(start, end - start).Sort((a, b) => this[a].Hash.CompareTo(this[b].Hash));
        }

        return new(_packs, Count, numbers.Select(n => this[n]));
    }

    private void Insert(int number)
    {
        int slot = Slot(this[number].Hash);
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & (_slots.Length - 1);
        }

        _slots[slot] = number + 1;
    }

    private int Slot(in Hash256 hash) => unchecked((int)hash.Prefix) & (_slots.Length - 1);

    /// <summary>Walks the entries of one blob without allocating.</summary>
    internal struct MatchEnumerator(NewEntries entries, BlobHandle blob)
    {
        private int _slot = entries.Slot(blob.Hash);

        public int Current { get; private set; }

        public readonly MatchEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (entries._slots[_slot] is var value and not 0)
            {
                _slot = (_slot + 1) & (entries._slots.Length - 1);
                if (entries[value - 1].IsOf(blob))
                {
                    Current = value - 1;
                    return true;
                }
            }

            return false;
        }
    }
}
