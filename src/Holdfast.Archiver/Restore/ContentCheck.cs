using System.Buffers;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Compares a file with the hashes of what it should hold, one blob in memory at a time.</summary>
internal static class ContentCheck
{
    /// <summary>Whether the file holds exactly this content.</summary>
    /// <exception cref="LinuxException"/>
    internal static bool Matches(LinuxFile file, BlobId[] content, BlobIndex index, CancellationToken cancellation)
    {
        long offset = 0;
        file.AdviseSequential();
        foreach (BlobId blob in content)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!index.TryFind(blob, out BlobLocation location) || location.PlainLength > Limits.Blob
                || !Matches(file, blob, offset, (int)location.PlainLength))
            {
                return false;
            }

            offset += location.PlainLength;
        }

        return file.Status().Size == offset;
    }

    private static bool Matches(LinuxFile file, BlobId blob, long offset, int length)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> found = buffer.AsSpan(0, length);
            return file.ReadAt(found, offset) == length && Hash256.Of(found) == blob.Hash;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
