using Holdfast.Backend;

namespace Holdfast.Archiver.Tests;

/// <summary>A backend that tells of every read of a pack, and of every save, before it happens.</summary>
internal sealed class HookedBackend(IBackend inner) : IBackend
{
    private int _saves;

    internal Action<BackendFile> PackRead { get; set; } = static _ => { };

    internal Action<BackendFile> TreesRead { get; set; } = static _ => { };

    internal Action<BackendFile> Saving { get; set; } = static _ => { };

    internal int Saves { get => _saves; set => _saves = value; }

    public string Location => inner.Location;

    public int Connections => inner.Connections;

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        Saving(file);
        Interlocked.Increment(ref _saves);
        return inner.SaveAsync(file, content, cancellation);
    }

    public Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) => inner.ReplaceConfigAsync(content, cancellation);

    public Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation) => inner.FindSizeAsync(file, cancellation);

    public Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (file.Type == FileType.Pack)
        {
            (file.HoldsTrees ? TreesRead : PackRead)(file);
        }

        return inner.ReadAsync(file, offset, buffer, cancellation);
    }

    public IAsyncEnumerable<BackendEntry> ListAsync(FileType type, CancellationToken cancellation) => inner.ListAsync(type, cancellation);

    public Task RemoveAsync(BackendFile file, CancellationToken cancellation) => inner.RemoveAsync(file, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
