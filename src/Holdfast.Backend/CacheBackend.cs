using System.Runtime.CompilerServices;
using Holdfast.Linux;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Backend;

/// <summary>
/// Keeps indexes, snapshots and tree packs of a repository in a local folder, as they lie in the repository: encrypted.
/// The cache is disposable. Whoever finds a cached file damaged calls <see cref="Drop"/> and reads again. Thread-safe.
/// </summary>
public sealed class CacheBackend : IBackend
{
    private readonly IBackend _inner;
    private readonly string _folder;
    private readonly OpenFiles _openPacks = new();

    private CacheBackend(IBackend inner, string folder)
    {
        _inner = inner;
        _folder = folder;
    }

    public string Location => _inner.Location;

    public int Connections => _inner.Connections;

    /// <summary>The repository itself.</summary>
    public IBackend Inner => _inner;

    /// <summary>This repository's own folder in the cache.</summary>
    public string Folder => _folder;

    /// <summary>Wraps a backend; where the folder cannot be made or written, the backend is returned as it is, with the reason.</summary>
    /// <param name="cacheFolder">The folder of all caches; this repository gets a folder named by its id in it.</param>
    public static IBackend Wrap(IBackend inner, string cacheFolder, string repositoryId, Action<string> warn)
    {
        string folder = Path.Combine(cacheFolder, repositoryId);
        try
        {
            foreach (FileType type in (FileType[])[FileType.Index, FileType.Snapshot, FileType.Pack])
            {
                System.IO.Directory.CreateDirectory(
                    Path.Combine(folder, BackendFile.Folder(type)), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            // The tag by which backup programs, this one included, know a folder that need not be kept: https://bford.info/cachedir/
            string tag = Path.Combine(cacheFolder, "CACHEDIR.TAG");
            if (!File.Exists(tag))
            {
                using FileStream stream = File.Create(tag);
                stream.Write("Signature: 8a477f597d28d172789f06886806bc55\n"u8);
            }

            return new CacheBackend(inner, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn($"no cache: {e.Message}");
            return inner;
        }
    }

    public Task CreateAsync(CancellationToken cancellation) => _inner.CreateAsync(cancellation);

    public async Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await _inner.SaveAsync(file, content, cancellation).ConfigureAwait(false);
        if (IsCached(file))
        {
            Store(file, content.Span);
        }
    }

    /// <remarks>For what is not cached: a pack of trees is saved whole.</remarks>
    public FileDraft? TryBegin(FileType type) => _inner.TryBegin(type);

    public Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) => _inner.ReplaceConfigAsync(content, cancellation);

    public async Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation) =>
        IsCached(file) && TryOpen(file) is { } cached
            ? SizeAndClose(cached)
            : await _inner.FindSizeAsync(file, cancellation).ConfigureAwait(false);

    public async Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (!IsCached(file))
        {
            return await _inner.ReadAsync(file, offset, buffer, cancellation).ConfigureAwait(false);
        }

        if (TryRead(file, offset, buffer.Span) is { } count)
        {
            return count;
        }

        long? size = await _inner.FindSizeAsync(file, cancellation).ConfigureAwait(false);
        if (size is null or > int.MaxValue)
        {
            return await _inner.ReadAsync(file, offset, buffer, cancellation).ConfigureAwait(false);
        }

