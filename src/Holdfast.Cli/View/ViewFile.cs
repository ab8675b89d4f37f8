using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.View;

/// <summary>An open file of the view: its bytes at any place. Several may read at once.</summary>
internal sealed class ViewFile
{
    private readonly ViewContent _content;
    private readonly BlobId[] _blobs;
    private readonly long[] _ends;
    private int _last = -1;

    private ViewFile(ViewContent content, BlobId[] blobs, long[] ends)
    {
        _content = content;
        _blobs = blobs;
        _ends = ends;
    }

    /// <summary>In bytes.</summary>
    internal long Length => _ends is [.., var end] ? end : 0;

    /// <exception cref="BackupException">Kind Corrupt: a part of it is not there, or it has another size than the snapshot says.</exception>
    internal static ViewFile Open(ViewContent content, Node node)
    {
        BlobId[] blobs = node.Content ?? [];
        var ends = new long[blobs.Length];
        long end = 0;
        for (int i = 0; i < blobs.Length; i++)
        {
            end += content.Repository.Index.TryFind(blobs[i], out BlobLocation place)
                ? place.PlainLength
                : throw Damaged(node, $"{(BlobHandle)blobs[i]} ({blobs[i]}) is in no index: the repository is damaged");
            ends[i] = end;
        }

        return (ulong)end == node.Size
            ? new(content, blobs, ends)
            : throw Damaged(node, $"its blobs hold {end} bytes and not {node.Size}: the snapshot is damaged");
    }

    /// <summary>Fills the buffer from an offset; returns fewer bytes only where the file ends.</summary>
    /// <exception cref="BackupException">Kind Corrupt.</exception>
    internal async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer)
    {
        int done = 0;
        for (int blob = offset < Length ? IndexAt(offset) : _blobs.Length; done < buffer.Length && blob < _blobs.Length; blob++)
        {
            byte[] plain = await _content.LoadBlobAsync(_blobs[blob]);
            ReadAhead(blob);
            int start = (int)(offset + done - (_ends[blob] - plain.Length));
            int count = Math.Min(plain.Length - start, buffer.Length - done);
            plain.AsMemory(start, count).CopyTo(buffer[done..]);
            done += count;
        }

        return done;
    }

    /// <summary>Where somebody reads on from blob to blob, the next is loaded already; who jumps about would only pay for it.</summary>
    private void ReadAhead(int blob)
    {
        int last = Interlocked.Exchange(ref _last, blob);
        if (blob + 1 < _blobs.Length && (blob == last || blob == last + 1))
        {
            // Not waited for: whoever reads it next meets its failure, and the content's end stops it.
            _content.LoadBlobAsync(_blobs[blob + 1]).ContinueWith(
                static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>The blob that holds this offset, or their number where it is at the end or beyond.</summary>
    private int IndexAt(long offset)
    {
        int index = Array.BinarySearch(_ends, offset + 1);
        return index >= 0 ? FirstOf(index) : ~index;
    }

    /// <summary>An empty blob ends where the one before it does.</summary>
    private int FirstOf(int index)
    {
        while (index > 0 && _ends[index - 1] == _ends[index])
        {
            index--;
        }

        return index;
    }

    private static BackupException Damaged(Node node, string what) =>
        BackupException.Corrupt($"{PathText.Printable(node.NameText)} cannot be read: {what}");
}
