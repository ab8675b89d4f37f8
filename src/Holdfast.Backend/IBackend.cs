namespace Holdfast.Backend;

/// <summary>
/// Where a repository's files lie. Every implementation keeps the same contract, and is safe for concurrent use:
/// a file is there whole or not at all; once <see cref="SaveAsync"/> has returned, it is durable (D1).
/// Failures are <see cref="BackupException"/>.
/// </summary>
public interface IBackend : IAsyncDisposable
{
    /// <summary>For messages: where this is, without secrets.</summary>
    string Location { get; }

    /// <summary>How many calls are worth making at the same time.</summary>
    int Connections { get; }

    /// <summary>
    /// Whether a listing shows every file whose <see cref="SaveAsync"/>, by whomever, had returned before the listing began.
    /// Storage across a network may take its time.
    /// </summary>
    bool ShowsAtOnce => false;

    /// <summary>Makes the folders of an empty repository; those that exist stay as they are.</summary>
    Task CreateAsync(CancellationToken cancellation);

    /// <summary>Stores a file durably, atomically, in place of one of the same name; but a config that is there stays.</summary>
    /// <exception cref="BackupException">Kind Refused: there is a config already.</exception>
    Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>
    /// Begins a file whose content is not known yet, and which shall not wait in memory until it is; null where the storage cannot,
    /// because it wants a name first or could leave something behind.
    /// </summary>
    FileDraft? TryBegin(FileType type) => null;

    /// <summary>Puts another config in place of the one that is there: durably, and in one step, so that there always is one (D17).</summary>
    /// <exception cref="BackupException">Kind NotFound: there is none.</exception>
    Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>The size of a file in bytes, or null where there is none.</summary>
    Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation);

    /// <summary>When a file was written, by the clock of the storage; null where that is not known, or where there is no such file.</summary>
    Task<DateTimeOffset?> FindTimeAsync(BackendFile file, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    /// <summary>Fills the buffer from an offset; returns fewer bytes only where the file ends.</summary>
    /// <exception cref="BackupException">Kind NotFound where there is no such file.</exception>
    Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>All files of a type, in no order; foreign files in the same place are passed over.</summary>
    IAsyncEnumerable<BackendEntry> ListAsync(FileType type, CancellationToken cancellation);

    /// <summary>Whether there is a place for files of a type. Only where it can be lost by itself, as a folder can, is it ever false.</summary>
    Task<bool> HasPlaceAsync(FileType type, CancellationToken cancellation) => Task.FromResult(true);

    /// <summary>Removes a file; one that is not there is no error.</summary>
    Task RemoveAsync(BackendFile file, CancellationToken cancellation);

    /// <summary>Bytes that may still be stored; null where that is not known, or not a disk of this machine to be filled.</summary>
    Task<long?> FindFreeSpaceAsync(CancellationToken cancellation) => Task.FromResult<long?>(null);
}
