namespace Holdfast.Repository;

/// <summary>
/// Decides what becomes of each pack, by restic's rules, so that neither tool undoes or repeats what the other did: packs
/// of which nothing is used go; of those partly used, the ones with the greatest unused share are rewritten until no more
/// than the limit stays unused; small ones are put together.
/// </summary>
internal sealed class PackChoice(PruneOptions options, bool canCompress, PruneStatistics statistics)
{
    /// <summary>Fewer small packs are not worth the trouble; it also ends the rewriting where the last pack is always small.</summary>
    private const int WorthPuttingTogether = 10;

    private const long SmallestPack = 4 << 20;

    private long _small;

    internal HashSet<PackId> Remove { get; } = [];

    internal HashSet<PackId> Repack { get; } = [];

    /// <param name="packs">All of them are there.</param>
    internal void Decide(IReadOnlyCollection<PackUse> packs)
    {
        _small = options.SmallerThan ?? UsualSmallSize(packs);
        var candidates = new List<PackUse>();
        var small = new List<PackUse>();
        foreach (PackUse pack in packs)
        {
            Count(pack);
            if (pack.Used == 0)
            {
                Remove.Add(pack.Id);
                statistics.Remove += new PruneCount(pack.Unused, pack.UnusedBytes);
            }
            else if (options.CacheableOnly && pack.IsData)
            {
                statistics.KeepPacks++;
            }
            else if (pack.Unused > 0 || !pack.IsPure || MustCompress(pack))
            {
                candidates.Add(pack);
            }
            else if (IsSmall(pack))
            {
                small.Add(pack);
            }
            else
            {
                statistics.KeepPacks++;
            }
        }

        if (small.Count >= (options.SmallerThan is null ? WorthPuttingTogether : 2))
        {
            candidates.AddRange(small);
        }
        else
        {
            statistics.KeepPacks += small.Count;
        }

        candidates.Sort(Compare);
        long tolerated = options.MaxUnused.For(statistics.Used.Bytes);
        candidates.ForEach(pack => Decide(pack, tolerated));
        statistics.RemovePacks = Remove.Count;
        statistics.RepackPacks = Repack.Count;
    }

    private void Decide(PackUse pack, long tolerated)
    {
        bool isTooMuch = statistics.Repack.Bytes >= options.MaxRepackBytes - pack.Bytes;
        bool isGoodEnough = pack.IsData && !MustCompress(pack) && !IsSmall(pack) && statistics.RemainUnusedBytes < tolerated;
        if (isTooMuch || isGoodEnough)
        {
            statistics.KeepPacks++;
            return;
        }

        Repack.Add(pack.Id);
        statistics.Repack += new PruneCount(pack.Count, pack.Bytes);
        statistics.RepackRemove += new PruneCount(pack.Unused, pack.UnusedBytes);
        statistics.UncompressedBytes -= canCompress && pack.HasUncompressed ? pack.Bytes : 0;
    }

    private void Count(PackUse pack)
    {
        statistics.UnusedPacks += pack.Used == 0 ? 1 : 0;
        statistics.UsedPacks += pack.Used > 0 && pack.Unused == 0 ? 1 : 0;
        statistics.PartlyUsedPacks += pack.Used > 0 && pack.Unused > 0 ? 1 : 0;
        statistics.UncompressedBytes += canCompress && pack.HasUncompressed && pack.Used > 0 ? pack.Bytes : 0;
    }

    /// <summary>What is always compressed today: trees; content only where asked for.</summary>
    private bool MustCompress(PackUse pack) =>
        canCompress && pack.HasUncompressed && (options.RepackUncompressed || (pack.HasTrees && !pack.HasData));

    private bool IsSmall(PackUse pack) =>
        pack.Bytes < (pack.IsData ? _small : Math.Min(_small, BlobWriter.TreePackSize * 4 / 5));

    /// <summary>Four fifths of the size that only 3 in 100 packs fall short of: a low mark, so that a repository without small packs is left alone.</summary>
    private static long UsualSmallSize(IReadOnlyCollection<PackUse> packs)
    {
        long[] sizes = [.. packs.Select(p => p.Bytes).Order()];
        return sizes.Length == 0 ? 0 : Math.Max(SmallestPack, sizes[sizes.Length * 3 / 100]) * 4 / 5;
    }

    /// <summary>Packs with trees first, then small ones, then by the share that is unused.</summary>
    private int Compare(PackUse left, PackUse right)
    {
        int order = left.IsData.CompareTo(right.IsData);
        order = order != 0 ? order : IsSmall(right).CompareTo(IsSmall(left));
        order = order != 0 ? order : ((double)right.UnusedBytes / right.Bytes).CompareTo((double)left.UnusedBytes / left.Bytes);
        return order != 0 ? order : left.Id.Hash.CompareTo(right.Id.Hash);
    }
}
