using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Fetches a stretch of a pack, opens its blobs, and writes each to every place that wants it. Thread-safe.</summary>
internal sealed class StretchReader(IndexedRepository repository, FileWriter writer)
{
    internal async ValueTask RunAsync(PackStretch stretch, FetchWorkspace workspace, CancellationToken cancellation)
    {
        Memory<byte> room = await ReadAsync(stretch, workspace, cancellation).ConfigureAwait(false);
        foreach (BlobRequest request in stretch.Requests)
        {
            cancellation.ThrowIfCancellationRequested();
            BlobLocation location = request.Location;
            Memory<byte> plain = workspace.Plain((int)location.PlainLength, request.Offset);
            int start = (int)(location.Offset - stretch.Offset);
            bool isGood = start + (long)location.Length <= room.Length && IndexedRepository.Decode(
                request.Blob, location, room.Span.Slice(start, (int)location.Length), plain.Span, workspace.Codec) is null;
            if (isGood)
            {
                Write(request, plain.Span, cancellation);
            }
            else
            {
                await WriteFromElsewhereAsync(request, cancellation).ConfigureAwait(false);
            }
        }
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

        Write(request, plain, cancellation);
    }

    private void Write(BlobRequest request, ReadOnlySpan<byte> plain, CancellationToken cancellation)
    {
        for (BlobRequest? wanted = request; wanted is not null; wanted = wanted.Next)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.Write(wanted.File, wanted.Offset, plain);
        }
    }
}
