namespace Holdfast.Repository;

/// <summary>
/// Collects the youngest garbage every few megabytes. The runtime would wait for as much as the processor's last-level
/// cache holds, which on servers is hundreds of megabytes of memory that another process could use; collecting a young
/// generation that is nearly all dead takes well under a millisecond. Thread-safe.
/// </summary>
public sealed class AllocationPacing
{
    private const long Interval = 12 << 20;

    private long _next = GC.GetTotalAllocatedBytes() + Interval;
    private int _count;

    /// <summary>To be called between pieces of work: costs next to nothing unless it is time.</summary>
    public void Step()
    {
        long now = GC.GetTotalAllocatedBytes();
        long next = Volatile.Read(ref _next);
        if (now >= next && Interlocked.CompareExchange(ref _next, now + Interval, next) == next)
        {
            // Every fourth time the next generation as well, where what survived by chance ends up.
            GC.Collect((Interlocked.Increment(ref _count) & 3) == 0 ? 1 : 0, GCCollectionMode.Forced, blocking: true);
        }
    }
}
