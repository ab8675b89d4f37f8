using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>What storing a blob took: its sealed length in bytes, 0 where it was there already.</summary>
public readonly record struct SavedBlob(bool IsNew, int StoredLength);

/// <summary>
/// Stores blobs: claim, seal, pack, upload, index. Safe for several threads. Memory: the packs being filled, one of
/// content and one of trees, and one for each upload under way; of those of content only pieces where the storage takes
/// them while they grow. A writer that has failed stays failed. Dispose without <see cref="CompleteAsync"/> gives up: what
/// is uploaded already gets its index, so that the next run can use it.
/// </summary>
public sealed class BlobWriter : IAsyncDisposable
{
    /// <summary>Trees go to packs of at most 4 MiB: they are read again and again, and kept in the cache, pack by pack.</summary>
    internal const int TreePackSize = 4 << 20;

    /// <summary>What of a pack goes to the disk at once where it is stored while it grows.</summary>
    private const int Piece = 1 << 20;

    private readonly OpenRepository _repository;
    private readonly BlobIndex _index;
    private readonly IndexWriter _indexWriter;
    private readonly Channel<Packer> _uploads;
    private readonly Task[] _uploaders;
    private readonly OpenPack _data;
    private readonly OpenPack _trees;
    private readonly ConcurrentQueue<BackendEntry> _stored = [];
    private readonly Lazy<Task<double?>> _parity;
    private ExceptionDispatchInfo? _failure;
    private bool _completed;

    internal BlobWriter(OpenRepository repository, BlobIndex index)
    {
        _repository = repository;
        _index = index;
        _indexWriter = new(repository, index);
        _parity = new(LoadParityAsync);
        int uploads = Math.Max(1, repository.Backend.Connections);

        // Room for the blob that fills the pack and for the header comes on top of the pack's size.
        _data = new(repository.Options.PackSize, uploads, repository.Options.PackSize + Chunker.MaxSize + (1 << 20));
        _trees = new(Math.Min(repository.Options.PackSize, TreePackSize), uploads, TreePackSize + (1 << 20));
        _uploads = Channel.CreateBounded<Packer>(uploads);
        _uploaders = [.. Enumerable.Range(0, uploads).Select(_ => Task.Run(UploadAsync))];
    }

    /// <summary>Where it stores.</summary>
    internal OpenRepository Repository => _repository;

    /// <summary>The packs that are durable so far.</summary>
    internal IReadOnlyCollection<BackendEntry> Stored => _stored;

    /// <summary>Whether a blob is stored or about to be.</summary>
    public bool Contains(BlobHandle blob) => _index.ContainsOrClaimed(blob);

    /// <inheritdoc cref="SaveAsync(BlobHandle, ReadOnlyMemory{byte}, BlobCodec, CompressionTrial?, CancellationToken)"/>
    public ValueTask<SavedBlob> SaveAsync(BlobHandle blob, ReadOnlyMemory<byte> plain, BlobCodec codec, CancellationToken cancellation) =>
        SaveAsync(blob, plain, codec, null, cancellation);

    /// <summary>Stores a blob whose hash is known, unless it is there already.</summary>
    /// <param name="codec">The calling thread's own.</param>
    /// <param name="trial">That of the stream that the blob is from; null where it is from none, or alone in it.</param>
    /// <exception cref="BackupException"/>
    public async ValueTask<SavedBlob> SaveAsync(
        BlobHandle blob, ReadOnlyMemory<byte> plain, BlobCodec codec, CompressionTrial? trial, CancellationToken cancellation)
    {
        _failure?.Throw();
        if (!_index.TryClaim(blob))
        {
            return default;
        }

        return new(true, await OrFailAsync(SaveClaimedAsync(blob, plain, codec, trial, cancellation)).ConfigureAwait(false));
    }

