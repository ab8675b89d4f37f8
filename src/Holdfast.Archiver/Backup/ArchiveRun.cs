using System.Collections.Concurrent;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What all workers of one run share.</summary>
internal sealed class ArchiveRun
{
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

    private long _otherItems;

    /// <summary>Entries found at or below the paths that the user named, other than files.</summary>
    internal long OtherItems => Volatile.Read(ref _otherItems);

    internal void CountOtherItem() => Interlocked.Increment(ref _otherItems);

    /// <summary>The tree of everything, when all is done.</summary>
    internal TreeId? Root { get; set; }

    /// <summary>A buffer for the chunks of a file, to be given back when the file is read.</summary>
    internal byte[] RentChunkBuffer()
    {
        if (!_chunkBuffers.TryTake(out byte[]? buffer))
        {
            Interlocked.Increment(ref _chunkBuffersMade);
            buffer = GC.AllocateUninitializedArray<byte>(Holdfast.Repository.Chunker.MaxSize);
        }

        return buffer;
    }

    /// <summary>
    /// A buffer to go on with when the one in hand goes to another worker with its chunk; false where there are as many as
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
