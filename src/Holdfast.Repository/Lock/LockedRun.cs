using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>Work that must stop when its lock is lost.</summary>
internal static class LockedRun
{
    /// <summary>Runs work that is cancelled when the lock is lost, and says then that this is why.</summary>
    /// <exception cref="BackupException">Kind Locked: the lock was lost; or what the work throws.</exception>
    internal static async Task<T> RunAsync<T>(this RepositoryLock? hold, Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, hold?.Lost ?? CancellationToken.None);
        try
        {
            return await work(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested && hold?.Lost.IsCancellationRequested == true)
        {
            throw new BackupException(
                BackupErrorKind.Locked, "the lock of this run was lost: somebody removed it, or it could not be refreshed; run again, and it goes on from there", e);
        }
    }
}
