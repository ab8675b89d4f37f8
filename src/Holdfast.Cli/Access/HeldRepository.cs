using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>An open repository under a lock, for the length of a command.</summary>
internal sealed class HeldRepository : IAsyncDisposable
{
    private RepositoryLock? _hold;
    private readonly IndexedRepository? _indexed;
    private readonly CancellationTokenSource _stop;

    private HeldRepository(OpenRepository repository, bool hasStateKey, RepositoryLock? hold, IndexedRepository? indexed, CancellationToken cancellation)
    {
        HasStateKey = hasStateKey;
        Repository = repository;
        _hold = hold;
        _indexed = indexed;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, hold?.Lost ?? CancellationToken.None);
    }

    internal OpenRepository Repository { get; }

    /// <summary>The same with its index, for commands that asked for it.</summary>
    internal IndexedRepository Indexed => _indexed ?? throw new InvalidOperationException("this command did not ask for the index");

    /// <inheritdoc cref="RepositoryAccess.HasStateKey"/>
    internal bool HasStateKey { get; }

    /// <summary>Cancelled when the user interrupts, and when the lock could not be kept.</summary>
    internal CancellationToken Cancellation => _stop.Token;

    /// <summary>For a command that reads: a shared lock, or none with --no-lock.</summary>
    internal static Task<HeldRepository> ForReadingAsync(ParseResult parsed, Output output, CancellationToken cancellation) =>
        OpenAsync(parsed, output, exclusive: false, writes: false, cancellation);

    /// <summary>For a command that reads blobs: the index is read while the lock takes effect.</summary>
    /// <param name="damaged">As for <see cref="OpenRepository.LoadIndexAsync"/>.</param>
    internal static Task<HeldRepository> ForReadingBlobsAsync(
        ParseResult parsed, Output output, Action<BackupException>? damaged, CancellationToken cancellation)
    {
        var access = new RepositoryAccess(parsed, output);
        return OpenAsync(access, access.OpenAsync(cancellation), exclusive: false, writes: false, LoadIndex(damaged), cancellation);
    }

    /// <param name="exclusive">Whether nobody else may use the repository meanwhile.</param>
    internal static Task<HeldRepository> OpenAsync(
        ParseResult parsed, Output output, bool exclusive, bool writes, CancellationToken cancellation)
    {
        var access = new RepositoryAccess(parsed, output);
        return OpenAsync(access, access.OpenAsync(cancellation), exclusive, writes, null, cancellation);
    }

    /// <summary>Loads the index, where a command wants it that opens the repository in its own way.</summary>
    internal static Func<OpenRepository, CancellationToken, Task<IndexedRepository>> LoadIndex(Action<BackupException>? damaged) =>
        (repository, token) => repository.LoadIndexAsync(damaged, token);

    /// <param name="opening">The repository, which this owns from now on.</param>
    /// <param name="load">How the index is loaded; null for a command that needs none.</param>
    internal static async Task<HeldRepository> OpenAsync(
        RepositoryAccess access,
        Task<OpenRepository> opening,
        bool exclusive,
        bool writes,
        Func<OpenRepository, CancellationToken, Task<IndexedRepository>>? load,
        CancellationToken cancellation)
    {
        OpenRepository repository = await opening;
        try
        {
            IndexedRepository? indexed = null;
            RepositoryLock? hold = await access.LockAsync(
                repository, exclusive, writes, async token => indexed = load is null ? null : await load(repository, token), cancellation);
            return new(repository, access.HasStateKey, hold, indexed, cancellation);
        }
        catch
        {
            await repository.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the lock back, for work that takes its own.</summary>
    internal async ValueTask ReleaseAsync()
    {
        if (_hold is { } hold)
        {
            _hold = null;
            await hold.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        _stop.Dispose();
        await Repository.DisposeAsync();
    }
}
