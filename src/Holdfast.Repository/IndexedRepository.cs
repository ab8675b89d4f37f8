using System.Buffers;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>A repository whose index is known, so that blobs can be found. Thread-safe.</summary>
public sealed class IndexedRepository
{
    internal IndexedRepository(OpenRepository repository, BlobIndex index)
    {
        Repository = repository;
        Index = index;
    }

    public OpenRepository Repository { get; }

    public BlobIndex Index { get; }

    /// <summary>Begins storing blobs. One writer at a time; dispose it before the repository.</summary>
    public BlobWriter StartWriting() => new(Repository, Index);

    /// <summary>The nodes of a directory.</summary>
    /// <exception cref="BackupException">Kind Corrupt.</exception>
    public async ValueTask<List<Node>> LoadTreeAsync(TreeId id, CancellationToken cancellation)
    {
        byte[] encoded = await LoadBlobAsync(id, cancellation).ConfigureAwait(false);
        return TreeReader.Decode(encoded, id);
    }

    /// <summary>The plain content of a blob, proven by its hash.</summary>
    /// <exception cref="BackupException">Kind Corrupt: no place that holds the blob gives it back whole. Unreachable: one of them could not be asked.</exception>
    public async ValueTask<byte[]> LoadBlobAsync(BlobHandle blob, CancellationToken cancellation)
    {
        IReadOnlyList<BlobLocation> places = Index.FindAll(blob);
        if (places.Count == 0)
        {
            throw BackupException.Corrupt($"{blob} ({blob.Hash}) is in no index: the repository is damaged; `holdfast check` tells how far");
        }

        string reason = string.Empty;
        BackupException? unreachable = null;
        foreach (BlobLocation place in places)
        {
            var plain = new byte[place.PlainLength];
            try
            {
                if (await TryLoadAsync(blob, place, plain, cancellation).ConfigureAwait(false) is not { } failure)
                {
                    return plain;
                }

                reason = failure;
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Unreachable)
            {
                unreachable ??= e; // a bad sector, or a storage that is away just now: the other place may lie elsewhere
            }
        }

        // What could not be asked may have the blob yet, so nobody may take it for lost.
        throw unreachable is null
            ? BackupException.Corrupt($"{blob} ({blob.Hash}) cannot be read: {reason}")
            : new BackupException(unreachable.Kind, unreachable.Message, unreachable, unreachable.IsTransient);
    }

    /// <summary>Whether a place gives its blob back: read from the repository itself, whatever the cache has.</summary>
    /// <exception cref="BackupException">Kind Unreachable.</exception>
    internal async ValueTask<bool> ProveAsync(PackEntry entry, CancellationToken cancellation) => await TryReadAsync(
        new(FileType.Pack, entry.Location.Pack.ToString()), entry.Blob, entry.Location, new byte[entry.Location.PlainLength], cancellation).ConfigureAwait(false) is null;

    /// <summary>Opens a blob that was read as part of a larger stretch of its pack; null where it is good, else what is wrong with it.</summary>
    /// <param name="message">The sealed blob; destroyed.</param>
    /// <param name="plain">Exactly the plain length of the blob.</param>
    public static string? Decode(BlobHandle blob, in BlobLocation place, Span<byte> message, Span<byte> plain, BlobCodec codec) =>
        !codec.TryDecode(message, place, plain) ? $"pack {place.Pack} is damaged at byte {place.Offset}"
        : Hash256.Of(plain) != blob.Hash ? $"pack {place.Pack} holds other content at byte {place.Offset} than the index says"
        : null;

    private async ValueTask<string?> TryLoadAsync(BlobHandle blob, BlobLocation place, byte[] plain, CancellationToken cancellation)
    {
        var file = new BackendFile(FileType.Pack, place.Pack.ToString()) { HoldsTrees = blob.Type == BlobType.Tree };
        string? failure = await TryReadAsync(file, blob, place, plain, cancellation).ConfigureAwait(false);
        if (failure is not null && Repository.Backend is CacheBackend cache && cache.Drop(file))
        {
            failure = await TryReadAsync(file, blob, place, plain, cancellation).ConfigureAwait(false);
        }

        return failure;
    }

    private async ValueTask<string?> TryReadAsync(
        BackendFile file, BlobHandle blob, BlobLocation place, byte[] plain, CancellationToken cancellation)
    {
        int length = (int)place.Length;
        byte[] message = ArrayPool<byte>.Shared.Rent(length);
        BlobCodec codec = Repository.RentCodec();
        try
        {
            int read = await Repository.Backend.ReadAsync(file, place.Offset, message.AsMemory(0, length), cancellation).ConfigureAwait(false);
            return read == length
                ? Decode(blob, place, message.AsSpan(0, length), plain, codec)
                : $"pack {place.Pack} is truncated";
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.NotFound)
        {
            return $"pack {place.Pack} is missing";
        }
        finally
        {
            Repository.ReturnCodec(codec);
            ArrayPool<byte>.Shared.Return(message);
        }
    }
}
