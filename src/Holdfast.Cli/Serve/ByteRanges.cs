using System.Globalization;

namespace Holdfast.Cli.Serve;

/// <summary>A stretch of a file, both ends in it.</summary>
internal readonly record struct ByteRange(long First, long Last)
{
    internal long Length => Last - First + 1;
}

/// <summary>What a request wants of a file: RFC 9110, section 14.</summary>
internal static class ByteRanges
{
    /// <summary>More than that, nobody needs at once.</summary>
    private const int Most = 64;

    /// <summary>The stretches, in the order asked for; none where none can be had; null where the whole file is to be sent.</summary>
    internal static List<ByteRange>? Parse(string? header, long length)
    {
        const string unit = "bytes=";
        if (header is null || !header.StartsWith(unit, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var ranges = new List<ByteRange>();
        string[] parts = header[unit.Length..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (string part in parts)
        {
            int dash = part.IndexOf('-');
            if (dash < 0 || parts.Length > Most || !TryRead(part[..dash], out long? first) || !TryRead(part[(dash + 1)..], out long? last)
                || (first ?? last) is null || first > last)
            {
                return null; // what is no range is passed over
            }

            ByteRange range = first is { } start
                ? new(start, Math.Min(last ?? long.MaxValue, length - 1))
                : new(Math.Max(0, length - last!.Value), length - 1);
            if (range.First < length && range.Length > 0)
            {
                ranges.Add(range);
            }
        }

        // Ranges that overlap could ask for a file many times over.
        return parts.Length == 0 || ranges.Aggregate(0m, (sum, r) => sum + r.Length) > length ? null : ranges;
    }

    private static bool TryRead(string text, out long? number)
    {
        bool good = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long read);
        number = good ? read : null;
        return good || text.Length == 0;
    }
}
