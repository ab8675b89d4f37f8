using Holdfast.Backend;

namespace Holdfast.Repository.Tests.Parity;

/// <summary>A backend on a disk that cannot read one byte of one file, so that every read across it fails.</summary>
internal sealed class BadSectors(IBackend inner, BackendFile bad, long at) : IBackend
{
    public string Location => inner.Location;

    public int Connections => inner.Connections;

    /// <summary>So often; then the disk has found another place for it.</summary>
    internal int Failures { get; set; } = int.MaxValue;

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation) => inner.SaveAsync(file, content, cancellation);

    public Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) => throw new NotSupportedException("no test here migrates");

    public Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation) => inner.FindSizeAsync(file, cancellation);

    public Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation) =>
        file.Name == bad.Name && file.Type == bad.Type && offset <= at && at < offset + buffer.Length && Failures-- > 0
            ? throw new BackupException(BackupErrorKind.Unreachable, "Input/output error", isTransient: true)
            : inner.ReadAsync(file, offset, buffer, cancellation);

    public IAsyncEnumerable<BackendEntry> ListAsync(FileType type, CancellationToken cancellation) => inner.ListAsync(type, cancellation);

    public Task RemoveAsync(BackendFile file, CancellationToken cancellation) => inner.RemoveAsync(file, cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
