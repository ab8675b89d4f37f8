using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Times in a tree are RFC 3339 with up to nine decimals, trailing zeros cut, in the local zone of the machine that wrote
/// them, as Go's encoder writes them: <c>2026-11-21T14:03:00.5+01:00</c>.
/// </summary>
/// <remarks>
/// Before standard time came, around 1890, offsets had seconds. Go writes the local time with them and the offset without,
/// which moves the time when it is read; .NET rounds them. Such times are exact here and up to a minute off in restic.
/// </remarks>
public static class Timestamp
{
    /// <summary>Longest encoded form.</summary>
    internal const int MaxLength = 36;

    private const long SecondsPerDay = 86_400;
    private const int MaxYear = 9999; // and year 0: what RFC 3339 has

    /// <summary>The time that Go means by "no time": it has no zone.</summary>
    private const long NoTime = -62_135_596_800;

    // .NET knows offsets within its own years only.
    private const long FirstKnownOffset = NoTime + SecondsPerDay;
    private const long LastKnownOffset = 253_402_300_799 - SecondsPerDay;

    /// <summary>The time as a tree holds it.</summary>
    public static string Format(FileTime time, TimeZoneInfo zone)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        return System.Text.Encoding.ASCII.GetString(text[..Write(time, zone, text)]);
    }

    /// <summary>Writes the time without quotes and returns its length.</summary>
    internal static int Write(FileTime time, TimeZoneInfo zone, Span<byte> target)
    {
        int offset = OffsetMinutes(time.Seconds, zone);
        (long year, int month, int day, long ofDay) = Local(time.Seconds, offset);
        if (year is < 0 or > MaxYear)
        {
            // As restic does: the same day and time of day in the nearest year that can be written.
            long seconds = (DaysFromCivil(year < 0 ? 0 : MaxYear, month, day) * SecondsPerDay) + ofDay - (offset * 60L);
            offset = OffsetMinutes(seconds, zone);
            (year, month, day, ofDay) = Local(seconds, offset);
        }

        int at = 0;
        Digits(target, ref at, (int)year, 4);
        target[at++] = (byte)'-';
        Digits(target, ref at, month, 2);
        target[at++] = (byte)'-';
        Digits(target, ref at, day, 2);
        target[at++] = (byte)'T';
        Digits(target, ref at, (int)(ofDay / 3600), 2);
        target[at++] = (byte)':';
        Digits(target, ref at, (int)(ofDay / 60 % 60), 2);
        target[at++] = (byte)':';
        Digits(target, ref at, (int)(ofDay % 60), 2);
        if (time.Nanoseconds != 0)
        {
            target[at++] = (byte)'.';
            Digits(target, ref at, time.Nanoseconds, 9);
            while (target[at - 1] == (byte)'0')
            {
                at--;
            }
        }

        if (offset == 0)
        {
            target[at++] = (byte)'Z';
            return at;
        }

        target[at++] = offset < 0 ? (byte)'-' : (byte)'+';
        Digits(target, ref at, Math.Abs(offset) / 60, 2);
        target[at++] = (byte)':';
        Digits(target, ref at, Math.Abs(offset) % 60, 2);
        return at;
    }

    /// <summary>Reads a time; false where it is not RFC 3339.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> text, out FileTime time)
    {
        time = default;
        if (text.Length is < 20 or > MaxLength
            || !Number(text, 0, 4, out int year) || text[4] != '-'
            || !Number(text, 5, 2, out int month) || text[7] != '-'
            || !Number(text, 8, 2, out int day) || text[10] != 'T'
            || !Number(text, 11, 2, out int hour) || text[13] != ':'
            || !Number(text, 14, 2, out int minute) || text[16] != ':'
            || !Number(text, 17, 2, out int second)
            || month is < 1 or > 12 || day < 1 || day > DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        int at = 19;
        int nanoseconds = 0;
        if (text[at] == '.')
        {
            int digits = 0;
            for (at++; at < text.Length && char.IsAsciiDigit((char)text[at]); at++)
            {
                if (digits < 9)
                {
                    nanoseconds = (nanoseconds * 10) + (text[at] - '0');
                    digits++;
                }
            }

            if (digits == 0)
            {
                return false;
            }

            for (; digits < 9; digits++)
            {
                nanoseconds *= 10;
            }
        }

        if (!TryOffset(text[at..], out int offset))
        {
            return false;
        }

        long seconds = (DaysFromCivil(year, month, day) * SecondsPerDay) + (hour * 3600) + (minute * 60) + second - (offset * 60L);
        time = new(seconds, nanoseconds);
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        minutes = 0;
        if (text is [(byte)'Z'])
        {
            return true;
        }

        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':'
            || !Number(text, 1, 2, out int hour) || !Number(text, 4, 2, out int minute) || hour > 23 || minute > 59)
        {
            return false;
        }

        minutes = ((hour * 60) + minute) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static int OffsetMinutes(long seconds, TimeZoneInfo zone)
    {
        if (zone == TimeZoneInfo.Utc || seconds == NoTime)
        {
            return 0;
        }

        var known = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, FirstKnownOffset, LastKnownOffset));
        return (int)zone.GetUtcOffset(known).TotalMinutes;
    }

    /// <summary>Date and second of the day, of any second that the kernel can tell.</summary>
    private static (long Year, int Month, int Day, long OfDay) Local(long seconds, int offset)
    {
        long days = Math.DivRem(Math.Clamp(seconds, long.MinValue / 2, long.MaxValue / 2) + (offset * 60L), SecondsPerDay, out long ofDay);
        if (ofDay < 0)
        {
            days--;
            ofDay += SecondsPerDay;
        }

        (long year, int month, int day) = CivilFromDays(days);
        return (year, month, day, ofDay);
    }

    /// <summary>Year 0 is a leap year, and .NET does not know it; 400 years later everything is the same.</summary>
    private static int DaysInMonth(int year, int month) => DateTime.DaysInMonth(year == 0 ? 400 : year, month);

    /// <summary>The proleptic Gregorian date of a day number counted from 1970-01-01: Howard Hinnant's algorithm.</summary>
    private static (long Year, int Month, int Day) CivilFromDays(long days)
    {
        days += 719_468;
        long era = (days >= 0 ? days : days - 146_096) / 146_097;
        long ofEra = days - (era * 146_097);
        long yearOfEra = (ofEra - (ofEra / 1460) + (ofEra / 36_524) - (ofEra / 146_096)) / 365;
        long ofYear = ofEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        long shifted = ((5 * ofYear) + 2) / 153;
        int day = (int)(ofYear - (((153 * shifted) + 2) / 5) + 1);
        int month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    private static long DaysFromCivil(int year, int month, int day)
    {
        long y = year - (month <= 2 ? 1 : 0);
        long era = (y >= 0 ? y : y - 399) / 400;
        long yearOfEra = y - (era * 400);
        long ofYear = (((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5) + day - 1;
        long ofEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + ofYear;
        return (era * 146_097) + ofEra - 719_468;
    }

    private static void Digits(Span<byte> target, ref int at, int value, int width)
    {
        for (int i = width - 1; i >= 0; i--)
        {
            target[at + i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        at += width;
    }

    private static bool Number(ReadOnlySpan<byte> text, int start, int width, out int value)
    {
        value = 0;
        foreach (byte digit in text.Slice(start, width))
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return true;
    }
}
