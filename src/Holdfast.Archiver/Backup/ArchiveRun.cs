using System.Collections.Concurrent;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What all workers of one run share.</summary>
internal sealed class ArchiveRun
{
    /// <summary>The least length of a chunk of <see cref="ChunkGrain.Fine"/>, in bytes; the greatest is 256 KiB, the average 96 KiB.</summary>
    internal const int FineMinSize = 32 << 10;

    private readonly Chunker _coarse;
    private readonly Chunker _fine;
    private readonly ConcurrentBag<byte[]> _chunkBuffers = [];
    private int _chunkBuffersMade;

    internal ArchiveRun(IndexedRepository repository, BackupOptions options, BackupProgress progress, BlobWriter? writer, CancellationToken cancellation)
    {
        Repository = repository;
        Options = options;
        Progress = progress;
        Writer = writer;
        Cancellation = cancellation;
        Nodes = new(options.WithAccessTime);
        Unseen = options.Parent is { } parent ? new(parent.Snapshot, options.IgnoreChangeTime) : null;
        _coarse = new(repository.Repository.Config.Polynomial);
        _fine = new(repository.Repository.Config.Polynomial, averageBits: 16, FineMinSize, maxSize: 256 << 10);
        Work = new(options.Workers);
    }

    internal IndexedRepository Repository { get; }

    internal BackupOptions Options { get; }

    internal BackupProgress Progress { get; }

    /// <summary>Null in a dry run.</summary>
    internal BlobWriter? Writer { get; }

    internal CancellationToken Cancellation { get; }

    internal NodeBuilder Nodes { get; }

    /// <summary>Null without a parent.</summary>
    internal UnseenWrites? Unseen { get; }

    internal WorkStack Work { get; }

    private long _otherItems;

    /// <summary>Entries found at or below the paths that the user named, other than files.</summary>
    internal long OtherItems => Volatile.Read(ref _otherItems);

    internal void CountOtherItem() => Interlocked.Increment(ref _otherItems);

    /// <summary>What is in the root of the snapshot, when all files are done; what sources make comes on top.</summary>
    internal IReadOnlyList<Node>? Root { get; set; }

    internal Chunker ChunkerFor(ChunkGrain grain) => grain == ChunkGrain.Fine ? _fine : _coarse;

    /// <summary>What the parent snapshot has in a directory; null where that cannot be read. It costs a full read of this directory, not the backup.</summary>
    /// <param name="path">Where that is, for a message.</param>
    internal async ValueTask<IReadOnlyList<Node>?> TryLoadPreviousAsync(TreeId? tree, Func<string> path)
    {
        if (tree is not { } id)
        {
            return [];
        }

        try
        {
            return await Repository.LoadTreeAsync(id, Cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unreachable)
        {
            Repository.Repository.Options.Warn($"{e.Message}; reading {path()} anew");
            return null;
        }
    }

    /// <summary>A buffer for chunks, to be given back when those in it are stored.</summary>
    internal byte[] RentChunkBuffer()
    {
        if (!_chunkBuffers.TryTake(out byte[]? buffer))
        {
            Interlocked.Increment(ref _chunkBuffersMade);
            buffer = GC.AllocateUninitializedArray<byte>(Chunker.MaxSize);
        }

        return buffer;
    }

    /// <summary>
    /// A buffer to go on with when the one in hand goes to another worker with its chunks; false where there are as many as
    /// workers already. This bounds the memory of chunks on their way.
    /// </summary>
    internal bool TryRentAnotherChunkBuffer(out byte[] buffer)
    {
        bool mayHave = !_chunkBuffers.IsEmpty || Volatile.Read(ref _chunkBuffersMade) < Options.Workers;
        buffer = mayHave ? RentChunkBuffer() : [];
        return mayHave;
    }

    internal void ReturnChunkBuffer(byte[] buffer) => _chunkBuffers.Add(buffer);
}
