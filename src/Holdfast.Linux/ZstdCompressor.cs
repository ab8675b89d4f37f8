using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>
/// Compresses whole buffers into single zstd frames that state their content size. One thread at a time.
/// Memory: about 1.5 MB at level 1, 3.5 MB at level 3, 90 MB at level 19.
/// </summary>
public sealed unsafe class ZstdCompressor : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int UsualLevel = 3;

    /// <summary>
    /// The logarithm of the entries, of 4 bytes each, of each of level 3's tables, for long and for short matches. libzstd takes 2^16 and
    /// 2^15 up to 128 KiB and twice that above: they leave the nearest caches to nobody else, and are cleared for each message. Of
    /// <c>/usr</c>, 0.5 % more is left with these; docs/performance.md has what they save.
    /// </summary>
    private const int TableLog = 15;

    private const int SmallTableLog = 14;

    private const int SmallTablesUpTo = 256 << 10;

    private readonly int _level;
    private int _tableLog;

    /// <param name="level">zstd's own scale, 1 (fastest) to 19.</param>
    /// <exception cref="NativeLibraryMissingException"/>
    public ZstdCompressor(int level)
        : base(ownsHandle: true)
    {
        Zstd.Load();
        _level = level;
        SetHandle(Zstd.CreateCompressor());
        if (level == UsualLevel)
        {
            Set(Zstd.Parameter.Level, level);
        }
    }

    /// <summary>The largest result that <see cref="Compress"/> may give for this many bytes.</summary>
    public static int Bound(int length) => checked((int)Zstd.CompressBound((nuint)length));

    /// <summary>Compresses <paramref name="source"/> and returns the length of the frame written to <paramref name="target"/>.</summary>
    /// <exception cref="InvalidOperationException">The target is smaller than <see cref="Bound"/> asks for.</exception>
    public int Compress(ReadOnlySpan<byte> source, Span<byte> target) => Compress(source, target, _level);

    /// <inheritdoc cref="Compress(ReadOnlySpan{byte}, Span{byte})"/>
    /// <param name="level">In place of the usual one.</param>
    public int Compress(ReadOnlySpan<byte> source, Span<byte> target, int level)
    {
        fixed (byte* s = source, t = target)
        {
            if (level != UsualLevel || _level != UsualLevel)
            {
                return (int)Checked(Zstd.Compress(handle, t, (nuint)target.Length, s, (nuint)source.Length, level));
            }

            SetTables(source.Length <= SmallTablesUpTo ? SmallTableLog : TableLog);
            return (int)Checked(Zstd.Compress(handle, t, (nuint)target.Length, s, (nuint)source.Length));
        }
    }

    private void SetTables(int log)
    {
        if (_tableLog != log)
        {
            Set(Zstd.Parameter.LongLog, log);
            Set(Zstd.Parameter.ShortLog, log);
            _tableLog = log;
        }
    }

    private void Set(Zstd.Parameter parameter, int value) => Checked(Zstd.SetParameter(handle, parameter, value));

    private static nuint Checked(nuint result) =>
        Zstd.IsError(result) == 0 ? result : throw new InvalidOperationException($"zstd: {Zstd.Describe(result)}");

    protected override bool ReleaseHandle() => Zstd.FreeCompressor(handle) == 0;
}
