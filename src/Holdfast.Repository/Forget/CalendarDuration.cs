using System.Globalization;
using System.Text;

namespace Holdfast.Repository;

/// <summary>A length of time as restic's policies have it: <c>1y5m7d2h</c>. Years and months are those of the calendar.</summary>
public readonly record struct CalendarDuration(int Years, int Months, int Days, int Hours)
{
    public bool IsZero => this == default;

    /// <exception cref="FormatException">One sentence.</exception>
    public static CalendarDuration Parse(string text)
    {
        CalendarDuration result = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits < 1 || !int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                throw Nonsense(text);
            }

            result = rest[digits] switch
            {
                'y' => result with { Years = number },
                'm' => result with { Months = number },
                'd' => result with { Days = number },
                'h' => result with { Hours = number },
                _ => throw Nonsense(text),
            };
            rest = rest[(digits + 1)..];
        }

        return result;
    }

    /// <summary>
    /// So long before a time. Where that is a time of this zone, the clock on the wall goes back by years, months and days,
    /// whatever summer time does to it; a day that a month lacks is counted into the next. Both as Go has it.
    /// </summary>
    public DateTimeOffset Before(DateTimeOffset time, TimeZoneInfo zone)
    {
        try
        {
            int month = checked((time.Year * 12) + time.Month - 1 - (Years * 12) - Months);
            var first = new DateTime(Math.DivRem(month, 12, out int rest), rest + 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
            DateTime wall = first.AddDays(time.Day - 1 - Days) + time.TimeOfDay;
            TimeSpan offset = zone.GetUtcOffset(time) == time.Offset ? zone.GetUtcOffset(wall) : time.Offset;
            return new DateTimeOffset(wall, offset).AddHours(-Hours);
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            return DateTimeOffset.MinValue; // before the calendar begins
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((int number, char unit) in (ReadOnlySpan<(int, char)>)[(Years, 'y'), (Months, 'm'), (Days, 'd'), (Hours, 'h')])
        {
            if (number != 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{number}{unit}");
            }
        }

        return text.ToString();
    }

    private static FormatException Nonsense(string text) =>
        new($"'{text}' is no duration: write years, months, days and hours like 1y5m7d2h");
}
