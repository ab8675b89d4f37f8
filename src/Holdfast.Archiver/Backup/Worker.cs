using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// One of the run's workers, with what it needs for itself: a codec, a tree encoder, a buffer of 8 MiB for content. All
/// steps for a chunk happen on one worker, all but the search for its end one right after another.
/// </summary>
internal sealed class Worker : IDisposable
{
    private readonly BlobCodec _codec;

    internal Worker(ArchiveRun run)
    {
        Run = run;
        _codec = run.Repository.Repository.RentCodec();
        Trees = new(TimeZoneInfo.Local);
        Content = new(this);
    }

    internal ArchiveRun Run { get; }

    internal TreeWriter Trees { get; }

    internal ContentReader Content { get; }

    /// <summary>Takes jobs until there are no more.</summary>
    internal async Task WorkAsync()
    {
        try
        {
            while (await Run.Work.TakeAsync().ConfigureAwait(false) is { } job)
            {
                Run.Cancellation.ThrowIfCancellationRequested();
                await job.RunAsync(this).ConfigureAwait(false);
            }
        }
        catch
        {
            Run.Work.End();
            throw;
        }
    }

    /// <summary>Stores a tree unless it is there.</summary>
    /// <param name="nodes">In byte order of their names.</param>
    /// <param name="doubtful">Whether what the repository has of it must be proven first.</param>
    internal async ValueTask<TreeId> SaveTreeAsync(IReadOnlyList<Node> nodes, bool doubtful)
    {
        ReadOnlyMemory<byte> encoded = Trees.Encode(nodes);
        var id = new TreeId(Hash256.Of(encoded.Span));
        if (doubtful)
        {
            await DoubtAsync(id).ConfigureAwait(false);
        }

        await SaveAsync(id, encoded).ConfigureAwait(false);
        return id;
    }

    /// <summary>Has a tree stored once more where no known place gives it back, or the new snapshot would need the damaged one.</summary>
    private async ValueTask DoubtAsync(TreeId id)
    {
        try
        {
            if (Run.Repository.Index.Contains(id))
            {
                await Run.Repository.LoadTreeAsync(id, Run.Cancellation).ConfigureAwait(false);
            }
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unreachable)
        {
            Run.Repository.Index.Distrust(id);
        }
    }

    /// <summary>Stores a blob unless it is there, and counts it.</summary>
    /// <param name="trial">That of the file that the blob is from, if it is one of several.</param>
    internal async ValueTask SaveAsync(BlobHandle blob, ReadOnlyMemory<byte> plain, CompressionTrial? trial = null)
    {
        if (Run.Writer is null)
        {
            if (Run.Repository.Index.TryClaimForCounting(blob))
            {
                Run.Progress.AddBlob(blob.Type == BlobType.Tree, plain.Length, 0);
            }

            return;
        }

        SavedBlob saved = await Run.Writer.SaveAsync(blob, plain, _codec, trial, Run.Cancellation).ConfigureAwait(false);
        if (saved.IsNew)
        {
            Run.Progress.AddBlob(blob.Type == BlobType.Tree, plain.Length, saved.StoredLength);
        }
    }

    public void Dispose() => Run.Repository.Repository.ReturnCodec(_codec);
}
