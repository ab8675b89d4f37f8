using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Holdfast.Backend;

/// <summary>A repository in memory, for tests and for trying things out. Thread-safe.</summary>
public sealed class MemoryBackend : IBackend
{
    private readonly ConcurrentDictionary<(FileType Type, string Name), byte[]> _files = new();

    public string Location => "memory";

    public int Connections => 2;

    public Task CreateAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (file.Type != FileType.Config)
        {
            _files[Key(file)] = content.ToArray();
        }
        else if (!_files.TryAdd(Key(file), content.ToArray()))
        {
            throw new BackupException(BackupErrorKind.Refused, "there is a config in the repository in memory already");
        }

        return Task.CompletedTask;
    }

    public Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (!_files.ContainsKey(Key(BackendFile.Config)))
        {
            throw new BackupException(BackupErrorKind.NotFound, "there is no config in the repository in memory");
        }

        _files[Key(BackendFile.Config)] = content.ToArray();
        return Task.CompletedTask;
    }

    public Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation) =>
        Task.FromResult(_files.TryGetValue(Key(file), out byte[]? content) ? content.Length : (long?)null);

    public Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (!_files.TryGetValue(Key(file), out byte[]? content))
        {
            throw new BackupException(BackupErrorKind.NotFound, $"{file} is not in the repository in memory");
        }

        int start = (int)Math.Min(offset, content.Length);
        int count = Math.Min(buffer.Length, content.Length - start);
        content.AsSpan(start, count).CopyTo(buffer.Span);
        return Task.FromResult(count);
    }

    public async IAsyncEnumerable<BackendEntry> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (((FileType fileType, string name), byte[] content) in _files.ToArray())
        {
            cancellation.ThrowIfCancellationRequested();
            if (fileType == type)
            {
                yield return new(new(type, name), content.Length);
            }
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    public Task RemoveAsync(BackendFile file, CancellationToken cancellation)
    {
        _files.TryRemove(Key(file), out _);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static (FileType Type, string Name) Key(BackendFile file) => (file.Type, file.Name);
}