    /// <summary>Stores a blob that is sealed already, whether or not it is stored elsewhere.</summary>
    /// <param name="message">Proven to hold the blob.</param>
    /// <exception cref="BackupException"/>
    internal async ValueTask SaveSealedAsync(BlobHandle blob, ReadOnlyMemory<byte> message, uint uncompressedLength, CancellationToken cancellation)
    {
        _failure?.Throw();
        await OrFailAsync(PackAsync(blob, null, message, uncompressedLength, cancellation)).ConfigureAwait(false);
    }

    /// <summary>Seals and stores a blob, whether or not it is stored elsewhere.</summary>
    /// <param name="codec">The calling thread's own.</param>
    /// <exception cref="BackupException"/>
    internal async ValueTask SaveAgainAsync(BlobHandle blob, ReadOnlyMemory<byte> plain, BlobCodec codec, CancellationToken cancellation)
    {
        _failure?.Throw();
        await OrFailAsync(SaveClaimedAsync(blob, plain, codec, null, cancellation)).ConfigureAwait(false);
    }

    /// <summary>Stores what is still open, and returns when every pack and every index is durable (D3).</summary>
    /// <exception cref="BackupException"/>
    public async Task CompleteAsync(CancellationToken cancellation)
    {
        _failure?.Throw();
        try
        {
            await StoreTheRestAsync(cancellation).ConfigureAwait(false);
            _completed = true;
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _uploads.Writer.TryComplete();
        await Task.WhenAll(_uploaders).ConfigureAwait(false);

        // First: on a full disk, the index below needs the room that they have.
        foreach (Packer packer in (Packer[])[.. _data.All, .. _trees.All])
        {
            await packer.AbandonAsync().ConfigureAwait(false);
        }

        if (!_completed)
        {
            _index.ReleaseClaims();
            try
            {
                await _indexWriter.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                _repository.Options.Warn($"what was stored so far could not be indexed: {e.Message}");
            }
        }

        _indexWriter.Dispose();
        _data.Gate.Dispose();
        _trees.Gate.Dispose();
    }

    /// <summary>Also when cancelled: what was claimed and will not be stored, nobody may complete a run on.</summary>
    private async ValueTask<int> OrFailAsync(ValueTask<int> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
    }

    private async ValueTask<int> SaveClaimedAsync(
        BlobHandle blob, ReadOnlyMemory<byte> plain, BlobCodec codec, CompressionTrial? trial, CancellationToken cancellation)
    {
        codec.Encode(blob.Type, plain.Span, out uint uncompressedLength, trial);
        return await PackAsync(blob, codec, default, uncompressedLength, cancellation).ConfigureAwait(false);
    }

    /// <summary>Returns the length of the sealed blob.</summary>
    /// <param name="codec">Has just sealed the blob; null where <paramref name="message"/> has it.</param>
    private async ValueTask<int> PackAsync(
        BlobHandle blob, BlobCodec? codec, ReadOnlyMemory<byte> message, uint uncompressedLength, CancellationToken cancellation)
    {
        OpenPack open = blob.Type == BlobType.Tree ? _trees : _data;
        await open.Gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            open.Packer ??= await RentPackerAsync(open, blob.Type, cancellation).ConfigureAwait(false);
            message = codec?.LastMessage ?? message;
            await open.Packer.AddAsync(blob, message, uncompressedLength).ConfigureAwait(false);
            codec?.DiscardLarge();
            if (open.Packer.Length >= open.PackSize || open.Packer.HasFullHeader)
            {
                Packer full = open.Packer;
                open.Packer = null;
                await QueueAsync(full, cancellation).ConfigureAwait(false);
            }

            return message.Length;
        }
        catch (Exception e)
        {
            Fail(e); // before the gate opens: nobody may go on with this pack
            throw;
        }
        finally
        {
            open.Gate.Release();
        }
    }

    private async Task StoreTheRestAsync(CancellationToken cancellation)
    {
        _failure?.Throw();
        foreach (OpenPack open in (OpenPack[])[_data, _trees])
        {
            if (open.Packer is { } packer)
            {
                open.Packer = null;
                await QueueAsync(packer, cancellation).ConfigureAwait(false);
            }
        }

        _uploads.Writer.TryComplete();
        await Task.WhenAll(_uploaders).WaitAsync(cancellation).ConfigureAwait(false);
        _failure?.Throw();
        await _indexWriter.FlushAsync(cancellation).ConfigureAwait(false);
        IndexLoader.Save(_repository, _index);
    }

