namespace Holdfast.Repository;

/// <summary>How far a long operation on a repository is. Written by the operation, read by whoever shows it. Thread-safe.</summary>
public sealed class StageProgress
{
    private volatile string _stage = string.Empty;
    private long _done;
    private long _total;

    /// <summary>Called, from any thread, with a sentence that the user should read: each damage as it is found.</summary>
    public Action<string>? OnNote { get; init; }

    /// <summary>Called, from any thread, with what is no damage, but worth knowing.</summary>
    public Action<string>? OnHint { get; init; }

    /// <summary>Called, from any thread, with what only somebody who asked for details wants to read.</summary>
    public Action<string>? OnDetail { get; init; }

    /// <summary>What is being done now.</summary>
    public string Stage => _stage;

    public long Done => Volatile.Read(ref _done);

    /// <summary>How much there is to do in this stage; 0 where that is not known.</summary>
    public long Total => Volatile.Read(ref _total);

    internal void Begin(string stage, long total)
    {
        _stage = stage;
        Volatile.Write(ref _done, 0);
        Volatile.Write(ref _total, total);
    }

    internal void Advance() => Interlocked.Increment(ref _done);

    internal void Note(string sentence) => OnNote?.Invoke(sentence);

    internal void Hint(string sentence) => OnHint?.Invoke(sentence);

    internal void Detail(string sentence) => OnDetail?.Invoke(sentence);
}
