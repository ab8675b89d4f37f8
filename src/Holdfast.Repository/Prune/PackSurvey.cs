namespace Holdfast.Repository;

/// <summary>
/// Finds what of each pack is in use. Of a blob that is stored several times, one place counts as used: one in a pack that
/// stays whole anyhow, such as one that an interrupted prune wrote, before one in a pack that has other used blobs.
/// </summary>
internal sealed class PackSurvey(IndexedRepository repository, PackContents contents, UsedBlobs used, PruneStatistics statistics)
{
    private readonly Dictionary<PackId, PackUse> _packs = [];
    private readonly List<int> _places = [];

    /// <summary>The entries that count as used.</summary>
    internal EntryBits Chosen { get; } = new(repository.Index.Count);

    internal List<PackUse> Run(IReadOnlyDictionary<PackId, long> listed)
    {
        foreach (PackId pack in contents.Packs)
        {
            _packs.Add(pack, Count(pack, listed.TryGetValue(pack, out long size) ? size : null));
        }

        foreach (PackUse pack in _packs.Values.Where(p => p.Duplicate > 0).ToList())
        {
            ChooseAmongPlaces(pack);
        }

        return [.. _packs.Values];
    }

    private PackUse Count(PackId id, long? listed)
    {
        ReadOnlySpan<int> numbers = contents.NumbersOf(id);
        long header = PackHeader.LengthField + Sealer.Overhead, blobs = 0;
        foreach (int number in numbers)
        {
            BlobLocation place = repository.Index.Entry(number).Location;
            header += place.IsCompressed ? PackHeader.CompressedEntry : PackHeader.PlainEntry;
            blobs += place.Length;
        }

        var pack = new PackUse(id, header + blobs, listed) { UsedBytes = header };
        foreach (int number in numbers)
        {
            Count(pack, number);
        }

        return pack;
    }

    private void Count(PackUse pack, int number)
    {
        PackEntry entry = repository.Index.Entry(number);
        pack.HasTrees |= entry.Blob.Type == BlobType.Tree;
        pack.HasData |= entry.Blob.Type == BlobType.Data;
        pack.HasUncompressed |= !entry.Location.IsCompressed;
        _places.Clear();
        repository.Index.FindNumbers(entry.Blob, _places);
        var one = new PruneCount(1, entry.Location.Length);
        if (used.Contains(_places[0]) && _places.Count == 1)
        {
            pack.Used++;
            pack.UsedBytes += one.Bytes;
            Chosen.TrySet(number);
            statistics.Used += one;
            return;
        }

        pack.Unused++;
        pack.UnusedBytes += one.Bytes;
        if (used.Contains(_places[0]))
        {
            pack.Duplicate++;
            statistics.Duplicate += one;
        }
        else
        {
            statistics.Unused += one;
        }
    }

    /// <summary>Decides which place counts for each blob of a pack that is stored several times; each blob once.</summary>
    private void ChooseAmongPlaces(PackUse pack)
    {
        foreach (int number in contents.NumbersOf(pack.Id))
        {
            PackEntry entry = repository.Index.Entry(number);
            _places.Clear();
            repository.Index.FindNumbers(entry.Blob, _places);
            if (_places.Count == 1 || !used.Contains(_places[0]) || _places.Exists(place => Chosen[place]))
            {
                continue;
            }

            int chosen = _places.MaxBy(place => Rank(_packs[repository.Index.Entry(place).Location.Pack]));
            PackEntry best = repository.Index.Entry(chosen);
            PackUse home = _packs[best.Location.Pack];
            Chosen.TrySet(chosen);
            home.Used++;
            home.Unused--;
            home.Duplicate--;
            home.UsedBytes += best.Location.Length;
            home.UnusedBytes -= best.Location.Length;
            statistics.Used += new PruneCount(1, best.Location.Length);
            statistics.Duplicate += new PruneCount(-1, -best.Location.Length);
        }
    }

    /// <summary>Of equals, the first entry wins; a pack that is not there is the last resort, and ends in an error.</summary>
    private static int Rank(PackUse pack) =>
        pack.ListedSize is null ? 0
        : pack.ListedSize != pack.IndexedSize ? 1
        : pack.Unused == pack.Duplicate ? 4
        : pack.Used > 0 ? 3
        : 2;
}
