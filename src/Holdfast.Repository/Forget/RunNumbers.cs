namespace Holdfast.Repository;

/// <summary>
/// The numbers of the runs of each host and set of paths, for the ladder. One that has none, made by stock restic, counts as
/// its predecessor's plus one.
/// </summary>
public sealed class RunNumbers
{
    /// <summary>A number beyond this was not counted, and is not counted on from.</summary>
    private const long Greatest = 1L << 40;

    private readonly Dictionary<SnapshotId, long> _numbers = [];
    private readonly Dictionary<string, long> _greatest = [];

    /// <param name="all">All snapshots, oldest first, those in the trash included: their numbers are not given twice.</param>
    public RunNumbers(IEnumerable<StoredSnapshot> all)
    {
        foreach (IGrouping<string, StoredSnapshot> series in all.GroupBy(s => Series(s.Snapshot.Hostname, s.Snapshot.Paths)))
        {
            long previous = 0;
            foreach (StoredSnapshot stored in series)
            {
                previous = stored.Snapshot.Marks?.Run is > 0 and <= Greatest and var run ? run : previous + 1;
                _numbers[stored.Id] = previous;
                _greatest[series.Key] = Math.Max(previous, _greatest.GetValueOrDefault(series.Key));
            }
        }
    }

    public long this[StoredSnapshot stored] => _numbers[stored.Id];

    /// <summary>The number for the next run.</summary>
    public long Next(string? host, IEnumerable<string> paths) => _greatest.GetValueOrDefault(Series(host, paths)) + 1;

    private static string Series(string? host, IEnumerable<string> paths) => string.Join('\0', [host, .. paths.Order(StringComparer.Ordinal)]);
}
