using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>
/// Compresses whole buffers into single zstd frames that state their content size. One thread at a time.
/// Memory: about 1.5 MB at level 1, 3.5 MB at level 3, 90 MB at level 19.
/// </summary>
public sealed unsafe class ZstdCompressor : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly int _level;

    /// <param name="level">zstd's own scale, 1 (fastest) to 19.</param>
    /// <exception cref="NativeLibraryMissingException"/>
    public ZstdCompressor(int level)
        : base(ownsHandle: true)
    {
        Zstd.Load();
        _level = level;
        SetHandle(Zstd.CreateCompressor());
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
            nuint result = Zstd.Compress(handle, t, (nuint)target.Length, s, (nuint)source.Length, level);
            return Zstd.IsError(result) == 0
                ? (int)result
                : throw new InvalidOperationException($"zstd: {Zstd.Describe(result)}");
        }
    }

    protected override bool ReleaseHandle() => Zstd.FreeCompressor(handle) == 0;
}
