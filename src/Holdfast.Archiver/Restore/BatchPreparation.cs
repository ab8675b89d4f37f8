using System.Collections.Concurrent;
using System.Threading.Channels;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Looks at what is there already of the files of each batch, and plans what is missing in rounds of at most 100,000 blobs, so that a huge file is
/// no huge plan. While the workers fetch one batch, the next is prepared, so that they do not wait for each other at its end; but no more than that,
/// because a batch is large in memory even where it is few reads. One batch at a time.
/// </summary>
internal sealed class BatchPreparation(
    IndexedRepository repository,
    RestoreOptions options,
    DirectoryPool pool,
    FileWriter writer,
    FileMetadata metadata)
{
    private const int MaxRound = 100_000;

    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), LinkGroup> _claimed = [];
    private RestoreBatch _before = new();
    private RestoreBatch _current = new();

    internal async Task RunAsync(ChannelReader<RestoreBatch> batches, ChannelWriter<BatchRead> reads, CancellationToken cancellation)
    {
        try
        {
            await foreach (RestoreBatch batch in batches.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                if (_before.Files.Count > 0) // the first two have none before them
                {
                    await _before.Fetched.WaitAsync(cancellation).ConfigureAwait(false);
                }

                (_before, _current) = (_current, batch);
                await PrepareAsync(batch, cancellation).ConfigureAwait(false);
                await PlanAsync(batch, reads, cancellation).ConfigureAwait(false);
                batch.EndRead();
            }
        }
        finally
        {
            reads.TryComplete();
        }
    }

    /// <summary>Removes what is there of files that are not whole. When all else has ended.</summary>
    internal void AbandonUnfinished()
    {
        foreach (RestoreFile file in _before.Files.Concat(_current.Files))
        {
            writer.Abandon(file);
        }
    }

    /// <summary>Settles every file that needs no blob.</summary>
    private async Task PrepareAsync(RestoreBatch batch, CancellationToken cancellation)
    {
        IEnumerable<RestoreFile> files = batch.Files.Where(f => options.DryRun || f.Existing is not null || f.Missing == 0 || !TryMeasure(f));
        var workers = new ParallelOptions { MaxDegreeOfParallelism = FetchWorkers.LocalWorkers, CancellationToken = cancellation };
        await Parallel.ForEachAsync(files, workers, (file, token) =>
        {
            Prepare(file, token);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
    }

    private void Prepare(RestoreFile file, CancellationToken cancellation)
    {
        if (file.IsSettled || !TryMeasure(file))
        {
            return;
        }

        if (IsThereAlready(file, cancellation))
        {
            writer.LeaveAlone(file, RestoreAction.Unchanged);
        }
        else if (options.DryRun)
        {
            writer.LeaveAlone(file, file.Existing is null ? RestoreAction.Restored : RestoreAction.Updated);
        }
        else if (file.Missing == 0)
        {
            writer.WriteEmpty(file);
        }
    }

    /// <summary>Finds the length of the content; false, with the file given up, where a blob is known nowhere.</summary>
    private bool TryMeasure(RestoreFile file)
    {
        if (file.Length > 0)
        {
            return true;
        }

        long length = 0;
        foreach (BlobId blob in file.Content)
        {
            if (!repository.Index.TryFind(blob, out BlobLocation location))
            {
                writer.Lose(file, $"{(BlobHandle)blob} is in no index: the repository is damaged; `holdfast check` tells how far");
                return false;
            }

            if (location.PlainLength > Limits.Blob || location.Length > Limits.Blob)
            {
                writer.Lose(file, $"{(BlobHandle)blob} is said to be larger than any blob can be");
                return false;
            }

            length += location.PlainLength;
        }

        file.Length = length;
        return true;
    }

    /// <summary>Whether the content is there; then the metadata are set at once.</summary>
    private bool IsThereAlready(RestoreFile file, CancellationToken cancellation)
    {
        if (file.Existing is not { Kind: FileKind.Regular } existing || existing.Size != file.Length || !MayClaim(file, existing))
        {
            return false;
        }

        try
        {
            using DirectoryLease lease = pool.Open(file.Directory);
            using LinuxFile open = lease.Handle.OpenFile(file.Node.Name);
            FileStatus status = open.Status();
            bool isTaken = options.Overwrite == OverwriteMode.IfChanged && status.ModifyTime == file.Node.ModifyTime;
            if (status.Kind != FileKind.Regular || status.Inode != existing.Inode
                || !(isTaken || ContentCheck.Matches(open, file.Content, repository.Index, cancellation)))
            {
                return false;
            }

            if (!options.DryRun)
            {
                metadata.ApplyToExisting(file, open, status);
            }

            return true;
        }
        catch (LinuxException e) when (!e.IsOutOfSpace)
        {
            return false; // what cannot be read is written anew
        }
    }

    /// <summary>
    /// A file that has other names here is taken for the one of the snapshot only if that has others too, and for one of
    /// them: otherwise files that the snapshot keeps apart would stay one.
    /// </summary>
    private bool MayClaim(RestoreFile file, FileStatus existing) =>
        existing.Links == 1
        || (file.Links is { } group && _claimed.GetOrAdd((existing.DeviceId, existing.Inode), group) == group);

    private async Task PlanAsync(RestoreBatch batch, ChannelWriter<BatchRead> reads, CancellationToken cancellation)
    {
        var plan = new BlobPlan();
        foreach (RestoreFile file in batch.Files.Where(f => !f.IsSettled))
        {
            long offset = 0;
            foreach (BlobId blob in file.Content)
            {
                repository.Index.TryFind(blob, out BlobLocation location);
                plan.Add(blob, location, file, offset);
                offset += location.PlainLength;
                if (plan.Count >= MaxRound)
                {
                    await HandOutAsync(batch, plan, reads, cancellation).ConfigureAwait(false);
                    plan = new();
                }
            }
        }

        await HandOutAsync(batch, plan, reads, cancellation).ConfigureAwait(false);
    }

    private static async Task HandOutAsync(RestoreBatch batch, BlobPlan plan, ChannelWriter<BatchRead> reads, CancellationToken cancellation)
    {
        foreach (PackStretch stretch in plan.Stretches())
        {
            batch.AddRead();
            await reads.WriteAsync(new(batch, stretch), cancellation).ConfigureAwait(false);
        }
    }
}
