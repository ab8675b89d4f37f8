using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Blobs from a second repository, whatever its key: they have the same names there.</summary>
public sealed class RepositorySource(IndexedRepository repository) : IBlobSource
{
    public ValueTask<byte[]?> FindTreeAsync(TreeId id, CancellationToken cancellation) => TryLoadAsync(id, cancellation);

    public async Task FindAsync(IReadOnlySet<BlobId> wanted, Func<BlobId, ReadOnlyMemory<byte>, ValueTask> found, CancellationToken cancellation)
    {
        // As they lie in the packs, so that a disk reads forward.
        BlobId[] sorted = [.. wanted
            .Select(id => (Id: id, IsHere: repository.Index.TryFind(id, out BlobLocation place), Place: place))
            .Where(b => b.IsHere).OrderBy(b => b.Place.Pack.Hash).ThenBy(b => b.Place.Offset).Select(b => b.Id)];
        foreach (BlobId id in sorted)
        {
            if (await TryLoadAsync(id, cancellation).ConfigureAwait(false) is { } plain)
            {
                await found(id, plain).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<byte[]?> TryLoadAsync(BlobHandle blob, CancellationToken cancellation)
    {
        try
        {
            return repository.Index.Contains(blob) ? await repository.LoadBlobAsync(blob, cancellation).ConfigureAwait(false) : null;
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.Unreachable)
        {
            repository.Repository.Options.Warn(e.Message); // damaged there, too, or on a bad sector
            return null;
        }
    }
}
