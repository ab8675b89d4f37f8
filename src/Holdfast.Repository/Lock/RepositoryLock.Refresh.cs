using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>How a lock is kept: written anew before others may take it for left behind.</summary>
public sealed partial class RepositoryLock
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMinutes(5);

    /// <summary>Stop a little before others may think us gone, to allow for clocks that differ.</summary>
    private static readonly TimeSpan RefreshDeadline = StaleAge - (RefreshInterval * 1.5);

    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private Moment _refreshed;

    /// <summary>
    /// Makes sure that the lock is still there. A machine that slept wakes up with its clock ahead: others may have taken
    /// the lock for left behind, and pruned what this run counts on; or be about to.
    /// </summary>
    /// <exception cref="BackupException">Kind Locked.</exception>
    internal async Task RequireAsync(CancellationToken cancellation)
    {
        if (_refreshed.IsOlderThan(RefreshDeadline, _repository.Options.Time) && !await RefreshAsync(cancellation).ConfigureAwait(false))
        {
            throw Removed();
        }

        for (BackendFile asked = _file; await _repository.Backend.FindSizeAsync(asked, cancellation).ConfigureAwait(false) is null; asked = _file)
        {
            // It may have been written anew since it was asked for; then it has another name.
            if (asked == _file)
            {
                throw Removed();
            }
        }
    }

    private BackupException Removed() => new(
        BackupErrorKind.Locked, $"somebody removed this run's lock at {_repository.Backend.Location}: nothing that counts on it is done; run again");

    private async Task KeepFreshAsync()
    {
        TimeProvider time = _repository.Options.Time;
        try
        {
            while (true)
            {
                // Nearly every run ends in this pause: an exception would cost it some milliseconds.
                await Task.Delay(RefreshInterval, time, _released.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_released.IsCancellationRequested)
                {
                    return; // there is nothing left to keep fresh
                }

                try
                {
                    if (!await RefreshAsync(_released.Token).ConfigureAwait(false))
                    {
                        _repository.Options.Warn("the lock could not be refreshed: somebody removed this run's lock");
                        return;
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException || !_released.IsCancellationRequested)
                {
                    // Whatever it was, such as too many open files, may be over in five minutes.
                    _repository.Options.Warn($"the lock could not be refreshed: {e.Message}");
                    if (_refreshed.IsOlderThan(RefreshDeadline, time))
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (_released.IsCancellationRequested)
        {
            // Released in the middle of it.
        }
        finally
        {
            if (!_released.IsCancellationRequested)
            {
                await _lost.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Writes the lock anew; false where somebody removed it.</summary>
    private async Task<bool> RefreshAsync(CancellationToken cancellation)
    {
        await _refreshing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            BackendFile old = _file;
            if (await IsGoneAsync(old, cancellation).ConfigureAwait(false))
            {
                return false;
            }

            Moment now = Moment.Now(_repository.Options.Time);
            BackendFile fresh = await WriteAsync(CancellationToken.None).ConfigureAwait(false);
            _replaced.Add(fresh); // of use only once the old one is seen beside it
            await SettleAsync(cancellation).ConfigureAwait(false);

            // D55: who removed the old one before this look had it removed when we ask; who removes it later, lists later, and sees
            // the new one. So a lock that somebody took for left behind is not revived beside the one that he took.
            bool isRemoved = await IsGoneAsync(old, cancellation).ConfigureAwait(false);
            if (!isRemoved)
            {
                // D6: the new one is there before the old one goes.
                _replaced[^1] = old;
                _file = fresh;
                _refreshed = now;
            }

            await RemoveReplacedAsync().ConfigureAwait(false);
            return !isRemoved;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private async Task<bool> IsGoneAsync(BackendFile file, CancellationToken cancellation) =>
        await _repository.Backend.FindSizeAsync(file, cancellation).ConfigureAwait(false) is null;

    /// <summary>Removes the files of this lock that are of no more use; what cannot be removed now is tried again with the next.</summary>
    private async Task RemoveReplacedAsync()
    {
        while (_replaced.Count > 0)
        {
            await _repository.Backend.RemoveAsync(_replaced[^1], CancellationToken.None).ConfigureAwait(false);
            _replaced.RemoveAt(_replaced.Count - 1);
        }
    }
}
