namespace Holdfast.Repository;

/// <summary>A place where blobs may be found that a repository has lost.</summary>
public interface IBlobSource
{
    /// <summary>The encoded form of a tree; null where it is not here.</summary>
    /// <exception cref="Backend.BackupException">The source cannot be asked at all.</exception>
    ValueTask<byte[]?> FindTreeAsync(TreeId id, CancellationToken cancellation);

    /// <summary>Brings what there is of file content, one blob after another, each at most once.</summary>
    /// <param name="found">Given a blob and its plain content, which is valid until it returns.</param>
    /// <exception cref="Backend.BackupException">The source cannot be asked at all.</exception>
    Task FindAsync(IReadOnlySet<BlobId> wanted, Func<BlobId, ReadOnlyMemory<byte>, ValueTask> found, CancellationToken cancellation);
}
