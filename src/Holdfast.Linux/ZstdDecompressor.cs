using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>Unpacks single zstd frames into buffers of known size. One thread at a time.</summary>
public sealed unsafe class ZstdDecompressor : SafeHandleZeroOrMinusOneIsInvalid
{
    private const ulong UnknownSize = ulong.MaxValue;
    private const ulong NotAFrame = ulong.MaxValue - 1;

    /// <exception cref="NativeLibraryMissingException"/>
    public ZstdDecompressor()
        : base(ownsHandle: true)
    {
        Zstd.Load();
        SetHandle(Zstd.CreateDecompressor());
    }

    /// <summary>The size a frame says it unpacks to, in bytes; null where it does not say or where this is no frame. Not to be trusted.</summary>
    public static ulong? ContentSize(ReadOnlySpan<byte> frame)
    {
        fixed (byte* f = frame)
        {
            ulong size = Zstd.FrameContentSize(f, (nuint)frame.Length);
            return size is UnknownSize or NotAFrame ? null : size;
        }
    }

    /// <summary>Unpacks a frame; false where it is damaged or does not fit <paramref name="target"/>.</summary>
    public bool TryDecompress(ReadOnlySpan<byte> frame, Span<byte> target, out int written) =>
        TryDecompress(frame, target, out written, out _);

    /// <param name="isTargetTooSmall">Where it is false: whether a larger target may hold the content.</param>
    /// <inheritdoc cref="TryDecompress(ReadOnlySpan{byte}, Span{byte}, out int)"/>
    public bool TryDecompress(ReadOnlySpan<byte> frame, Span<byte> target, out int written, out bool isTargetTooSmall)
    {
        fixed (byte* f = frame, t = target)
        {
            nuint result = Zstd.Decompress(handle, t, (nuint)target.Length, f, (nuint)frame.Length);
            bool good = !frame.IsEmpty && Zstd.IsError(result) == 0; // libzstd takes nothing for a whole frame
            written = good ? (int)result : 0;
            isTargetTooSmall = !good && Zstd.ErrorCode(result) == Zstd.TargetTooSmall;
            return good;
        }
    }

    protected override bool ReleaseHandle() => Zstd.FreeDecompressor(handle) == 0;
}
