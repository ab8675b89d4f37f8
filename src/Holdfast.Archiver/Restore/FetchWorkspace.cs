using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What one worker needs to fetch and decode: a codec, and memory for one stretch and one blob. One thread at a time.</summary>
internal sealed class FetchWorkspace(BlobCodec codec)
{
    private byte[] _stretch = [];
    private byte[] _plain = [];

    internal BlobCodec Codec { get; } = codec;

    internal Memory<byte> Stretch(int length) => Room(ref _stretch, length);

    internal Memory<byte> Plain(int length) => Room(ref _plain, length);

    private static Memory<byte> Room(ref byte[] buffer, int length)
    {
        // Large enough at once for what there usually is, so that no smaller buffers lie about; what is not touched costs nothing.
        const int least = 8 << 20;
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(Array.MaxLength, Math.Max(least, length + (length / 4L))));
        }

        return buffer.AsMemory(0, length);
    }
}
