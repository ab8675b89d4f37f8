using System.Globalization;

namespace Holdfast.Plan;

/// <summary>Numbers with a unit, as a plan writes them.</summary>
internal static class Quantity
{
    /// <summary>Bytes: <c>500</c>, <c>100K</c>, <c>20M</c>, <c>2G</c>, <c>1T</c>, in steps of 1024.</summary>
    internal static long? Bytes(string text)
    {
        int power = text.Length == 0 ? -1 : "KMGT".IndexOf(char.ToUpperInvariant(text[^1]));
        string digits = power < 0 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count <= long.MaxValue >> (10 * (power + 1))
            ? count << (10 * (power + 1))
            : null;
    }

    /// <summary>A time of at least a second and at most a hundred days: <c>30s</c>, <c>5m</c>, <c>1h30m</c>, <c>2d</c>.</summary>
    internal static TimeSpan? Duration(string text)
    {
        double seconds = 0;
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            int digits = rest.IndexOfAnyExceptInRange('0', '9');
            int factor = digits < 1 ? 0 : rest[digits] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
            if (factor == 0 || digits > 8)
            {
                return null;
            }

            seconds += (double)factor * int.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            rest = rest[(digits + 1)..];
        }

        return seconds is >= 1 and <= 100 * 86400 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>0 to 100, with or without a percent sign behind it.</summary>
    internal static double? Percent(string text) =>
        double.TryParse(text.TrimEnd('%').TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent <= 100
            ? percent
            : null;
}
