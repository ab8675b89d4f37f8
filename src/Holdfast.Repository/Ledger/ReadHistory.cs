namespace Holdfast.Repository;

/// <summary>How long ago the packs of a repository were last read whole and found good. All in bytes of packs.</summary>
/// <param name="Total">Of all packs that the index names.</param>
/// <param name="Oldest">The longest ago that any pack was read which was read at all; null where none was.</param>
public sealed record ReadHistory(long Total, long Within30Days, long Within90Days, long Never, DateTimeOffset? Oldest)
{
    internal static ReadHistory Of(ReadLedger ledger, IReadOnlyCollection<(PackId Id, long Size)> packs, DateTimeOffset now)
    {
        long total = 0, within30 = 0, within90 = 0, never = 0;
        DateTimeOffset? oldest = null;
        foreach ((PackId id, long size) in packs)
        {
            total += size;
            if (ledger.Find(id) is not { } read)
            {
                never += size;
                continue;
            }

            within30 += now - read <= TimeSpan.FromDays(30) ? size : 0;
            within90 += now - read <= TimeSpan.FromDays(90) ? size : 0;
            oldest = oldest is null || read < oldest ? read : oldest;
        }

        return new(total, within30, within90, never, oldest);
    }
}
