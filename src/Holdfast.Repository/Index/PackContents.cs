namespace Holdfast.Repository;

/// <summary>The entries of an index, pack by pack: four bytes an entry, instead of a list for each pack. Immutable.</summary>
internal sealed class PackContents
{
    private readonly BlobIndex _index;
    private readonly Dictionary<PackId, int> _packNumbers;
    private readonly int[] _starts;
    private readonly int[] _order;

    /// <param name="packNumbers">The packs, numbered from 0.</param>
    /// <param name="packOfEntry">For each entry of the index, the number of its pack.</param>
    internal PackContents(BlobIndex index, Dictionary<PackId, int> packNumbers, int[] packOfEntry)
    {
        _index = index;
        _packNumbers = packNumbers;

        // A counting sort of the entries by their pack.
        _starts = new int[packNumbers.Count + 1];
        foreach (int pack in packOfEntry)
        {
            _starts[pack + 1]++;
        }

        for (int i = 1; i < _starts.Length; i++)
        {
            _starts[i] += _starts[i - 1];
        }

        int[] next = [.. _starts];
        _order = new int[packOfEntry.Length];
        for (int entry = 0; entry < packOfEntry.Length; entry++)
        {
            _order[next[packOfEntry[entry]]++] = entry;
        }
    }

    internal IReadOnlyCollection<PackId> Packs => _packNumbers.Keys;

    internal bool Contains(PackId pack) => _packNumbers.ContainsKey(pack);

    /// <summary>What the index says is in a pack; empty where it does not know the pack.</summary>
    internal List<PackEntry> EntriesOf(PackId pack)
    {
        var entries = new List<PackEntry>();
        foreach (int number in NumbersOf(pack))
        {
            entries.Add(_index.Entry(number));
        }

        return entries;
    }

    /// <summary>The numbers of the entries of a pack; empty where the index does not know it.</summary>
    internal ReadOnlySpan<int> NumbersOf(PackId pack) =>
        _packNumbers.TryGetValue(pack, out int number) ? _order.AsSpan(_starts[number].._starts[number + 1]) : [];
}
