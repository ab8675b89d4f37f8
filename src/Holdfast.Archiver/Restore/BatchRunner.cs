using System.Collections.Concurrent;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Restores the files of a batch: looks at what is there already, then fetches what is missing in rounds of at most 100,000
/// blobs, so that a huge file is no huge plan. One batch at a time; three workers more than there are processors, or as many as the
/// backend has connections if those are more. Memory: two buffers of 8 MiB, or of one blob if that is larger, for each worker.
/// </summary>
internal sealed class BatchRunner(IndexedRepository repository, RestoreOptions options, DirectoryPool pool, FileWriter writer, FileMetadata metadata)
    : IDisposable
{
    private const int MaxRound = 100_000;

    private readonly StretchReader _reader = new(repository, writer);
    private readonly ConcurrentBag<FetchWorkspace> _workspaces = [];
    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), LinkGroup> _claimed = [];

    // Three more than there are processors: some always wait, for the disk, from which packs come and to which large pieces go directly, and
    // for one another, where they write to one large file.
    private readonly int _workers = Math.Max(Environment.ProcessorCount + 3, repository.Repository.Backend.Connections);

    internal async Task RunAsync(RestoreBatch batch, CancellationToken cancellation)
    {
        try
        {
            await PrepareAsync(batch, cancellation).ConfigureAwait(false);
            await FetchAllAsync(batch, cancellation).ConfigureAwait(false);
        }
        finally
        {
            foreach (RestoreFile file in batch.Files)
            {
                writer.Abandon(file);
            }
        }
    }

    public void Dispose()
    {
        while (_workspaces.TryTake(out FetchWorkspace? workspace))
        {
            repository.Repository.ReturnCodec(workspace.Codec);
        }
    }

    private ParallelOptions Workers(CancellationToken cancellation) =>
        new() { MaxDegreeOfParallelism = _workers, CancellationToken = cancellation };

    /// <summary>Settles every file that needs no blob.</summary>
    private async Task PrepareAsync(RestoreBatch batch, CancellationToken cancellation)
    {
        IEnumerable<RestoreFile> files = batch.Files.Where(f => options.DryRun || f.Existing is not null || f.Missing == 0 || !TryMeasure(f));
        await Parallel.ForEachAsync(files, Workers(cancellation), (file, token) =>
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

    private async Task FetchAllAsync(RestoreBatch batch, CancellationToken cancellation)
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
                    await FetchAsync(plan, cancellation).ConfigureAwait(false);
                }
            }
        }

        await FetchAsync(plan, cancellation).ConfigureAwait(false);
    }

    private async Task FetchAsync(BlobPlan plan, CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(plan.Stretches(), Workers(cancellation), async (stretch, token) =>
        {
            if (!_workspaces.TryTake(out FetchWorkspace? workspace))
            {
                workspace = new(repository.Repository.RentCodec());
            }

            try
            {
                await _reader.RunAsync(stretch, workspace, token).ConfigureAwait(false);
            }
            finally
            {
                _workspaces.Add(workspace);
            }
        }).ConfigureAwait(false);
        plan.Clear();
    }
}
