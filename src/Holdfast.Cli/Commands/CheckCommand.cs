using System.CommandLine;
using System.Globalization;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Looks for damage in a repository.</summary>
internal static class CheckCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("check", """
            Look for damage: index, packs, snapshots and trees; with --read-data, every byte.

            Examples:
              holdfast check
              holdfast check --read-data-subset 10%
              holdfast check --read-budget 30m      reads what was not read for longest, for half an hour
              holdfast check --host web1 --read-data
            """);
        var readData = new Option<bool>("--read-data") { Description = "read and prove all data" };
        var subset = new Option<string?>("--read-data-subset")
        {
            Description = "read and prove a part of it: n/t (such as 1/5), a percentage, or a size such as 2G", HelpName = "subset",
        };
        var budget = new Option<string?>("--read-budget")
        {
            Description = "read and prove so much of what was not read for longest: a size such as 5GB, a share such as 10%, or a time such as 30m", HelpName = "budget",
        };
        var correct = new Option<bool>("--correct") { Description = "correct damaged packs that have parity enough" };
        foreach (Option option in (Option[])[readData, subset, budget, correct])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool corrects = parsed.GetValue(correct), locks = !parsed.GetValue(GlobalOptions.NoLock);
            CheckOptions options = Read(parsed.GetValue(readData), parsed.GetValue(subset), parsed.GetValue(budget)) with { Notes = locks, Corrects = corrects, ReadsOnlyTheirs = choice.IsGiven(parsed) };
            var access = new RepositoryAccess(parsed, output);
            int damagedIndexes = 0;
            IReadOnlySet<SnapshotId>? snapshots = null;
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenWithoutCacheAsync(cancellation), exclusive: corrects, writes: corrects, LoadIndexAsync, cancellation);
            return await RunAsync(held.Indexed, damagedIndexes, options with { Snapshots = snapshots }, output, held.Cancellation);

            async Task<IndexedRepository> LoadIndexAsync(OpenRepository repository, CancellationToken token)
            {
                damagedIndexes = 0; // this attempt's own
                snapshots = choice.IsGiven(parsed) ? await ChooseAsync(repository, token) : await repository.ListSnapshotIdsAsync(token); // D52: before the index
                return await repository.LoadIndexAsync(e => { damagedIndexes++; output.Report(e.Message); }, token);
            }

            async Task<IReadOnlySet<SnapshotId>> ChooseAsync(OpenRepository repository, CancellationToken token)
            {
                // One that cannot be read is named when all are looked at.
                HashSet<SnapshotId> chosen = [.. choice.Filter(parsed, await repository.ListSnapshotsAsync(static _ => { }, token)).Select(s => s.Id)];
                return chosen.Count > 0 ? chosen : throw new BackupException(BackupErrorKind.NotFound, "no snapshot is of that host, with those tags and paths: there is nothing to check");
            }
        });
        return command;
    }

    private static CheckOptions Read(bool readData, string? subset, string? budget)
    {
        if ((readData ? 1 : 0) + (subset is not null ? 1 : 0) + (budget is not null ? 1 : 0) > 1)
        {
            throw new UsageException("--read-data, --read-data-subset and --read-budget exclude each other: give one of them");
        }

        try
        {
            return new(readData ? PackSubset.All : subset is not null ? PackSubset.Parse(subset) : null)
            {
                Budget = budget is not null ? ParseBudget(budget) : null,
            };
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <summary>A lower-case <c>m</c> alone is minutes here, not megabytes.</summary>
    private static ReadBudget ParseBudget(string text)
    {
        if (text.EndsWith('%'))
        {
            return double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is > 0 and <= 100
                ? ReadBudget.Percent(percent)
                : throw new UsageException($"--read-budget '{text}' is no share: write 0.1% to 100%");
        }

        if (text.Length > 1 && text[^1] is 's' or 'm' or 'h' or 'd')
        {
            TimeSpan time = RepositoryAccess.ParseDuration(text);
            return time > TimeSpan.Zero ? ReadBudget.Duration(time) : throw NoBudget(text);
        }

        long bytes = Sizes.Parse(text, "--read-budget", ", 10%, 30m");
        return bytes > 0 ? ReadBudget.Bytes(bytes) : throw NoBudget(text);
    }

    private static UsageException NoBudget(string text) => new($"--read-budget '{text}' would read nothing: write a size such as 5GB, a share such as 10%, or a time such as 30m");

    private static async Task<int> RunAsync(
        IndexedRepository indexed, int damagedIndexes, CheckOptions options, Output output, CancellationToken cancellation)
    {
        var progress = StageText.Told(output, output.Report);
        CheckReport report;
        await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
        {
            report = await new Checker(indexed, options, progress).RunAsync(cancellation);
        }

        int errors = report.Errors + damagedIndexes;
        bool indexIsBroken = damagedIndexes > 0 || report.IndexIsBroken;
        if (output.IsJson)
        {
            output.Json(
                new("summary", errors, Names(report.BrokenPacks), indexIsBroken, report.UnusedPacks > 0, Names(report.CorrectedPacks), ReadingOf(report.History)),
                CliJson.Default.CheckResult);
        }

        if (report.History is { } history)
        {
            output.Say(Describe(history));
        }

        output.Say(errors == 0
            ? !options.Reads ? "no damage found; --read-data would also prove every byte" : "no damage found"
            : $"{errors} damages found");
        return errors == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string[]? Names(IReadOnlyCollection<PackId> packs) => packs.Count > 0 ? [.. packs.Select(p => p.ToString())] : null;

    private static CheckReading? ReadingOf(ReadHistory? history) => history is null ? null
        : new(history.Total, history.Within30Days, history.Within90Days, history.Never, history.Oldest);

    private static string Describe(ReadHistory history)
    {
        double total = Math.Max(1, history.Total);
        string oldest = history.Oldest is { } time ? $"; the longest ago that was read, on {time.ToLocalTime():yyyy-MM-dd}" : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"read and found good: {history.Within30Days / total:0.0%} in the last 30 days, {history.Within90Days / total:0.0%} in the last 90; never {history.Never / total:0.0%}{oldest}");
    }
}
