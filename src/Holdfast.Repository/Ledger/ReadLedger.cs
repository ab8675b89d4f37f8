using System.Collections.Concurrent;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// When each pack was last read whole and found good. It is knowledge and no data: what cannot be read of it is forgotten,
/// and where it cannot be stored, the reading counts all the same. Thread-safe.
/// </summary>
/// <param name="tell">Told what is wrong with the ledger itself.</param>
internal sealed class ReadLedger(OpenRepository repository, Action<string> tell) : IDisposable
{
    /// <summary>What a kill may cost of a reading of many hours.</summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<PackId, DateTimeOffset> _entries = new();
    private readonly HashSet<BackendFile> _files = [];
    private readonly SemaphoreSlim _gate = new(1);
    private long _saved;
    private bool _isChanged;
    private bool _hasFailed;

    /// <summary>Reads what there is; of two times of a pack the newer counts.</summary>
    internal async Task LoadAsync(CancellationToken cancellation)
    {
        _saved = repository.Options.Time.GetTimestamp();
        try
        {
            await foreach (BackendEntry file in repository.Backend.ListAsync(FileType.Ledger, cancellation).ConfigureAwait(false))
            {
                await ReadAsync(file.File, cancellation).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            tell($"when packs were last read is not known: {e.Message}");
        }
    }

    /// <summary>When a pack was last read whole and found good; null where that is not known.</summary>
    internal DateTimeOffset? Find(PackId pack) => _entries.TryGetValue(pack, out DateTimeOffset read) ? read : null;

    /// <summary>Whether anything is known at all.</summary>
    internal bool IsEmpty => _entries.IsEmpty;

    /// <summary>Notes that a pack is good now.</summary>
    internal async Task NoteAsync(PackId pack, CancellationToken cancellation)
    {
        _entries[pack] = repository.Options.Time.GetUtcNow();
        _isChanged = true;
        if (repository.Options.Time.GetElapsedTime(Volatile.Read(ref _saved)) > SaveInterval)
        {
            await SaveAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets when packs were found good that are damaged now.</summary>
    internal void Distrust(IEnumerable<PackId> packs)
    {
        foreach (PackId pack in packs)
        {
            _isChanged |= _entries.TryRemove(pack, out _);
        }
    }

    /// <summary>Forgets packs that are not there any more.</summary>
    internal void KeepOnly(IReadOnlySet<PackId> packs)
    {
        foreach (PackId gone in _entries.Keys.Where(p => !packs.Contains(p)))
        {
            _entries.TryRemove(gone, out _);
        }
    }

    /// <summary>Stores what was noted, merged with all that was there before; the files it was read from go when that is durable (D20).</summary>
    internal async Task SaveAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_isChanged && !_hasFailed)
            {
                _isChanged = false;
                await ReplaceUnsynchronizedAsync(cancellation).ConfigureAwait(false);
                Volatile.Write(ref _saved, repository.Options.Time.GetTimestamp());
            }
        }
        catch (BackupException e)
        {
            _hasFailed = true; // once is enough: the next packs would only say the same
            tell($"which packs were read cannot be noted, so a later --read-budget reads them again: {e.Message}");
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task ReadAsync(BackendFile file, CancellationToken cancellation)
    {
        try
        {
            ReadOnlyMemory<byte> plain = await repository.LoadUnpackedAsync(file, cancellation).ConfigureAwait(false);
            LedgerFile.Read(plain.Span, file.ToString(), Merge);
            _files.Add(file);
        }
        catch (BackupException e)
        {
            if (e.Kind != BackupErrorKind.Unreachable)
            {
                _files.Add(file); // what it knew is lost, and another takes its place; one out of reach may be read the next time (D20)
            }

            tell($"when some packs were last read is not known: {e.Message}");
        }
    }

    /// <summary>A time that is yet to come is a clock's mistake, and would keep the pack from being read.</summary>
    private void Merge(PackId pack, DateTimeOffset read)
    {
        if (read <= repository.Options.Time.GetUtcNow())
        {
            _entries.AddOrUpdate(pack, read, (_, other) => read > other ? read : other);
        }
    }

    private async Task ReplaceUnsynchronizedAsync(CancellationToken cancellation)
    {
        Hash256 hash = await repository.SaveUnpackedAsync(FileType.Ledger, LedgerFile.Write(_entries), cancellation).ConfigureAwait(false);
        var merged = new BackendFile(FileType.Ledger, hash.ToString());
        foreach (BackendFile file in _files.Where(f => f != merged).ToList())
        {
            await repository.Backend.RemoveAsync(file, cancellation).ConfigureAwait(false);
            _files.Remove(file);
        }

        _files.Add(merged);
    }
}
