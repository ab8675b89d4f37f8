using System.CommandLine;
using System.Globalization;
using Holdfast.Cli.Access;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>The options of `forget`, spelled as restic spells them, and how they become a request to the planner.</summary>
internal sealed class ForgetCommandOptions
{
    private readonly Option<string?> _last = Count("last", "-l");
    private readonly Option<string?> _hourly = Count("hourly", "-H");
    private readonly Option<string?> _daily = Count("daily", "-d");
    private readonly Option<string?> _weekly = Count("weekly", "-w");
    private readonly Option<string?> _monthly = Count("monthly", "-m");
    private readonly Option<string?> _yearly = Count("yearly", "-y");
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

    private readonly Option<string?> _grace = new("--grace")
    {
        Description = "how long the trash keeps what is forgotten (default 7d, or what it was given then); 0 empties it", HelpName = "duration",
    };

    private readonly Option<bool> _noTrash = new("--no-trash") { Description = "remove at once what this run forgets" };
    private readonly Option<bool> _force = new("--force") { Description = "also remove the newest snapshot of a group, and the newest whole one" };
    private readonly Option<bool> _removeAll = new("--unsafe-allow-remove-all") { Description = "without a policy, forget all that the filters let through" };

    internal ForgetCommandOptions(Command command)
    {
        foreach (Option option in (Option[])
            [
                _last, _hourly, _daily, _weekly, _monthly, _yearly, _within, _withinHourly, _withinDaily, _withinWeekly, _withinMonthly, _withinYearly,
                _tags, _ladder, _groupBy, _grace, _noTrash, _force, _removeAll,
            ])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The request, checked before anything is opened.</summary>
    /// <exception cref="UsageException"/>
    internal ForgetOptions Read(ParseResult parsed, bool isFiltered)
    {
        ForgetPolicy policy = ReadPolicy(parsed);
        bool removeAll = parsed.GetValue(_removeAll) && policy.IsEmpty;
        if (removeAll && !isFiltered)
        {
            throw new UsageException("--unsafe-allow-remove-all would forget every snapshot there is: say which with --host, --tag or --path");
        }

        return new()
        {
            Policy = policy,
            Grouping = ListCommand.ReadGrouping(parsed.GetValue(_groupBy)),
            Grace = parsed.GetValue(_grace) is { } grace ? grace == "0" ? TimeSpan.Zero : RepositoryAccess.ParseDuration(grace) : null,
            WithoutTrash = parsed.GetValue(_noTrash),
            Force = parsed.GetValue(_force),
            RemoveAll = removeAll,
        };
    }

    private ForgetPolicy ReadPolicy(ParseResult parsed)
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

    private static Option<string?> Count(string what, string brief) =>
        new($"--keep-{what}", brief) { Description = $"keep the last N {(what == "last" ? string.Empty : what + " ")}snapshots; or unlimited", HelpName = "N" };

    private static Option<string?> Within(string what, string which) =>
        new($"--keep-within{what}") { Description = $"keep {which}, so far back from the newest: 1y5m7d2h", HelpName = "duration" };
}
