namespace Holdfast.Repository;

/// <summary>
/// Finds out, for a stream of many chunks, whether the fastest search leaves as little as the usual one. So it does of what has no
/// repetitions to be found (digits, keys), in a third of the time. One for each stream; thread-safe:
/// the worst of a race is a trial more or less.
/// </summary>
public sealed class CompressionTrial
{
    /// <summary>Of each so many chunks, one is tried both ways, beginning with the first.</summary>
    private const int Period = 16;

    private int _chunks;
    private volatile bool _isFastestAsGood;

    /// <summary>What the last trial found.</summary>
    internal bool IsFastestAsGood => _isFastestAsGood;

    /// <summary>Whether the next chunk is to be tried.</summary>
    internal bool IsDue() => Interlocked.Increment(ref _chunks) % Period == 1;

    /// <summary>Notes how many bytes each left of the same sample. Filler, such as zeros, is found by both, and says nothing of what follows.</summary>
    internal void Note(int sample, int usual, int fastest) => _isFastestAsGood = fastest <= usual && usual > sample / 4;
}
