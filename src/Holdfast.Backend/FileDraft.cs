using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Holdfast.Linux;

namespace Holdfast.Backend;

/// <summary>
/// A file on its way into a local repository while it is still growing, to be named by the SHA-256 of its content at the end.
/// Until then it has no name, so nobody sees it, and a crash leaves nothing. Calls from one thread at a time; each may be made before
/// the one before is done. After a failure the rest fails, too. Dispose without <see cref="FinishAsync"/> discards it.
/// </summary>
public sealed class FileDraft : IAsyncDisposable
{
    private readonly LocalBackend _backend;
    private readonly LinuxFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly BlockingCollection<Task> _steps = [];
    private readonly Task _writer;
    private ExceptionDispatchInfo? _failure;

    internal FileDraft(LocalBackend backend, LinuxFile file)
    {
        _backend = backend;
        _file = file;

        // A thread of its own, for the reason of a save: it waits for the disk.
        _writer = backend.OnOwnThread<object?>(
            () =>
            {
                foreach (Task step in _steps.GetConsumingEnumerable())
                {
                    step.RunSynchronously();
                }

                return null;
            },
            CancellationToken.None);
    }

    /// <summary>Adds to its end. Whole pages, from memory that begins at one, go past the page cache; any other length may only come last.</summary>
    /// <param name="part">Must stay as it is until this is done.</param>
    /// <exception cref="BackupException"/>
    public Task AppendAsync(ReadOnlyMemory<byte> part) => Do<object?>(() =>
    {
        _hash.AppendData(part.Span);
        _file.WritePastCache(part.Span);
        return null;
    });

    /// <summary>Gives it its name, and returns it once the file is durable (D1).</summary>
    /// <exception cref="BackupException"/>
    public Task<BackendFile> FinishAsync(FileType type) => Do(() =>
    {
        var file = new BackendFile(type, Convert.ToHexStringLower(_hash.GetHashAndReset()));
        _backend.Publish(_file, file);
        return file;
    });

    public async ValueTask DisposeAsync()
    {
        _steps.CompleteAdding();
        await _writer.ConfigureAwait(false);
        _file.Dispose();
        _hash.Dispose();
        _steps.Dispose();
    }

    private Task<T> Do<T>(Func<T> action)
    {
        // Whoever waits for it goes on elsewhere: this thread has the next step to do.
        var step = new Task<T>(() => Step(action), TaskCreationOptions.RunContinuationsAsynchronously);
        _steps.Add(step);
        return step;
    }

    private T Step<T>(Func<T> action)
    {
        _failure?.Throw();
        try
        {
            return _backend.Translate(action);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }
}
