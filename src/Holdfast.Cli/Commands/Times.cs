using System.Globalization;

namespace Holdfast.Cli.Commands;

/// <summary>Times as users write them: local, unless they say which zone.</summary>
internal static class Times
{
    /// <exception cref="UsageException"/>
    internal static DateTimeOffset Parse(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset time)
            ? time
            : throw new UsageException($"'{text}' is no time: write it as 2026-11-21 14:03:00");
}
