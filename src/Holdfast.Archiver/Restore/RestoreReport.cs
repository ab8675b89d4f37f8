using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>What the summary will say: every step of a restore records here what it did and what it could not do. Thread-safe.</summary>
internal sealed class RestoreReport(RestoreProgress progress, bool willVerify)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Hash256> _leftAlone = [];
    private readonly HashSet<string> _notThere = [];
    private readonly HashSet<string> _kept = [];
    private readonly List<RestoreFailure> _failures = [];
    private readonly List<string> _lost = [];

    internal void Found(long bytes) => progress.Found(bytes);

    internal void Wrote(long bytes) => progress.Wrote(bytes);

    internal void Verified() => progress.Verified();

    internal void Enter(RestorePhase phase) => progress.PhaseChanged?.Invoke(phase);

    internal void Done(RestoreAction action, RestoreDirectory directory, ReadOnlySpan<byte> name, long bytes)
    {
        progress.Count(action, bytes);
        progress.ItemDone?.Invoke(action, directory.PathOf(name), bytes);
    }

    /// <summary>Records an entry that is left as it was.</summary>
    internal void Skip(RestoreDirectory directory, byte[] name, long bytes)
    {
        if (willVerify)
        {
            lock (_lock)
            {
                _leftAlone.Add(Fingerprint(directory.PathOf(name)));
            }
        }

        Done(RestoreAction.Skipped, directory, name, bytes);
    }

    /// <summary>Whether an entry is there as the snapshot has it, as far as is known: neither left alone nor failed.</summary>
    internal bool IsThere(string path)
    {
        lock (_lock)
        {
            return !_notThere.Contains(path) && !_leftAlone.Contains(Fingerprint(path));
        }
    }

    /// <summary>Whether an entry could not be restored; its metadata do not count.</summary>
    internal bool MissesSomething
    {
        get
        {
            lock (_lock)
            {
                return _notThere.Count > 0;
            }
        }
    }

    /// <summary>Tells, once, of a folder in which nothing is deleted.</summary>
    internal void Keep(string path, string reason)
    {
        lock (_lock)
        {
            if (!_kept.Add(path))
            {
                return;
            }
        }

        progress.Kept?.Invoke(path, reason);
    }

    /// <summary>Tells of what holds for many entries.</summary>
    internal void Note(string sentence) => progress.Noted?.Invoke(sentence);

    /// <summary>Records an entry that is not there as the snapshot has it.</summary>
    internal void Fail(string path, string reason)
    {
        lock (_lock)
        {
            _notThere.Add(path);
        }

        FailPartly(path, reason);
    }

    /// <summary>Records an entry that is there, but not with all its metadata.</summary>
    internal void FailPartly(string path, string reason)
    {
        var failure = new RestoreFailure(path, reason);
        lock (_lock)
        {
            _failures.Add(failure);
        }

        progress.Failed?.Invoke(failure);
    }

    /// <summary>Records a file whose content the repository cannot give back.</summary>
    internal void Lose(string path, string reason)
    {
        lock (_lock)
        {
            _lost.Add(path);
        }

        Fail(path, reason);
    }

    /// <summary>Runs a step for one entry; what goes wrong with it is recorded and stops nothing else. A full disk stops everything.</summary>
    internal bool Try(RestoreDirectory directory, byte[] name, Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (LinuxException e) when (!e.IsOutOfSpace)
        {
            Fail(directory.PathOf(name), e.Message);
            return false;
        }
    }

    internal RestoreSummary Summarize()
    {
        lock (_lock)
        {
            return new(
                progress.EntriesTotal,
                progress.EntriesRestored,
                progress.EntriesSkipped,
                progress.EntriesDeleted,
                progress.BytesTotal,
                progress.BytesRestored,
                progress.BytesSkipped,
                progress.FilesVerified,
                [.. _failures],
                [.. _lost]);
        }
    }

    /// <summary>Millions of files may be left alone: their paths would not fit in memory.</summary>
    private static Hash256 Fingerprint(string path) => Hash256.Of(PathText.Encode(path));
}
