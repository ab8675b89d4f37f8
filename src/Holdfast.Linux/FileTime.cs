namespace Holdfast.Linux;

/// <summary>A point in time as the kernel keeps it: whole seconds since 1970 in UTC (negative before) and nanoseconds, 0 to 999,999,999.</summary>
public readonly record struct FileTime(long Seconds, int Nanoseconds) : IComparable<FileTime>
{
    public const int NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The same instant; ticks of 100 ns lose nothing on the way here.</summary>
    public static FileTime FromDateTimeOffset(DateTimeOffset time)
    {
        long seconds = time.ToUnixTimeSeconds();
        return new(seconds, (int)((time.UtcTicks % TimeSpan.TicksPerSecond) * TimeSpan.NanosecondsPerTick));
    }

    /// <summary>The same instant in UTC, cut to 100 ns and to the range of .NET's years 1 to 9999.</summary>
    public DateTimeOffset ToDateTimeOffset()
    {
        long seconds = Math.Clamp(Seconds, DateTimeOffset.MinValue.ToUnixTimeSeconds(), DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(Nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    public int CompareTo(FileTime other) =>
        Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    public static bool operator <(FileTime left, FileTime right) => left.CompareTo(right) < 0;

    public static bool operator >(FileTime left, FileTime right) => left.CompareTo(right) > 0;

    public static bool operator <=(FileTime left, FileTime right) => left.CompareTo(right) <= 0;

    public static bool operator >=(FileTime left, FileTime right) => left.CompareTo(right) >= 0;
}
