using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// A repository whose key is known: its snapshots, keys and locks. Blobs need the index: <see cref="LoadIndexAsync"/>.
/// Thread-safe.
/// </summary>
public sealed partial class OpenRepository : IAsyncDisposable
{
    private readonly MasterKey _master;
    private readonly ConcurrentBag<BlobCodec> _codecs = [];

    /// <summary>Held weakly: a mount loads the index anew for years, and only the last is in use.</summary>
    private readonly ConditionalWeakTable<IndexTable, object?> _tables = [];


    internal OpenRepository(IBackend backend, RepositoryConfig config, MasterKey master, KeyId keyId, RepositoryOptions options)
    {
        Backend = backend;
        Config = config;
        KeyId = keyId;
        Options = options;
        _master = master;
    }

    public IBackend Backend { get; }

    public RepositoryConfig Config { get; }

    /// <summary>The key that the password opened, or that took its place since.</summary>
    public KeyId KeyId { get; private set; }

    public RepositoryOptions Options { get; }

    /// <summary>The lock that this process holds, if any.</summary>
    internal RepositoryLock? Held { get; set; }

    /// <summary>Where the cache has the table of blobs; null without a cache.</summary>
    internal string? TablePath => Backend is CacheBackend cache ? Path.Combine(cache.Folder, "blobs") : null;

    /// <summary>Reads all indexes, or what is new of them since the cache knows them.</summary>
    /// <param name="damaged">Told, one at a time, of every index file that cannot be read; the others are used. Null to fail on the first.</param>
    /// <exception cref="BackupException"/>
    public async Task<IndexedRepository> LoadIndexAsync(Action<BackupException>? damaged, CancellationToken cancellation)
    {
        BlobIndex index = await new IndexLoader(this, damaged).LoadAsync(cancellation).ConfigureAwait(false);
        if (Backend is CacheBackend cache)
        {
            // What no index names any more, so that the cache does not outgrow the repository.
            HashSet<string> stale = cache.CachedPacks();
            if (stale.Count > 0)
            {
                HashSet<PackId> ids = [.. stale.Where(n => Hash256.TryParse(n, out _)).Select(n => new PackId(Hash256.Parse(n)))];
                ids.ExceptWith(index.NamedPacks());
                cache.DropPacks(ids.Select(id => id.ToString()));
            }
        }

        return new(this, index);
    }

    /// <summary>Takes a table that is in use, to be closed with the repository.</summary>
    internal void Keep(IndexTable? table)
    {
        if (table is not null)
        {
            _tables.AddOrUpdate(table, null);
        }
    }

    /// <summary>Opens an index, snapshot or lock: checked against its name, opened, unpacked.</summary>
    /// <exception cref="BackupException"/>
    public async Task<ReadOnlyMemory<byte>> LoadUnpackedAsync(BackendFile file, CancellationToken cancellation) =>
        (await LoadUnpackedAsync(file, [], cancellation).ConfigureAwait(false)).Text;

    /// <summary>The stored bytes of a file, which must hash to its name.</summary>
    /// <exception cref="BackupException"/>
    public async Task<byte[]> LoadRawAsync(BackendFile file, CancellationToken cancellation)
    {
        byte[] content = await Backend.ReadAllAsync(file, Limits.Unpacked, cancellation).ConfigureAwait(false);
        if (IsIntact(file, content))
        {
            return content;
        }

        if (Backend is CacheBackend cache && cache.Drop(file))
        {
            content = await Backend.ReadAllAsync(file, Limits.Unpacked, cancellation).ConfigureAwait(false);
        }

        return IsIntact(file, content)
            ? content
            : throw BackupException.Corrupt($"{file} in the repository at {Backend.Location} is damaged: its content does not match its name");
    }

    /// <summary>Seals and stores an index, snapshot or lock under its hash.</summary>
    /// <exception cref="BackupException"/>
    public async Task<Hash256> SaveUnpackedAsync(FileType type, ReadOnlyMemory<byte> plain, CancellationToken cancellation)
    {
        BlobCodec codec = RentCodec();
        byte[] message;
        try
        {
            message = codec.EncodeUnpacked(plain.Span);
        }
        finally
        {
            ReturnCodec(codec);
        }

        Hash256 hash = Hash256.Of(message);
        await Backend.SaveAsync(new(type, hash.ToString()), message, cancellation).ConfigureAwait(false);
        return hash;
    }

