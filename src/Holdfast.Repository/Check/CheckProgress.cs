namespace Holdfast.Repository;

/// <summary>How far a check is. Written by the check, read by whoever shows it. Thread-safe.</summary>
public sealed class CheckProgress
{
    private volatile string _stage = string.Empty;
    private long _done;
    private long _total;

    /// <summary>Called, from any thread, for each damage as it is found; the text is one sentence.</summary>
    public Action<string>? OnDamage { get; init; }

    /// <summary>Called for what is no damage, but worth knowing.</summary>
    public Action<string>? OnHint { get; init; }

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
}
