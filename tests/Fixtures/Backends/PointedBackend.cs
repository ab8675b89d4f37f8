using System.Runtime.CompilerServices;
using Holdfast.Backend;

namespace Holdfast.Fixtures;

/// <summary>A backend of which each call is a point where something may go wrong.</summary>
internal sealed class PointedBackend(IBackend inner, FaultPoint point) : IBackend
{
    public string Location => inner.Location;

    public int Connections => 1;

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        RunAsync(async () => { await inner.SaveAsync(file, content, cancellation); return true; });

    public Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        RunAsync(async () => { await inner.ReplaceConfigAsync(content, cancellation); return true; });

    public Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation) => RunAsync(() => inner.FindSizeAsync(file, cancellation));

    public Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation) =>
        RunAsync(() => inner.ReadAsync(file, offset, buffer, cancellation));

    public Task<long?> FindFreeSpaceAsync(CancellationToken cancellation) => inner.FindFreeSpaceAsync(cancellation);

    public async IAsyncEnumerable<BackendEntry> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await RunAsync(() => Task.FromResult(true));
        await foreach (BackendEntry entry in inner.ListAsync(type, cancellation))
        {
            yield return entry;
        }
    }

    public Task RemoveAsync(BackendFile file, CancellationToken cancellation) =>
        RunAsync(async () => { await inner.RemoveAsync(file, cancellation); return true; });

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        Fault? fault = point.Next();
        if (fault is Fault.Fails or Fault.Torn or Fault.Killed)
        {
            throw FaultBackend.Failure();
        }

        T result = await call();
        return fault is null ? result : throw FaultBackend.Failure("the answer got lost");
    }
}