        var whole = new byte[size.Value];
        int length = await _inner.ReadAsync(file, 0, whole, cancellation).ConfigureAwait(false);
        Store(file, whole.AsSpan(0, length));
        ReadOnlySpan<byte> part = whole.AsSpan((int)Math.Min(offset, length), (int)Math.Clamp(length - offset, 0, buffer.Length));
        part.CopyTo(buffer.Span);
        return part.Length;
    }

    /// <remarks>Listing always asks the repository, and drops cached files that are no longer in it.</remarks>
    public async IAsyncEnumerable<BackendEntry> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var seen = new HashSet<string>();
        await foreach (BackendEntry entry in _inner.ListAsync(type, cancellation).ConfigureAwait(false))
        {
            seen.Add(entry.File.Name);
            yield return entry;
        }

        if (type is FileType.Index or FileType.Snapshot)
        {
            DropAllBut(type, seen);
        }
    }

    public async Task RemoveAsync(BackendFile file, CancellationToken cancellation)
    {
        await _inner.RemoveAsync(file, cancellation).ConfigureAwait(false);
        Drop(file with { HoldsTrees = true });
    }

    public bool ShowsAtOnce => _inner.ShowsAtOnce;

    public Task<DateTimeOffset?> FindTimeAsync(BackendFile file, CancellationToken cancellation) => _inner.FindTimeAsync(file, cancellation);

    public Task<bool> HasPlaceAsync(FileType type, CancellationToken cancellation) => _inner.HasPlaceAsync(type, cancellation);

    public Task<long?> FindFreeSpaceAsync(CancellationToken cancellation) => _inner.FindFreeSpaceAsync(cancellation);

    /// <summary>Forgets the cached copy of a file, which may be damaged. Returns whether there was one.</summary>
    public bool Drop(BackendFile file) => IsCached(file) && TryDelete(file);

    /// <summary>The names of the packs in the cache.</summary>
    public HashSet<string> CachedPacks() => [.. CachedNames(FileType.Pack)];

    /// <summary>The cached copy of a file, whatever the repository has; null where there is none, or where its disk fails.</summary>
    public byte[]? FindCopy(BackendFile file)
    {
        try
        {
            string path = CachePath(file);
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Drops cached packs.</summary>
    public void DropPacks(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            TryDelete(new BackendFile(FileType.Pack, name));
        }
    }

    public ValueTask DisposeAsync()
    {
        _openPacks.Dispose();
        return _inner.DisposeAsync();
    }

    private static bool IsCached(BackendFile file) =>
        file.Type is FileType.Index or FileType.Snapshot || (file.Type == FileType.Pack && file.HoldsTrees);

    private static long SizeAndClose(SafeFileHandle cached)
    {
        using (cached)
        {
            return RandomAccess.GetLength(cached);
        }
    }

    /// <summary>Returns whether there was a copy, be it one that only an open file had.</summary>
    private bool TryDelete(BackendFile file) => TryDelete(CachePath(file)) | (file.Type == FileType.Pack && _openPacks.Close(file.Name));

    private static bool TryDelete(string path)
    {
        try
        {
            bool there = File.Exists(path);
            File.Delete(path);
            return there;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // a cache that cannot be cleaned is only larger than it need be
        }
    }

    private void DropAllBut(FileType type, HashSet<string> names)
    {
        foreach (string name in CachedNames(type).Where(n => !names.Contains(n)))
        {
            TryDelete(new BackendFile(type, name));
        }
    }

    private List<string> CachedNames(FileType type)
    {
        try
        {
            return [.. System.IO.Directory.EnumerateFiles(Path.Combine(_folder, BackendFile.Folder(type))).Select(p => Path.GetFileName(p))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // somebody removed the cache while it was in use
        }
    }

    private string CachePath(BackendFile file) => Path.Combine(_folder, BackendFile.Folder(file.Type), file.Name);

    private SafeFileHandle? TryOpen(BackendFile file)
    {
        try
        {
            string path = CachePath(file);
            return File.Exists(path) ? File.OpenHandle(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads from the cached copy; null where there is none, or where its disk fails.</summary>
    private int? TryRead(BackendFile file, long offset, Span<byte> buffer)
    {
        try
        {
            if (file.Type == FileType.Pack)
            {
                return TryReadPack(file, offset, buffer);
            }

            using SafeFileHandle? cached = TryOpen(file);
            return cached is null ? null : RandomAccess.Read(cached, buffer, offset);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Packs are read again and again, a tree at a time.</summary>
    private int? TryReadPack(BackendFile pack, long offset, Span<byte> buffer)
    {
        SafeFileHandle? cached = _openPacks.Rent(pack.Name);
        if (cached is null)
        {
            cached = TryOpen(pack);
            if (cached is null)
            {
                return null;
            }

            _openPacks.Add(pack.Name, cached);
        }

        try
        {
            return RandomAccess.Read(cached, buffer, offset);
        }
        finally
        {
            OpenFiles.Return(cached);
        }
    }

    private void Store(BackendFile file, ReadOnlySpan<byte> content)
    {
        string path = CachePath(file);
        string aside = $"{path}-tmp-{Guid.NewGuid():n}";
        try
        {
            // Not synced: what a crash leaves is found by its hash or its authentication code, and dropped.
            using (var handle = File.OpenHandle(aside, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(handle, content, 0);
            }

            File.Move(aside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(aside); // a full cache disk must not fail a backup
        }
    }
}
