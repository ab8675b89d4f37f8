using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What one worker needs to fetch and decode: a codec, and memory for one stretch and one blob. One thread at a time.</summary>
internal sealed class FetchWorkspace(BlobCodec codec)
{
    private Memory<byte> _stretch;
    private Memory<byte> _plain;

    internal BlobCodec Codec { get; } = codec;

    internal Memory<byte> Stretch(int length) => Room(ref _stretch, 0, length);

    /// <summary>Memory for a blob, as far behind the begin of a page as the place in a file that it is for.</summary>
    internal Memory<byte> Plain(int length, long offset) => Room(ref _plain, (int)(offset & (Environment.SystemPageSize - 1)), length);

    private static Memory<byte> Room(ref Memory<byte> buffer, int begin, int length)
    {
        // Large enough at once for what there usually is, so that no smaller buffers lie about; what is not touched costs nothing.
        const int least = 8 << 20;
        int end = begin + length;
        if (buffer.Length < end)
        {
            buffer = Pages.Allocate((int)Math.Min(Array.MaxLength - Environment.SystemPageSize, Math.Max(least, end + (end / 4L))));
        }

        return buffer[begin..end];
    }
}
