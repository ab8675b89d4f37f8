using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Finds what of each pack is in use. Of a blob that is stored several times, one place counts as used: one in a pack that
/// stays whole anyhow, such as one that an interrupted prune wrote, before one in a pack that has other used blobs. That
/// place is read and proven, because the others go for its sake (D27).
/// </summary>
internal sealed class PackSurvey(IndexedRepository repository, PackContents contents, UsedBlobs used, PruneStatistics statistics)
{
    private readonly Dictionary<PackId, PackUse> _packs = [];
    private readonly List<int> _places = [];

    /// <summary>The entries that count as used.</summary>
    internal EntryBits Chosen { get; } = new(repository.Index.Count);

    /// <exception cref="BackupException">Kind Unreachable: of a blob that is stored several times, none could be proven.</exception>
    internal async Task<List<PackUse>> RunAsync(IReadOnlyDictionary<PackId, long> listed, StageProgress progress, CancellationToken cancellation)
    {
        foreach (PackId pack in contents.Packs)
        {
            _packs.Add(pack, Count(pack, listed.TryGetValue(pack, out long size) ? size : null));
        }

        List<PackUse> undecided = [.. _packs.Values.Where(p => p.Duplicate > 0)];
        progress.Begin("proving what is stored several times", undecided.Count);
        foreach (PackUse pack in undecided)
        {
            await ChooseAmongPlacesAsync(pack, cancellation).ConfigureAwait(false);
            progress.Advance();
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
    private async Task ChooseAmongPlacesAsync(PackUse pack, CancellationToken cancellation)
    {
        foreach (int number in contents.NumbersOf(pack.Id).ToArray())
        {
            _places.Clear();
            repository.Index.FindNumbers(repository.Index.Entry(number).Blob, _places);
            if (_places.Count == 1 || !used.Contains(_places[0]) || _places.Exists(place => Chosen[place]))
            {
                continue;
            }

            int chosen = await FindProvenAsync(cancellation).ConfigureAwait(false);
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

    /// <summary>D27: the best of the places that gives the blob back; the best of all where it is lost anyhow.</summary>
    private async ValueTask<int> FindProvenAsync(CancellationToken cancellation)
    {
        int[] byRank = [.. _places.OrderByDescending(place => Rank(_packs[repository.Index.Entry(place).Location.Pack]))];
        BackupException? unreachable = null;
        foreach (int place in byRank)
        {
            try
            {
                if (await repository.ProveAsync(repository.Index.Entry(place), cancellation).ConfigureAwait(false))
                {
                    return place;
                }
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Unreachable)
            {
                unreachable = e;
            }
        }

        return unreachable is null ? byRank[0] : throw unreachable;
    }

    /// <summary>Of equals, the first entry wins; a pack that is not there is the last resort, and ends in an error.</summary>
    private static int Rank(PackUse pack) =>
        pack.ListedSize is null ? 0
        : pack.ListedSize != pack.IndexedSize ? 1
        : pack.Unused == pack.Duplicate ? 4
        : pack.Used > 0 ? 3
        : 2;
}
