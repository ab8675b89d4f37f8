using Holdfast.Linux;

namespace Holdfast.Archiver;

/// <summary>
/// Writes large pieces through the page cache or past it, whichever took less time lately. On a fast disk the cache costs a
/// copy into memory that must be found first; on a slow one it lets the restore run ahead. Thread-safe; not for the same
/// file at the same time.
/// </summary>
internal sealed class WriteRoute
{
    /// <summary>Bytes: for less than this, a request to the disk of its own is not worth it.</summary>
    private const int LeastPiece = 256 << 10;

    /// <summary>Every so often the slower way is tried again.</summary>
    private const int TrialEvery = 32;

    private readonly Lock _gate = new();
    private double _cached;
    private double _direct;
    private int _pieces;

    /// <exception cref="LinuxException"/>
    internal void Write(LinuxFile file, ReadOnlySpan<byte> content, long offset)
    {
        if (content.Length < LeastPiece)
        {
            file.WriteAt(content, offset);
            return;
        }

        bool isDirect = Choose();
        long start = TimeProvider.System.GetTimestamp();
        if (isDirect)
        {
            file.WriteAtPastCache(content, offset);
        }
        else
        {
            file.WriteAt(content, offset);
        }

        Learn(isDirect, TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / content.Length);
    }

    private bool Choose()
    {
        lock (_gate)
        {
            bool isFaster = _direct <= _cached;
            return _pieces++ % TrialEvery == 0 ? !isFaster : isFaster;
        }
    }

    /// <summary>A mean in which each piece counts less the longer it is ago.</summary>
    private void Learn(bool isDirect, double nanosecondsPerByte)
    {
        lock (_gate)
        {
            ref double mean = ref isDirect ? ref _direct : ref _cached;
            mean = mean == 0 ? nanosecondsPerByte : (mean * 0.875) + (nanosecondsPerByte * 0.125);
        }
    }
}
