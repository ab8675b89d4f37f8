using System.CommandLine;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Access;

/// <summary>An open repository under a lock, for the length of a command.</summary>
internal sealed class HeldRepository : IAsyncDisposable
{
    private readonly RepositoryLock? _hold;
    private readonly CancellationTokenSource _stop;

    private HeldRepository(OpenRepository repository, bool hasStateKey, RepositoryLock? hold, CancellationToken cancellation)
    {
        HasStateKey = hasStateKey;
        Repository = repository;
        _hold = hold;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, hold?.Lost ?? CancellationToken.None);
    }

    internal OpenRepository Repository { get; }

    /// <inheritdoc cref="RepositoryAccess.HasStateKey"/>
    internal bool HasStateKey { get; }

    /// <summary>Cancelled when the user interrupts, and when the lock could not be kept.</summary>
    internal CancellationToken Cancellation => _stop.Token;

    /// <summary>For a command that reads: a shared lock, or none with --no-lock.</summary>
    internal static Task<HeldRepository> ForReadingAsync(ParseResult parsed, Output output, CancellationToken cancellation) =>
        OpenAsync(parsed, output, exclusive: false, writes: false, cancellation);

    /// <param name="exclusive">Whether nobody else may use the repository meanwhile.</param>
    internal static async Task<HeldRepository> OpenAsync(
        ParseResult parsed, Output output, bool exclusive, bool writes, CancellationToken cancellation)
    {
        var access = new RepositoryAccess(parsed, output);
        OpenRepository repository = await access.OpenAsync(cancellation);
        try
        {
            return new(repository, access.HasStateKey, await access.LockAsync(repository, exclusive, writes, cancellation), cancellation);
        }
        catch
        {
            await repository.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_hold is not null)
        {
            await _hold.DisposeAsync();
        }

        _stop.Dispose();
        await Repository.DisposeAsync();
    }
}
