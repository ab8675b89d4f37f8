using System.Runtime.CompilerServices;
using Holdfast.Backend;

namespace Holdfast.Fixtures;

/// <summary>One call to a backend, as a script sees it before it is made.</summary>
internal sealed record BackendCall(string Operation, BackendFile File, int Number);

/// <summary>
/// A backend that runs a script before every call: the script counts, waits, or throws what the call shall fail with.
/// Calls are numbered from 1 for each operation. Thread-safe where the script is.
/// </summary>
internal sealed class FaultBackend(IBackend inner) : IBackend
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _counts = new();

    /// <summary>Run before each call; null does nothing.</summary>
    internal Func<BackendCall, Task>? Script { get; set; }

    /// <summary>Run after each call that changed something: what it throws is a reply that was lost.</summary>
    internal Func<BackendCall, Task>? Afterwards { get; set; }

    /// <summary>Which files listings leave out; null for none.</summary>
    internal Func<BackendFile, bool>? Hidden { get; set; }

    public string Location => inner.Location;

    public int Connections { get; init; } = 2;

    public bool ShowsAtOnce { get; init; }

    internal static BackupException Failure(string what = "the wire was cut") => new(BackupErrorKind.Unreachable, what, isTransient: true);

    /// <summary>Fails the given save, counted from 1, and all after it.</summary>
    internal static FaultBackend FailingFromSave(IBackend inner, int number) => new(inner)
    {
        Script = call => call.Operation == "save" && call.Number >= number ? throw Failure() : Task.CompletedTask,
    };

    internal int Count(string operation) => _counts.GetValueOrDefault(operation);

    public Task CreateAsync(CancellationToken cancellation) => inner.CreateAsync(cancellation);

    public async Task SaveAsync(BackendFile file, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await RunAsync("save", file);
        await inner.SaveAsync(file, content, cancellation);
        await (Afterwards?.Invoke(new("save", file, Count("save"))) ?? Task.CompletedTask);
    }

    public async Task ReplaceConfigAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        await RunAsync("replace", BackendFile.Config);
        await inner.ReplaceConfigAsync(content, cancellation);
        await (Afterwards?.Invoke(new("replace", BackendFile.Config, Count("replace"))) ?? Task.CompletedTask);
    }

    public async Task<long?> FindSizeAsync(BackendFile file, CancellationToken cancellation)
    {
        await RunAsync("find", file);
        return await inner.FindSizeAsync(file, cancellation);
    }

    public async Task<int> ReadAsync(BackendFile file, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        await RunAsync("read", file);
        return await inner.ReadAsync(file, offset, buffer, cancellation);
    }

    public async IAsyncEnumerable<BackendEntry> ListAsync(FileType type, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await RunAsync("list", new(type, string.Empty));
        await foreach (BackendEntry entry in inner.ListAsync(type, cancellation))
        {
            if (Hidden?.Invoke(entry.File) != true)
            {
                yield return entry;
            }
        }
    }

    public async Task RemoveAsync(BackendFile file, CancellationToken cancellation)
    {
        await RunAsync("remove", file);
        await inner.RemoveAsync(file, cancellation);
        await (Afterwards?.Invoke(new("remove", file, Count("remove"))) ?? Task.CompletedTask);
    }

    public Task<DateTimeOffset?> FindTimeAsync(BackendFile file, CancellationToken cancellation) => inner.FindTimeAsync(file, cancellation);

    public Task<bool> HasPlaceAsync(FileType type, CancellationToken cancellation) => inner.HasPlaceAsync(type, cancellation);

    public Task<long?> FindFreeSpaceAsync(CancellationToken cancellation) => inner.FindFreeSpaceAsync(cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private Task RunAsync(string operation, BackendFile file) =>
        Script?.Invoke(new(operation, file, _counts.AddOrUpdate(operation, 1, (_, n) => n + 1))) ?? Task.CompletedTask;
}
