using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Fetches a stretch of a pack, opens its blobs, proves them, and writes each to every place that wants it. Thread-safe.</summary>
internal sealed class StretchReader(IndexedRepository repository, FileWriter writer)
{
    internal async ValueTask RunAsync(PackStretch stretch, FetchWorkspace workspace, CancellationToken cancellation)
    {
        workspace.Clear(); // a stretch that failed may have left some
        Memory<byte> room = await ReadAsync(stretch, workspace, cancellation).ConfigureAwait(false);
        foreach (BlobRequest request in stretch.Requests)
        {
            cancellation.ThrowIfCancellationRequested();
            if (workspace.Place(request) is not { } place)
            {
                await WriteDecodedAsync(workspace, cancellation).ConfigureAwait(false);
                place = workspace.Place(request)!.Value;
            }

            int start = (int)(request.Location.Offset - stretch.Offset);
            if (start + (long)request.Location.Length <= room.Length && workspace.Codec.TryDecode(
                room.Span.Slice(start, (int)request.Location.Length), request.Location, workspace.RoomFor(place)))
            {
                workspace.Add(place);
            }
            else
            {
                await WriteFromElsewhereAsync(request, cancellation).ConfigureAwait(false);
            }
        }

        await WriteDecodedAsync(workspace, cancellation).ConfigureAwait(false);
    }

    /// <summary>Proves and writes what was decoded: together, because several hashes at once take less time, and neighbours in a file need one write.</summary>
    private async ValueTask WriteDecodedAsync(FetchWorkspace workspace, CancellationToken cancellation)
    {
        IReadOnlyList<DecodedBlob> blobs = workspace.Blobs;
        var hashes = new Hash256[blobs.Count];
        Hash256.Of(workspace.Plain, [.. blobs.Select(b => b.Range)], hashes);
        for (int first = 0, end; first < blobs.Count; first = end)
        {
            cancellation.ThrowIfCancellationRequested();
            end = first + 1;
            if (hashes[first] != blobs[first].Request.Blob.Hash)
            {
                await WriteFromElsewhereAsync(blobs[first].Request, cancellation).ConfigureAwait(false);
                continue;
            }

            while (end < blobs.Count && hashes[end] == blobs[end].Request.Blob.Hash && blobs[end - 1].IsFollowedBy(blobs[end].Request))
            {
                end++;
            }

            Write(blobs[first].Request, workspace.Plain[blobs[first].Start..blobs[end - 1].End], end - first, cancellation);
        }

        workspace.Clear();
    }

    /// <summary>
    /// Returns what there is of the stretch; nothing where the pack cannot be read, so that each of its blobs is looked for elsewhere.
    /// Whole pages are asked for, which a local disk gives past the cache.
    /// </summary>
    private async ValueTask<Memory<byte>> ReadAsync(PackStretch stretch, FetchWorkspace workspace, CancellationToken cancellation)
    {
        int page = Environment.SystemPageSize;
        int lead = (int)(stretch.Offset & (page - 1));
        Memory<byte> room = workspace.Stretch((lead + stretch.Length + page - 1) & -page);
        try
        {
            var file = new BackendFile(FileType.Pack, stretch.Pack.ToString());
            int read = await repository.Repository.Backend.ReadAsync(file, stretch.Offset - lead, room, cancellation).ConfigureAwait(false);
            return room[Math.Min(lead, read)..read];
        }
        catch (BackupException)
        {
            return default;
        }
    }

    /// <summary>The slow way for what is damaged: every place that holds the blob, one after another.</summary>
    private async ValueTask WriteFromElsewhereAsync(BlobRequest request, CancellationToken cancellation)
    {
        byte[] plain;
        try
        {
            plain = await repository.LoadBlobAsync(request.Blob, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            for (BlobRequest? wanted = request; wanted is not null; wanted = wanted.Next)
            {
                writer.Lose(wanted.File, e.Message);
            }

            return;
        }

        Write(request, plain, 1, cancellation);
    }

    /// <param name="plain">The request's blob, and with it those that come behind it.</param>
    private void Write(BlobRequest request, ReadOnlySpan<byte> plain, int blobs, CancellationToken cancellation)
    {
        for (BlobRequest? wanted = request; wanted is not null; wanted = wanted.Next)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.Write(wanted.File, wanted.Offset, plain, blobs);
        }
    }
}
