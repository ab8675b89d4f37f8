namespace Holdfast.Repository;

/// <summary>Stores trees that were made of others.</summary>
internal static class TreeStorage
{
    /// <param name="writer">Null to store nothing.</param>
    /// <exception cref="Backend.BackupException"/>
    internal static async Task<TreeId> SaveAsync(IndexedRepository repository, BlobWriter? writer, ReadOnlyMemory<byte> encoded, CancellationToken cancellation)
    {
        var id = new TreeId(Hash256.Of(encoded.Span));
        if (writer is null)
        {
            return id;
        }

        BlobCodec codec = repository.Repository.RentCodec();
        try
        {
            await writer.SaveAsync(id, encoded, codec, cancellation).ConfigureAwait(false);
            return id;
        }
        finally
        {
            repository.Repository.ReturnCodec(codec);
        }
    }
}
