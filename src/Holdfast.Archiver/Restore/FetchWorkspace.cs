using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// What one worker needs to fetch and decode: a codec, and memory for one stretch and for blobs that were decoded and wait to be proven together.
/// One thread at a time.
/// </summary>
internal sealed class FetchWorkspace(BlobCodec codec)
{
    /// <summary>Bytes, unless a single blob is larger: enough at once for what there usually is, so that no smaller buffers lie about; what is not touched costs nothing.</summary>
    private const int Usual = 8 << 20;

    private readonly List<DecodedBlob> _blobs = [];
    private Memory<byte> _stretch;
    private Memory<byte> _plain;

    internal BlobCodec Codec { get; } = codec;

    /// <summary>Those that wait, in the order in which they lie in <see cref="Plain"/>.</summary>
    internal IReadOnlyList<DecodedBlob> Blobs => _blobs;

    internal ReadOnlySpan<byte> Plain => _plain.Span;

    internal Memory<byte> Stretch(int length)
    {
        MakeRoom(ref _stretch, length);
        return _stretch[..length];
    }

    /// <summary>
    /// Memory for a blob: right behind the one before where it comes there in the file, too, or where the page cache takes its file; else as far behind the begin of
    /// a page as the place in the file. Null where there is none until those that wait are done.
    /// </summary>
    internal DecodedBlob? Place(BlobRequest request)
    {
        int start = (int)(request.Offset & (Environment.SystemPageSize - 1));
        if (_blobs is [.., var last])
        {
            int page = Environment.SystemPageSize;
            start = last.IsFollowedBy(request) || request.File.Length < FileWriter.LeastPastCache ? last.End : ((last.End + page - 1) & -page) + start;
            if (start + (long)request.Location.PlainLength > _plain.Length)
            {
                return null;
            }
        }

        var place = new DecodedBlob(request, start, (int)request.Location.PlainLength);
        MakeRoom(ref _plain, place.End);
        return place;
    }

    internal Span<byte> RoomFor(DecodedBlob blob) => _plain.Span[blob.Range];

    internal void Add(DecodedBlob blob) => _blobs.Add(blob);

    internal void Clear() => _blobs.Clear();

    private static void MakeRoom(ref Memory<byte> buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = Pages.Allocate((int)Math.Min(Array.MaxLength - Environment.SystemPageSize, Math.Max(Usual, length + (length / 4L))));
        }
    }
}
