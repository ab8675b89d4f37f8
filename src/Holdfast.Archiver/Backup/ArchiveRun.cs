using System.Collections.Concurrent;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What all workers of one run share.</summary>
internal sealed class ArchiveRun
{
    private readonly ConcurrentBag<byte[]> _spareBuffers = [];
    private int _sparesMade;

    internal ArchiveRun(IndexedRepository repository, BackupOptions options, BackupProgress progress, BlobWriter? writer, CancellationToken cancellation)
    {
        Repository = repository;
        Options = options;
        Progress = progress;
        Writer = writer;
        Cancellation = cancellation;
        Nodes = new(options.WithAccessTime);
        Chunker = new(repository.Repository.Config.Polynomial);
        Work = new(options.Workers);
    }

    internal IndexedRepository Repository { get; }

    internal BackupOptions Options { get; }

    internal BackupProgress Progress { get; }

    /// <summary>Null in a dry run.</summary>
    internal BlobWriter? Writer { get; }

    internal CancellationToken Cancellation { get; }

    internal NodeBuilder Nodes { get; }

    internal Chunker Chunker { get; }

    internal WorkStack Work { get; }

    internal AllocationPacing Pacing { get; } = new();

    private long _otherItems;

    /// <summary>Entries found at or below the paths that the user named, other than files.</summary>
    internal long OtherItems => Volatile.Read(ref _otherItems);

    internal void CountOtherItem() => Interlocked.Increment(ref _otherItems);

    /// <summary>The tree of everything, when all is done.</summary>
    internal TreeId? Root { get; set; }

    /// <summary>
    /// A buffer for a chunk beside the workers' own, one fewer than there are workers; false where all are out. This bounds the memory of
    /// chunks on their way from one worker to another.
    /// </summary>
    internal bool TryRentChunkBuffer(out byte[] buffer)
    {
        if (_spareBuffers.TryTake(out buffer!))
        {
            return true;
        }

        if (Interlocked.Increment(ref _sparesMade) >= Options.Workers)
        {
            Interlocked.Decrement(ref _sparesMade);
            return false;
        }

        buffer = NewChunkBuffer();
        return true;
    }

    internal void ReturnChunkBuffer(byte[] buffer) => _spareBuffers.Add(buffer);

    internal static byte[] NewChunkBuffer() => GC.AllocateUninitializedArray<byte>(Holdfast.Repository.Chunker.MaxSize);
}
