namespace Holdfast.Repository;

/// <summary>How much unused data may stay in packs that are partly used. Immutable.</summary>
public sealed class UnusedLimit
{
    /// <summary>No pack is rewritten only for what is unused in it.</summary>
    public static readonly UnusedLimit Unlimited = new(_ => long.MaxValue);

    private readonly Func<long, long> _limit;

    private UnusedLimit(Func<long, long> limit) => _limit = limit;

    /// <param name="percent">Of what the repository holds after pruning; from 0 to below 100.</param>
    public static UnusedLimit Percent(double percent)
    {
        if (percent is not (>= 0 and < 100))
        {
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "the share must be from 0 to below 100 percent");
        }

        return new(used => (long)(percent / (100 - percent) * used));
    }

    public static UnusedLimit Bytes(long bytes) => new(_ => bytes);

    /// <summary>Bytes that may stay unused beside so many bytes in use.</summary>
    internal long For(long used) => _limit(used);
}
