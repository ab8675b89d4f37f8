using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A blob that is wanted, by one file or, chained, by several.</summary>
internal sealed class BlobRequest(BlobId blob, BlobLocation location, RestoreFile file, long offset)
{
    internal BlobId Blob { get; } = blob;

    internal BlobLocation Location { get; } = location;

    internal RestoreFile File { get; } = file;

    /// <summary>Where in the file, in bytes.</summary>
    internal long Offset { get; } = offset;

    /// <summary>Who else wants the same blob.</summary>
    internal BlobRequest? Next { get; set; }
}
