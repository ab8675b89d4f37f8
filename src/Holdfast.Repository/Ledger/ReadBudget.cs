using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>How much of a repository one check may read, beginning with what was not read for longest. Immutable.</summary>
public sealed class ReadBudget
{
    private readonly Func<long, long> _bytes;

    private ReadBudget(Func<long, long> bytes, TimeSpan? time)
    {
        _bytes = bytes;
        Time = time;
    }

    /// <summary>No pack is begun when this is over; null for no such limit.</summary>
    internal TimeSpan? Time { get; }

    public static ReadBudget Bytes(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        return new(_ => bytes, null);
    }

    /// <param name="percent">Of all packs; above 0, to 100.</param>
    public static ReadBudget Percent(double percent) => percent is > 0 and <= 100
        ? new(total => (long)(total / 100.0 * percent), null)
        : throw new ArgumentOutOfRangeException(nameof(percent), percent, "the share must be above 0 and at most 100 percent");

    public static ReadBudget Duration(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(time, TimeSpan.Zero);
        return new(_ => long.MaxValue, time);
    }

    /// <summary>The packs to read, never read ones first, then by age; one at least, or a small budget would never get anywhere.</summary>
    internal List<BackendEntry> Choose(IEnumerable<BackendEntry> packs, ReadLedger ledger)
    {
        BackendEntry[] sorted = [.. packs
            .Select(p => (Pack: p, Id: new PackId(Hash256.Parse(p.File.Name))))
            .OrderBy(p => ledger.Find(p.Id) ?? DateTimeOffset.MinValue).ThenBy(p => p.Id.Hash)
            .Select(p => p.Pack)];
        long left = _bytes(sorted.Sum(p => p.Size));
        var chosen = new List<BackendEntry>();
        foreach (BackendEntry pack in sorted)
        {
            if (pack.Size > left && chosen.Count > 0)
            {
                break;
            }

            chosen.Add(pack);
            left -= pack.Size;
        }

        return chosen;
    }
}
