using System.CommandLine;
using System.Globalization;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>The options that make a policy, spelled as restic spells them.</summary>
internal sealed class KeepOptions
{
    private readonly Option<string?> _last = Count("last");
    private readonly Option<string?> _hourly = Count("hourly");
    private readonly Option<string?> _daily = Count("daily");
    private readonly Option<string?> _weekly = Count("weekly");
    private readonly Option<string?> _monthly = Count("monthly");
    private readonly Option<string?> _yearly = Count("yearly");
    private readonly Option<string?> _within = Within("", "all snapshots");
    private readonly Option<string?> _withinHourly = Within("-hourly", "one snapshot an hour");
    private readonly Option<string?> _withinDaily = Within("-daily", "one snapshot a day");
    private readonly Option<string?> _withinWeekly = Within("-weekly", "one snapshot a week");
    private readonly Option<string?> _withinMonthly = Within("-monthly", "one snapshot a month");
    private readonly Option<string?> _withinYearly = Within("-yearly", "one snapshot a year");
    private readonly Option<string[]> _tags = new("--keep-tag")
    {
        Description = "keep snapshots with all of these tags, comma-separated (may be repeated: any of the lists)", HelpName = "tags", DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _ladder = new("--keep-ladder")
    {
        Description = "keep by count of runs: 7,4,12 is the newest 7, every 7th for 4 of them, every 28th for 12", HelpName = "counts",
    };

    private readonly Option<string> _groupBy = new("--group-by", "-g")
    {
        Description = "the policy holds for each group by itself: host, paths and tags, comma-separated; '' for none", HelpName = "group",
        DefaultValueFactory = _ => "host,paths",
    };

    private Option[] All =>
    [
        _last, _hourly, _daily, _weekly, _monthly, _yearly, _within, _withinHourly, _withinDaily, _withinWeekly, _withinMonthly, _withinYearly,
        _tags, _ladder, _groupBy,
    ];

    /// <param name="areBrief">Whether the counts have letters of their own, of which -H is --host elsewhere.</param>
    internal KeepOptions(Command command, bool areBrief = true)
    {
        foreach ((Option<string?> option, string letter) in ((Option<string?>, string)[])
            [(_last, "-l"), (_hourly, "-H"), (_daily, "-d"), (_weekly, "-w"), (_monthly, "-m"), (_yearly, "-y")])
        {
            if (areBrief)
            {
                option.Aliases.Add(letter);
            }
        }

        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the user gave any of it, though it may come to nothing.</summary>
    internal bool IsGiven(ParseResult parsed) => All.Any(o => o != _groupBy && parsed.GetResult(o) is { Implicit: false });

    /// <exception cref="UsageException">A word is unknown.</exception>
    internal SnapshotGrouping ReadGrouping(ParseResult parsed) => ListCommand.ReadGrouping(parsed.GetValue(_groupBy));

    /// <exception cref="UsageException">A count, duration or ladder is none.</exception>
    internal ForgetPolicy Read(ParseResult parsed)
    {
        try
        {
            return new()
            {
                Last = ReadCount(parsed, _last),
                Hourly = ReadCount(parsed, _hourly),
                Daily = ReadCount(parsed, _daily),
                Weekly = ReadCount(parsed, _weekly),
                Monthly = ReadCount(parsed, _monthly),
                Yearly = ReadCount(parsed, _yearly),
                Within = ReadWithin(parsed, _within),
                WithinHourly = ReadWithin(parsed, _withinHourly),
                WithinDaily = ReadWithin(parsed, _withinDaily),
                WithinWeekly = ReadWithin(parsed, _withinWeekly),
                WithinMonthly = ReadWithin(parsed, _withinMonthly),
                WithinYearly = ReadWithin(parsed, _withinYearly),
                Tags = [.. parsed.GetValue(_tags)!.Select(t => t.Split(',', StringSplitOptions.TrimEntries))],
                Ladder = parsed.GetValue(_ladder) is { } ladder ? KeepLadder.Parse(ladder) : null,
            };
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static int ReadCount(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) switch
    {
        null => 0,
        "unlimited" => -1,
        { } text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : throw new UsageException($"{option.Name} '{text}' is no count: give a number, or unlimited"),
    };

    private static CalendarDuration ReadWithin(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? CalendarDuration.Parse(text) : default;

    private static Option<string?> Count(string what) =>
        new($"--keep-{what}") { Description = $"keep the last N {(what == "last" ? string.Empty : what + " ")}snapshots; or unlimited", HelpName = "N" };

    private static Option<string?> Within(string what, string which) =>
        new($"--keep-within{what}") { Description = $"keep {which}, so far back from the newest: 1y5m7d2h", HelpName = "duration" };
}
