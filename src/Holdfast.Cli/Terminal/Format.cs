namespace Holdfast.Cli.Terminal;

/// <summary>Numbers for people.</summary>
internal static class Format
{
    /// <summary>Bytes in binary units with three decimals, as restic shows them: <c>1.500 GiB</c>.</summary>
    internal static string Bytes(long count)
    {
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        double value = count;
        int unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0 ? $"{count} B" : $"{value:0.000} {units[unit]}";
    }

    /// <summary>A number with what it counts: <c>1 file</c>, <c>2 files</c>.</summary>
    /// <param name="many">The word for several; null where that only has an <c>s</c> more.</param>
    internal static string Count(long count, string one, string? many = null) => $"{count} {(count == 1 ? one : many ?? one + "s")}";

    /// <summary>A duration as <c>1:02</c> or <c>1:02:03</c>.</summary>
    internal static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}" : $"{(int)time.TotalMinutes}:{time.Seconds:00}";
}