    private async ValueTask<Packer> RentPackerAsync(OpenPack open, BlobType type, CancellationToken cancellation)
    {
        try
        {
            Packer packer = await open.Packers.Reader.ReadAsync(cancellation).ConfigureAwait(false);

            // A pack of trees goes to the cache, too, and parity is reckoned from the whole: these wait in memory.
            bool mayGrow = type == BlobType.Data && await _parity.Value.ConfigureAwait(false) is null;
            packer.Begin(type, mayGrow ? _repository.Backend.TryBegin(FileType.Pack) : null);
            return packer;
        }
        catch (ChannelClosedException)
        {
            _failure?.Throw();
            throw;
        }
    }

    private async ValueTask QueueAsync(Packer packer, CancellationToken cancellation)
    {
        try
        {
            await _uploads.Writer.WriteAsync(packer, cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            _failure?.Throw();
            throw;
        }
    }

    /// <summary>One of the uploaders: stores packs until there are no more. After a failure it goes on to empty the queue, storing nothing.</summary>
    private async Task UploadAsync()
    {
        BlobCodec codec = _repository.RentCodec();
        ParityWriter? parity = null;
        await foreach (Packer packer in _uploads.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (_failure is not null)
            {
                continue;
            }

            try
            {
                BackendFile file = await packer.StoreAsync(codec.Sealer, _repository.Backend).ConfigureAwait(false);
                _stored.Enqueue(new(file, packer.Length));
                if (await _parity.Value.ConfigureAwait(false) is { } percent)
                {
                    parity ??= new(_repository, percent);
                    await parity.SaveAsync(packer.Entries[0].Location.Pack, packer.Content).ConfigureAwait(false);
                }

                // D3: only now, with the pack durable, may an index name it.
                foreach (PackEntry entry in packer.Entries)
                {
                    _index.Add(entry.Blob, entry.Location);
                }

                await _indexWriter.AddAsync(packer.Entries, CancellationToken.None).ConfigureAwait(false);
                (packer.Type == BlobType.Tree ? _trees : _data).Packers.Writer.TryWrite(packer);
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }

        _repository.ReturnCodec(codec);
    }

    /// <summary>The parity that new packs get, in percent; null for none, and where nobody knows.</summary>
    private async Task<double?> LoadParityAsync()
    {
        try
        {
            return await _repository.LoadParityAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (BackupException e)
        {
            ParityWriter.Warn(_repository, e);
            return null;
        }
    }

    /// <summary>Notes the first failure, and wakes everyone who waits for a packer or for room in the queue.</summary>
    private void Fail(Exception e)
    {
        Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        _data.Packers.Writer.TryComplete();
        _trees.Packers.Writer.TryComplete();
        _uploads.Writer.TryComplete();
    }

    /// <summary>The pack being filled for one type of blob, the gate before it, and the packers it takes turns with.</summary>
    private sealed class OpenPack
    {
        internal OpenPack(int packSize, int uploads, int capacity)
        {
            PackSize = packSize;

            // The channel is the pool: one packer to fill, and one for each upload.
            Packers = Channel.CreateUnboundedPrioritized<Packer>(new() { Comparer = Packer.ByTurn });
            int piece = Math.Clamp(packSize / 8, Environment.SystemPageSize, Piece) & -Environment.SystemPageSize;
            All = [.. Enumerable.Range(0, uploads + 1).Select(i => new Packer(i, capacity, piece))];
            foreach (Packer packer in All)
            {
                Packers.Writer.TryWrite(packer);
            }
        }

        internal Packer[] All { get; }

        internal int PackSize { get; }

        internal Channel<Packer> Packers { get; }

        internal SemaphoreSlim Gate { get; } = new(1);

        internal Packer? Packer { get; set; }
    }
}
