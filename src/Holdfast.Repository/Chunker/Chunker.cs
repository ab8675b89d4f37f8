namespace Holdfast.Repository;

/// <summary>
/// Cuts a file into chunks where its contents say so: a chunk ends when the Rabin fingerprint of the last
/// <see cref="WindowSize"/> bytes has its low bits zero, so an insertion moves few boundaries. Same boundaries as
/// restic for the same polynomial. Immutable, hence safe to share between threads.
/// </summary>
public sealed class Chunker
{
    /// <summary>The least length in bytes of a chunk other than a file's last, unless told otherwise: 512 KiB.</summary>
    public const int MinSize = 512 * 1024;

    /// <summary>The greatest length in bytes of a chunk, unless told otherwise: 8 MiB.</summary>
    public const int MaxSize = 8 * 1024 * 1024;

    /// <summary>How many bytes decide whether a chunk ends behind them.</summary>
    public const int WindowSize = 64;

    /// <summary>The low bits of a fingerprint that must be zero, unless told otherwise: 20, a boundary a MiB.</summary>
    public const int AverageBits = 20;

    private static readonly BoundarySearch s_fastest =
        BoundaryLanes.IsSupported ? BoundarySearch.Lanes
        : BoundaryNibbles.IsSupported ? BoundarySearch.Nibbles
        : BoundarySearch.Stretches;

    private readonly BoundaryTables _tables;
    private readonly IBoundarySearch? _blocks;
    private readonly int _minSize;
    private readonly int _maxSize;

    /// <summary>Prepares the search for <paramref name="polynomial"/>, which must have degree 53.</summary>
    /// <param name="polynomial">The repository's polynomial. Not tested for irreducibility here.</param>
    /// <param name="averageBits">1 to 21.</param>
    /// <param name="minSize">More than <see cref="WindowSize"/> bytes.</param>
    /// <param name="maxSize">At least <paramref name="minSize"/> bytes.</param>
    public Chunker(Polynomial polynomial, int averageBits = AverageBits, int minSize = MinSize, int maxSize = MaxSize)
        : this(polynomial, averageBits, minSize, maxSize, s_fastest)
    {
    }

    internal Chunker(Polynomial polynomial, int averageBits, int minSize, int maxSize, BoundarySearch search)
    {
        if (polynomial.Degree != Polynomial.ChunkerDegree)
            throw new ArgumentException($"The polynomial {polynomial} has not degree {Polynomial.ChunkerDegree}.", nameof(polynomial));

        ArgumentOutOfRangeException.ThrowIfLessThan(averageBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(averageBits, BoundaryLanes.MostAverageBits);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(minSize, WindowSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSize, minSize);

        _minSize = minSize;
        _maxSize = maxSize;
        _tables = new BoundaryTables(polynomial, averageBits);
        _blocks = search switch
        {
            BoundarySearch.Lanes => new BoundaryLanes(polynomial, averageBits),
            BoundarySearch.Nibbles => new BoundaryNibbles(_tables),
            BoundarySearch.Stretches => new BoundaryStretches(_tables),
            _ => null,
        };
    }

    /// <summary>
    /// The length of the chunk that starts with the first byte of <paramref name="data"/>, or -1 if it does not end
    /// within them; then it ends with the file or within more data.
    /// </summary>
    /// <param name="data">The bytes from the start of the chunk on, as many as are at hand.</param>
    /// <param name="scanned">How many of them earlier calls have searched without finding the end.</param>
    public int FindCut(ReadOnlySpan<byte> data, int scanned)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(scanned);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scanned, data.Length);

        int last = FindBoundary(data, Math.Max(scanned, _minSize - 1), Math.Min(data.Length, _maxSize));
        if (last >= 0)
            return last + 1;

        return data.Length >= _maxSize ? _maxSize : -1;
    }

    private int FindBoundary(ReadOnlySpan<byte> data, int from, int to)
    {
        if (_blocks is null || to - from < _blocks.LeastBytes)
            return _tables.Find(data, from, to);

        while (to - from >= _blocks.LeastBytes)
        {
            int last = _blocks.Find(data, from, to, out int searched);
            if (last >= 0)
                return last;

            from += searched;
        }

        // To search some of the bytes again takes a fraction of the time that the tables take for most rests.
        return from == to ? -1 : _blocks.Find(data, to - _blocks.LeastBytes, to, out _);
    }
}
