namespace Holdfast.Repository;

/// <summary>Entries in ascending order of their hashes, and the packs that their numbers mean.</summary>
internal sealed record IndexRun(IReadOnlyList<PackId> Packs, int Count, IEnumerable<IndexEntry> Entries)
{
    /// <summary>Writes several runs as one table; what several of them have is in it once. Memory: a few bytes for each pack.</summary>
    /// <param name="files">The index files that the runs were read from.</param>
    /// <exception cref="IOException"/>
    internal static void Merge(IReadOnlyList<IndexRun> runs, IReadOnlyCollection<Hash256> files, string path)
    {
        var packs = new List<PackId>();
        var numbers = new Dictionary<PackId, uint>();
        uint[][] renumbered = [.. runs.Select(run => run.Packs.Select(Number).ToArray())];
        using var table = new IndexTableWriter(path, files.Count, packs.Count, runs.Sum(r => (long)r.Count));
        table.Begin(files, packs);

        // Of the entries with the same hash, those that are known already: seldom more than one.
        var same = new List<IndexEntry>();
        foreach (IndexEntry entry in InOrder(runs, renumbered))
        {
            if (same.Count > 0 && same[0].Hash != entry.Hash)
            {
                same.Clear();
            }

            if (!same.Contains(entry))
            {
                same.Add(entry);
                table.Add(entry);
            }
        }

        table.Finish();

        uint Number(PackId pack)
        {
            if (!numbers.TryGetValue(pack, out uint number))
            {
                number = (uint)packs.Count;
                packs.Add(pack);
                numbers.Add(pack, number);
            }

            return number;
        }
    }

    private static IEnumerable<IndexEntry> InOrder(IReadOnlyList<IndexRun> runs, uint[][] numbers)
    {
        var next = new PriorityQueue<int, Hash256>(runs.Count);
        IEnumerator<IndexEntry>[] open = [.. runs.Select(r => r.Entries.GetEnumerator())];
        for (int run = 0; run < open.Length; run++)
        {
            if (open[run].MoveNext())
            {
                next.Enqueue(run, open[run].Current.Hash);
            }
        }

        while (next.TryPeek(out int run, out _))
        {
            IndexEntry entry = open[run].Current;
            yield return entry.InPack(numbers[run][entry.Pack]);
            next.Dequeue();
            if (open[run].MoveNext())
            {
                next.Enqueue(run, open[run].Current.Hash);
            }
        }
    }
}
