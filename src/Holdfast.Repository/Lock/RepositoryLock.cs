using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// A lock in the repository, as restic has it: design document, "Locks". Refreshed every five minutes in the background;
/// where that fails for too long, <see cref="Lost"/> is cancelled, and whoever works under the lock must stop.
/// </summary>
public sealed partial class RepositoryLock : IAsyncDisposable
{
    /// <summary>A lock older than this was left behind: restic's own limit.</summary>
    internal static readonly TimeSpan StaleAge = TimeSpan.FromMinutes(30);

    /// <summary>Time for another's lock, written in the same moment, to become visible, where storage does not show it at once.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(200);

    private readonly OpenRepository _repository;
    private readonly bool _exclusive;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _released = new();
    private readonly List<BackendFile> _replaced = [];
    private BackendFile _file;
    private Task _refresh = Task.CompletedTask;

    private RepositoryLock(OpenRepository repository, bool exclusive)
    {
        _repository = repository;
        _exclusive = exclusive;
        _refreshed = Moment.Now(repository.Options.Time);
    }

    /// <summary>Cancelled when the lock could not be kept.</summary>
    public CancellationToken Lost => _lost.Token;

    private bool IsWritten => _file.Name is { Length: > 0 };

    /// <summary>Takes a lock, waiting for others as long as the options of the repository say.</summary>
    /// <exception cref="BackupException">Kind Locked.</exception>
    public static Task<RepositoryLock> AcquireAsync(OpenRepository repository, bool exclusive, CancellationToken cancellation) =>
        AcquireAsync(repository, exclusive, static _ => Task.CompletedTask, cancellation);

