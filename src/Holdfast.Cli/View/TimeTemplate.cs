using System.Globalization;
using Holdfast.Linux;

namespace Holdfast.Cli.View;

/// <summary>How times are written in a view: as Go has it, and so restic, by example of Mon Jan 2 15:04:05 -0700 MST 2006.</summary>
internal sealed class TimeTemplate
{
    internal const string Default = "2006-01-02T15:04:05Z07:00";

    /// <summary>What stands for a part of the time; of two that begin alike, the longer one first.</summary>
    private static readonly (string Example, Func<DateTimeOffset, string> Write)[] Parts =
    [
        ("January", Own("MMMM")), ("Jan", Own("MMM")), ("Monday", Own("dddd")), ("Mon", Own("ddd")),
        ("MST", t => t.Offset == TimeSpan.Zero ? "UTC" : Offset(t, string.Empty, isBrief: true)),
        ("_2006", t => "_" + Own("yyyy")(t)), ("2006", Own("yyyy")), ("_2", t => t.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2)),
        ("002", t => t.DayOfYear.ToString("000", CultureInfo.InvariantCulture)), ("01", Own("MM")), ("02", Own("dd")), ("03", Own("hh")), ("04", Own("mm")), ("05", Own("ss")), ("06", Own("yy")),
        ("15", Own("HH")), ("1", Own("%M")), ("2", Own("%d")), ("3", Own("%h")), ("4", Own("%m")), ("5", Own("%s")),
        ("PM", Own("tt")), ("pm", t => Own("tt")(t).ToLowerInvariant()),
        ("Z07:00", t => t.Offset == TimeSpan.Zero ? "Z" : Offset(t, ":")), ("Z0700", t => t.Offset == TimeSpan.Zero ? "Z" : Offset(t, string.Empty)),
        ("-07:00", t => Offset(t, ":")), ("-0700", t => Offset(t, string.Empty)), ("-07", t => Offset(t, string.Empty)[..3]),
    ];

    private readonly List<Func<DateTimeOffset, string>> _writers = [];

    /// <exception cref="UsageException">All snapshots would have the same name, or one in several folders.</exception>
    internal TimeTemplate(string text)
    {
        bool hasTime = false;
        for (int at = 0; at < text.Length;)
        {
            (string? example, Func<DateTimeOffset, string>? write) = Array.Find(Parts, p => text.AsSpan(at).StartsWith(p.Example));
            string plain = example is null ? text[at].ToString() : string.Empty;
            _writers.Add(write ?? (_ => plain));
            hasTime |= write is not null;
            at += example?.Length ?? 1;
        }

        if (!hasTime || text.AsSpan().ContainsAny('/', '\\', '\0'))
        {
            throw new UsageException($"'{PathText.Printable(text)}' is no template for times: write how 15:04:05 on 2 January 2006 shall look, such as 2006-01-02_15-04-05");
        }
    }

    internal string Write(DateTimeOffset time) => string.Concat(_writers.Select(w => w(time)));

    private static Func<DateTimeOffset, string> Own(string format) => time => time.ToString(format, CultureInfo.InvariantCulture);

    private static string Offset(DateTimeOffset time, string separator, bool isBrief = false)
    {
        string text = time.Offset.ToString("hh':'mm", CultureInfo.InvariantCulture);
        return (time.Offset < TimeSpan.Zero ? "-" : "+") + (isBrief && text.EndsWith(":00", StringComparison.Ordinal) ? text[..2] : text.Replace(":", separator));
    }
}