    /// <exception cref="BackupException">Kind NotFound or Corrupt.</exception>
    public async Task<StoredSnapshot> LoadSnapshotAsync(SnapshotId id, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> plain = await LoadUnpackedAsync(new(FileType.Snapshot, id.ToString()), cancellation).ConfigureAwait(false);
        return new(id, RepositoryJson.Read(plain.Span, RepositoryJson.Default.Snapshot, $"snapshot {id}"));
    }

    /// <summary>Stores a snapshot: the last step of a run, after everything it names is durable (D4).</summary>
    /// <exception cref="BackupException">Kind Locked: this process's lock is gone, so somebody may have removed what the snapshot names.</exception>
    public async Task<SnapshotId> SaveSnapshotAsync(Snapshot snapshot, CancellationToken cancellation)
    {
        byte[] document = JsonSerializer.SerializeToUtf8Bytes(snapshot, RepositoryJson.Default.Snapshot);
        return await SaveDocumentAsync(document, cancellation).ConfigureAwait(false);
    }

    /// <summary>The same for a snapshot that is encoded already.</summary>
    internal async Task<SnapshotId> SaveDocumentAsync(byte[] document, CancellationToken cancellation)
    {
        await RequireLockAsync(cancellation).ConfigureAwait(false);
        return new(await SaveUnpackedAsync(FileType.Snapshot, document, cancellation).ConfigureAwait(false));
    }

