using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What one worker needs to fetch and decode: a codec, and memory for one stretch and one blob. One thread at a time.</summary>
internal sealed class FetchWorkspace(BlobCodec codec)
{
    /// <summary>Large enough at once for what there usually is, so that no smaller buffers lie about; what is not touched costs nothing.</summary>
    private const int UsualLength = 8 << 20;

    private Memory<byte> _stretch;
    private Memory<byte> _plain;

    internal BlobCodec Codec { get; } = codec;

    internal Memory<byte> Stretch(int length) => Room(ref _stretch, length);

    /// <summary>Memory for a blob that goes to an offset of a file, lying as the offset does, so that it can be written past the cache.</summary>
    internal Memory<byte> Plain(int length, long offset)
    {
        int phase = (int)(offset & (Environment.SystemPageSize - 1));
        return Room(ref _plain, length + phase)[phase..];
    }

    private static Memory<byte> Room(ref Memory<byte> buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = Pages.Allocate(Math.Max(UsualLength + Environment.SystemPageSize, length + (length / 4)));
        }

        return buffer[..length];
    }
}
