using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Cli.View;

/// <summary>The snapshots of a repository in their folders, read anew where somebody looks and the last time is half a minute ago. Thread-safe.</summary>
internal sealed class ListedSnapshots(
    OpenRepository repository, Func<List<StoredSnapshot>, List<StoredSnapshot>> filter, IReadOnlyList<PathTemplate> templates, CancellationToken end) : IDisposable
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _reading = new(1);
    private readonly HashSet<string> _said = [];
    private Dictionary<string, Node[]>? _current;
    private long _readAt;

    /// <summary>The time of the newest snapshot; null where there is none.</summary>
    internal async Task<DateTimeOffset?> FindNewestAsync()
    {
        List<StoredSnapshot> all = await ReadAsync();
        return all is [.., var newest] ? newest.Snapshot.Time : null;
    }

    /// <summary>The entries of each folder, by its path.</summary>
    internal async ValueTask<Dictionary<string, Node[]>> CurrentAsync()
    {
        await _reading.WaitAsync(end);
        try
        {
            if (_current is null || repository.Options.Time.GetElapsedTime(_readAt) >= Age)
            {
                await RefreshAsync();
            }

            return _current!;
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task RefreshAsync()
    {
        try
        {
            await ReadAsync();
        }
        catch (BackupException e) when (_current is not null)
        {
            Say(e); // what was known stays, until the storage answers again
            _readAt = repository.Options.Time.GetTimestamp();
        }
    }

    private async Task<List<StoredSnapshot>> ReadAsync()
    {
        List<StoredSnapshot> all = await repository.ListSnapshotsAsync(Say, end);
        List<StoredSnapshot> shown = filter(all.FindAll(s => !s.Snapshot.IsInTrash()));
        _current = new SnapshotBranches(shown, templates).ToNodes();
        _readAt = repository.Options.Time.GetTimestamp();
        return shown;
    }

    private void Say(BackupException damage)
    {
        if (_said.Add(damage.Message))
        {
            repository.Options.Warn(damage.Message);
        }
    }
}
