using System.Globalization;

namespace Holdfast.Repository;

/// <summary>Keeps the newest snapshot of each hour, day, week, month or year, counted or within a length of time.</summary>
/// <param name="name">The reason it gives.</param>
/// <param name="count">How many it keeps.</param>
/// <param name="after">Only snapshots later than this.</param>
internal sealed class CalendarRule(string name, int count, DateTimeOffset after, Func<DateTimeOffset, int, int> period)
{
    /// <summary>As a count: all of them.</summary>
    internal const int Unlimited = -1;

    private int _left = count;
    private int _last = -1;

    internal static int Each(DateTimeOffset time, int number) => number;

    internal static int Hour(DateTimeOffset time, int number) => (Day(time, number) * 100) + time.Hour;

    internal static int Day(DateTimeOffset time, int number) => (Month(time, number) * 100) + time.Day;

    internal static int Week(DateTimeOffset time, int number) => (ISOWeek.GetYear(time.DateTime) * 100) + ISOWeek.GetWeekOfYear(time.DateTime);

    internal static int Month(DateTimeOffset time, int number) => (time.Year * 100) + time.Month;

    internal static int Year(DateTimeOffset time, int number) => time.Year;

    /// <summary>Why the rule keeps the next older snapshot; null where it does not.</summary>
    /// <param name="isOldest">Where counts are left, the oldest of all is kept too: that makes the history as long as it can be.</param>
    internal string? Keep(DateTimeOffset time, int number, bool isOldest)
    {
        if (time <= after || _left is not (> 0 or Unlimited))
        {
            return null;
        }

        int value = period(time, number);
        if (value == _last && !isOldest)
        {
            return null;
        }

        string reason = $"{(value == _last ? "oldest " : string.Empty)}{name}";
        _last = value;
        _left -= _left > 0 ? 1 : 0;
        return reason;
    }
}
