namespace Holdfast.Fixtures;

/// <summary>Counts the calls of an operation, and makes one of them go wrong. Thread-safe.</summary>
/// <param name="number">The call, counted from 1.</param>
internal sealed class FaultPoint(Fault fault, int number)
{
    private int _calls;

    /// <summary>Whether the operation came as far as this.</summary>
    internal bool IsReached => Volatile.Read(ref _calls) >= number;

    /// <summary>What shall become of the next call; null for nothing unusual.</summary>
    internal Fault? Next()
    {
        int call = Interlocked.Increment(ref _calls);
        return call == number ? fault
            : call > number && fault is Fault.Killed or Fault.KilledAfterwards ? Fault.Fails
            : null;
    }

    public override string ToString() => $"{fault} at call {number}";
}