    /// <summary>All snapshots, oldest first.</summary>
    /// <param name="damaged">Told, one at a time, of every snapshot that cannot be read; the others are listed. Null to fail on the first.</param>
    public async Task<List<StoredSnapshot>> ListSnapshotsAsync(Action<BackupException>? damaged, CancellationToken cancellation)
    {
        var snapshots = new ConcurrentBag<StoredSnapshot>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Backend.Connections, CancellationToken = cancellation };
        await Parallel.ForEachAsync(Backend.ListAsync(FileType.Snapshot, cancellation), parallel, async (entry, token) =>
        {
            try
            {
                snapshots.Add(await LoadSnapshotAsync(new(Hash256.Parse(entry.File.Name)), token).ConfigureAwait(false));
            }
            catch (BackupException e) when (damaged is not null && e.Kind is BackupErrorKind.Corrupt or BackupErrorKind.NotFound)
            {
                lock (snapshots)
                {
                    damaged!(e);
                }
            }
        }).ConfigureAwait(false);
        return [.. snapshots.OrderBy(s => s.Snapshot.Time).ThenBy(s => s.Id.Hash)];
    }

    /// <summary>The ids of all snapshots, readable or not.</summary>
    /// <exception cref="BackupException"/>
    public async Task<HashSet<SnapshotId>> ListSnapshotIdsAsync(CancellationToken cancellation) =>
        [.. (await Backend.ListAllAsync(FileType.Snapshot, cancellation).ConfigureAwait(false)).Select(e => new SnapshotId(Hash256.Parse(e.File.Name)))];

    /// <summary>All key files that can be read.</summary>
    public async Task<List<KeyInfo>> ListKeysAsync(CancellationToken cancellation)
    {
        var keys = new List<KeyInfo>();
        await foreach (BackendEntry entry in Backend.ListAsync(FileType.Key, cancellation).ConfigureAwait(false))
        {
            try
            {
                byte[] content = await Backend.ReadAllAsync(entry.File, Limits.SmallFile, cancellation).ConfigureAwait(false);
                KeyDocument key = KeyFile.Parse(content, entry.File.ToString());
                var id = new KeyId(Hash256.Parse(entry.File.Name));
                keys.Add(new(id, key.Username ?? string.Empty, key.Hostname ?? string.Empty, key.Created, id == KeyId));
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
            {
                Options.Warn(e.Message);
            }
        }

        return [.. keys.OrderBy(k => k.Created)];
    }

    /// <summary>Adds a key: another password for the same repository. No data is written anew.</summary>
    /// <param name="user">Whose it is, for the list of keys; null for who runs this.</param>
    /// <param name="host">Of which machine; null for this one.</param>
    /// <exception cref="BackupException">The new key does not open, and was removed again.</exception>
    public async Task<KeyId> AddKeyAsync(string password, CancellationToken cancellation, string? user = null, string? host = null)
    {
        KeyId id = await SaveKeyAsync(Backend, _master, password, Options.Time.GetLocalNow(), cancellation, user, host).ConfigureAwait(false);

        // D5: a key is proven to open before anyone relies on it.
        var file = new BackendFile(FileType.Key, id.ToString());
        byte[] content = await Backend.ReadAllAsync(file, Limits.SmallFile, cancellation).ConfigureAwait(false);
        if (KeyFile.TryOpen(KeyFile.Parse(content, file.ToString()), password, file.ToString()) is null)
        {
            await Backend.RemoveAsync(file, cancellation).ConfigureAwait(false);
            throw BackupException.Corrupt($"the new key does not open, and was removed again: {Backend.Location} does not keep what it is given");
        }

        return id;
    }

    /// <exception cref="BackupException">Kind Refused for the key in use, NotFound for an unknown one.</exception>
    public async Task RemoveKeyAsync(KeyId id, CancellationToken cancellation)
    {
        if (id == KeyId)
        {
            throw new BackupException(BackupErrorKind.Refused, "that is the key this repository was just opened with; open it with another to remove it");
        }

        var file = new BackendFile(FileType.Key, id.ToString());
        if (await Backend.FindSizeAsync(file, cancellation).ConfigureAwait(false) is null)
        {
            throw new BackupException(BackupErrorKind.NotFound, $"there is no key {id} in the repository at {Backend.Location}");
        }

        await Backend.RemoveAsync(file, cancellation).ConfigureAwait(false);
    }

    /// <summary>Gives the current key another password: the new key is there and proven before the old one goes (D5).</summary>
    /// <param name="proven">Done in between: whoever keeps the password keeps the new one from now on. What it throws leaves both keys.</param>
    public async Task<KeyId> ChangePasswordAsync(string password, Action? proven, CancellationToken cancellation)
    {
        KeyId id = await AddKeyAsync(password, cancellation).ConfigureAwait(false);
        proven?.Invoke();
        var old = new BackendFile(FileType.Key, KeyId.ToString());
        KeyId = id;
        await Backend.RemoveAsync(old, cancellation).ConfigureAwait(false);
        return id;
    }

    /// <summary>The master key as JSON, for `cat masterkey`.</summary>
    public string DescribeMasterKey() => JsonSerializer.Serialize(
        new(new(_master.MacK.ToArray(), _master.MacR.ToArray()), _master.Encrypt.ToArray()), RepositoryJson.Default.MasterKeyDocument);

    public async ValueTask DisposeAsync()
    {
        while (_codecs.TryTake(out BlobCodec? codec))
        {
            codec.Dispose();
        }

        foreach ((IndexTable table, _) in _tables)
        {
            table.Dispose();
        }

        await Backend.DisposeAsync().ConfigureAwait(false);
    }

    internal static async Task<KeyId> SaveKeyAsync(
        IBackend backend, MasterKey master, string password, DateTimeOffset now, CancellationToken cancellation, string? user = null, string? host = null)
    {
        byte[] content = KeyFile.Write(master, password, user ?? Environment.UserName, host ?? Machine.HostName, now);
        Hash256 id = Hash256.Of(content);
        await backend.SaveAsync(new(FileType.Key, id.ToString()), content, cancellation).ConfigureAwait(false);
        return new(id);
    }

    /// <summary>A proof, by the repository's key, that a message comes from somebody who can open this repository.</summary>
    /// <param name="purpose">What it is for: proofs for one purpose prove nothing for another.</param>
    public byte[] Authenticate(string purpose, ReadOnlySpan<byte> message)
    {
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, _master.Encrypt.ToArray(), HMACSHA256.HashSizeInBytes, info: Encoding.UTF8.GetBytes(purpose));
        return HMACSHA256.HashData(key, message);
    }

    /// <summary>A codec for one thread; give it back with <see cref="ReturnCodec"/>.</summary>
    public BlobCodec RentCodec() =>
        _codecs.TryTake(out BlobCodec? codec) ? codec : new(_master, Options.Compression, Config.CanCompress);

    public void ReturnCodec(BlobCodec codec) => _codecs.Add(codec);

    /// <summary>The same in memory that is used again: what comes back with the text, for the next call.</summary>
    internal async Task<(ReadOnlyMemory<byte> Text, byte[] Plain)> LoadUnpackedAsync(BackendFile file, byte[] plain, CancellationToken cancellation)
    {
        byte[] message = await LoadRawAsync(file, cancellation).ConfigureAwait(false);
        BlobCodec codec = RentCodec();
        try
        {
            ReadOnlyMemory<byte> text = codec.DecodeUnpacked(message, file.ToString(), ref plain);
            return (text, plain);
        }
        finally
        {
            ReturnCodec(codec);
        }
    }

    private static bool IsIntact(BackendFile file, byte[] content) =>
        file.Type == FileType.Config || Hash256.Of(content).ToString() == file.Name;
}