    /// <inheritdoc cref="AcquireAsync(OpenRepository, bool, CancellationToken)"/>
    /// <param name="meanwhile">
    /// Reading that is done when the lock is sure; or, where a lock takes time to become visible, in that time, with the lock there but
    /// not yet sure: again for each attempt, and where the index changed, and of no account where the attempt fails.
    /// </param>
    public static async Task<RepositoryLock> AcquireAsync(
        OpenRepository repository, bool exclusive, Func<CancellationToken, Task> meanwhile, CancellationToken cancellation)
    {
        TimeProvider time = repository.Options.Time;
        DateTimeOffset deadline = time.GetUtcNow() + repository.Options.LockWait;
        TimeSpan pause = TimeSpan.FromSeconds(1);
        while (true)
        {
            var attempt = new RepositoryLock(repository, exclusive);
            try
            {
                await attempt.AcquireAsync(meanwhile, cancellation).ConfigureAwait(false);
                attempt._refresh = attempt.KeepFreshAsync();
                repository.Held = attempt;
                return attempt;
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Locked && time.GetUtcNow() < deadline)
            {
                await attempt.DisposeAsync().ConfigureAwait(false);
                TimeSpan left = deadline - time.GetUtcNow(); // the last attempt comes when the time is up, not before
                await Task.Delay(pause < left ? pause : left, time, cancellation).ConfigureAwait(false);
                pause = TimeSpan.FromSeconds(Math.Min(pause.TotalSeconds * 2, 60));
            }
            catch
            {
                await attempt.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>
    /// Removes locks that nobody holds any more, or all of them; returns how many. A lock that cannot be read may be
    /// anybody's: it goes only with all of them. Somebody has asked, so restic's rule does for restic's locks (D51).
    /// </summary>
    public static async Task<int> RemoveAsync(OpenRepository repository, bool all, CancellationToken cancellation)
    {
        int removed = 0;
        await foreach (BackendEntry entry in repository.Backend.ListAsync(FileType.Lock, cancellation).ConfigureAwait(false))
        {
            bool remove = all;
            if (!all)
            {
                remove = await IsLeftBehindAsync(repository, entry.File, cancellation).ConfigureAwait(false);
            }

            if (remove)
            {
                await repository.Backend.RemoveAsync(entry.File, cancellation).ConfigureAwait(false);
                removed++;
            }
        }

        return removed;
    }

    /// <summary>Releases the lock; also after a cancelled run.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_repository.Held == this)
        {
            _repository.Held = null;
        }

        await _released.CancelAsync().ConfigureAwait(false);
        await _refresh.ConfigureAwait(false);
        if (IsWritten)
        {
            _replaced.Add(_file);
            try
            {
                await RemoveReplacedAsync().ConfigureAwait(false);
            }
            catch (BackupException e)
            {
                _repository.Options.Warn($"the lock stays behind, and goes with `holdfast unlock`: {e.Message}");
            }
        }

        _refreshing.Dispose();
        _released.Dispose();
        _lost.Dispose();
    }

    private static async Task<bool> IsLeftBehindAsync(OpenRepository repository, BackendFile file, CancellationToken cancellation)
    {
        try
        {
            LockDocument? content = await TryLoadAsync(repository, file, cancellation).ConfigureAwait(false);
            return content is not null && (IsOld(content, repository.Options.Time) || IsOfNobody(content) || SeemsLeftBehind(content));
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            repository.Options.Warn($"{e.Message}; it is left alone, and goes with `holdfast unlock --remove-all`");
            return false;
        }
    }

    private static bool IsOld(LockDocument content, TimeProvider time) => time.GetUtcNow() - content.Time > StaleAge;

    /// <summary>D51: of a process that would be seen here if it still ran.</summary>
    private static bool IsOfNobody(LockDocument content) =>
        content.ProcessSpace is { } space && space == Machine.ProcessSpace && !Machine.ProcessExists(content.Pid);

    /// <summary>
    /// restic's rule, for locks that do not say where their process id counts. A container with this machine's name, or a clone of it,
    /// may well hold it.
    /// </summary>
    private static bool SeemsLeftBehind(LockDocument content) =>
        content.ProcessSpace is null && content.Hostname == Machine.HostName && !Machine.ProcessExists(content.Pid);

    /// <summary>The content of a lock, or null where it went away in the meantime.</summary>
    private static async Task<LockDocument?> TryLoadAsync(OpenRepository repository, BackendFile file, CancellationToken cancellation)
    {
        try
        {
            ReadOnlyMemory<byte> plain = await repository.LoadUnpackedAsync(file, cancellation).ConfigureAwait(false);
            return RepositoryJson.Read(plain.Span, RepositoryJson.Default.LockDocument, file.ToString());
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.NotFound)
        {
            return null;
        }
    }

    private async Task AcquireAsync(Func<CancellationToken, Task> meanwhile, CancellationToken cancellation)
    {
        await RefuseConflictsAsync(cancellation).ConfigureAwait(false);
        _refreshed = Moment.Now(_repository.Options.Time);
        _file = await WriteAsync(cancellation).ConfigureAwait(false);
        if (!_repository.Backend.ShowsAtOnce)
        {
            await ReadAndSettleAsync(meanwhile, cancellation).ConfigureAwait(false);
            return;
        }

        // D24: of those who exclude us, this listing shows each whose lock is there, and each who comes later sees ours. What is read
        // only now is so what the last of them left; read before it, it might be what he has removed since, and gone with his lock.
        await RefuseConflictsAsync(cancellation).ConfigureAwait(false);
        await meanwhile(cancellation).ConfigureAwait(false);
    }

    private async Task ReadAndSettleAsync(Func<CancellationToken, Task> meanwhile, CancellationToken cancellation)
    {
        HashSet<BackendEntry> before = await ListIndexesAsync(cancellation).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task settling = SettleAsync(cancellation);
        Task reading = meanwhile(stop.Token);
        try
        {
            await settling.ConfigureAwait(false);
            await RefuseConflictsAsync(cancellation).ConfigureAwait(false);
        }
        catch
        {
            // Whatever the reading met, somebody else had the repository.
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!before.SetEquals(await ListIndexesAsync(cancellation).ConfigureAwait(false)))
        {
            // D24: whoever did not see our lock yet may have been at his end before we looked. No pack goes that an index names (D9), so
            // his work shows there.
            reading = meanwhile(cancellation);
        }

        await reading.ConfigureAwait(false);
    }

    private async Task<HashSet<BackendEntry>> ListIndexesAsync(CancellationToken cancellation) =>
        [.. await _repository.Backend.ListAllAsync(FileType.Index, cancellation).ConfigureAwait(false)];

    /// <summary>Time for what others wrote in the same moment to become visible.</summary>
    private Task SettleAsync(CancellationToken cancellation) =>
        _repository.Backend.ShowsAtOnce ? Task.CompletedTask : Task.Delay(SettleTime, _repository.Options.Time, cancellation);

    /// <summary>
    /// D55: only a listing of which nothing went away counts. Whose lock went, by us or by himself, may have written it anew after
    /// the listing began.
    /// </summary>
    private async Task RefuseConflictsAsync(CancellationToken cancellation)
    {
        while (!await IsFreeAsync(cancellation).ConfigureAwait(false))
        {
            await SettleAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Removes locks that nobody holds any more; false where a lock went away, by that or otherwise, since it was listed.</summary>
    /// <exception cref="BackupException">Kind Locked.</exception>
    private async Task<bool> IsFreeAsync(CancellationToken cancellation)
    {
        bool isFree = true;
        await foreach (BackendEntry entry in _repository.Backend.ListAsync(FileType.Lock, cancellation).ConfigureAwait(false))
        {
            if (entry.File.Name == _file.Name)
            {
                continue;
            }

            LockDocument? other = await LoadOrExplainAsync(entry.File, cancellation).ConfigureAwait(false);
            if (other is null)
            {
                isFree = false;
                continue;
            }

            if (!_exclusive && !other.Exclusive)
            {
                continue;
            }

            bool isOld = IsOld(other, _repository.Options.Time);
            if (isOld && !IsWritten)
            {
                continue; // D56: there is nothing yet to compare it with
            }

            if (IsOfNobody(other) || (isOld && await HasLainAsync(entry.File, cancellation).ConfigureAwait(false)))
            {
                // restic waits for a person to say `unlock`; nobody may come for weeks, and no backup is made meanwhile.
                _repository.Options.Warn($"removing a lock left behind by {Describe(other)}");
                await _repository.Backend.RemoveAsync(entry.File, cancellation).ConfigureAwait(false);
                isFree = false;
                continue;
            }

            throw new BackupException(
                BackupErrorKind.Locked,
                $"the repository at {_repository.Backend.Location} is locked {(other.Exclusive ? "exclusively " : string.Empty)}by {Describe(other)}: "
                + (isOld ? "it is half an hour old by the clock of this machine, but not by that of the storage: set the clock that is wrong, or wait for it to end"
                    : SeemsLeftBehind(other) ? "no such process runs here; if it has none elsewhere under this host name, `holdfast unlock` removes the lock"
                    : "wait for it to end, or say how long to wait with --retry-lock"),
                isTransient: true);
        }

        return isFree;
    }

    /// <summary>
    /// D56: whether a lock has been there for half an hour by the storage's own clock, by which ours came just now. What it says itself is
    /// by the clock of its machine, which may be wrong. Where the storage does not know, there is nothing else to go by.
    /// </summary>
    private async Task<bool> HasLainAsync(BackendFile file, CancellationToken cancellation)
    {
        DateTimeOffset? theirs = await _repository.Backend.FindTimeAsync(file, cancellation).ConfigureAwait(false);
        return theirs is null || await _repository.Backend.FindTimeAsync(_file, cancellation).ConfigureAwait(false) - theirs > StaleAge;
    }

    private async Task<LockDocument?> LoadOrExplainAsync(BackendFile file, CancellationToken cancellation)
    {
        try
        {
            return await TryLoadAsync(_repository, file, cancellation).ConfigureAwait(false);
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
        {
            throw new BackupException(
                BackupErrorKind.Locked, $"{e.Message}; if no other process uses the repository, remove it with `holdfast unlock --remove-all`", e);
        }
    }

    private static string Describe(LockDocument other) =>
        $"process {other.Pid} of {other.Username} on {other.Hostname} since {other.Time.ToLocalTime():yyyy-MM-dd HH:mm:ss}";

    /// <summary>
    /// D66: restic looks for the process of a lock that has its own host name, and a container that has the name of its machine counts its
    /// processes by itself. So our lock says another name there.
    /// </summary>
    internal static string HostNameOf(string hostName, string? processNamespace) =>
        processNamespace is null ? hostName : $"{hostName} ({processNamespace})";

    private async Task<BackendFile> WriteAsync(CancellationToken cancellation)
    {
        var content = new LockDocument(
            _repository.Options.Time.GetLocalNow(), _exclusive, HostNameOf(Machine.HostName, Machine.OwnProcessNamespace), Environment.UserName, Environment.ProcessId,
            Machine.UserId, Machine.GroupId, Machine.ProcessSpace);
        byte[] plain = JsonSerializer.SerializeToUtf8Bytes(content, RepositoryJson.Default.LockDocument);
        try
        {
            Hash256 hash = await _repository.SaveUnpackedAsync(FileType.Lock, plain, cancellation).ConfigureAwait(false);
            return new(FileType.Lock, hash.ToString());
        }
        catch (BackupException e) when (e.InnerException is LinuxException { Error: Errno.AccessDenied or Errno.NotPermitted or Errno.ReadOnlyFileSystem } refusal)
        {
            throw new BackupException(
                e.Kind,
                $"the repository at {_repository.Backend.Location} cannot be locked, because nothing can be written there: {LinuxException.Describe(refusal.Error)}"
                + (_exclusive ? string.Empty : "; a command that only reads works with --no-lock, as long as nobody prunes"),
                e);
        }
    }
}
