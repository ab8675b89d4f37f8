using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Forget;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Puts snapshots that a policy does not keep into the trash, and removes what has been there long enough.</summary>
internal static class ForgetCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("forget", """
            Forget snapshots by a policy, or those named: they go into the trash, and after a week they are removed for good.

            Examples:
              holdfast forget --keep-daily 7 --keep-weekly 5 --keep-yearly unlimited --dry-run
              holdfast forget --keep-ladder 7,4,12 --prune
              holdfast forget --keep-within 30d --explain
              holdfast forget 3f2a91c7
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids: forget these, whatever a policy says", Arity = ArgumentArity.ZeroOrMore };
        command.Arguments.Add(names);
        var options = new ForgetCommandOptions(command);
        var compact = new Option<bool>("--compact", "-c") { Description = "one line each, without paths" };
        Option<bool> dryRun = DryRunOption.Create("say what would go and what keeps the rest, and change nothing");
        var explain = new Option<bool>("--explain") { Description = "show what the policy will have kept in a year, and change nothing" };
        var every = new Option<string?>("--every") { Description = "for --explain: the time between two backups, such as 1d (default: as it was)", HelpName = "duration" };
        var prune = new Option<bool>("--prune") { Description = "afterwards, remove data that no snapshot needs; what is in the trash still does" };
        foreach (Option option in (Option[])[compact, dryRun, explain, every, prune])
        {
            command.Options.Add(option);
        }

        var pruneOptions = new PruneCommandOptions(command);

        var choice = new SnapshotOptions(command, isHostBrief: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            ForgetOptions request = options.Read(parsed, choice.IsGiven(parsed));
            string[] named = parsed.GetValue(names)!;
            if (named.Length > 0 && !request.Policy.IsEmpty)
            {
                throw new UsageException("name snapshots, or give a policy: one or the other");
            }

            PruneOptions pruning = pruneOptions.Read(parsed);
            TimeSpan? pause = ReadEvery(parsed.GetValue(every), parsed.GetValue(explain), named);
            bool changes = !parsed.GetValue(dryRun) && !parsed.GetValue(explain);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: changes, writes: changes, cancellation);
            if (parsed.GetValue(prune))
            {
                pruneOptions.Require(held.Repository, pruning);
            }

            List<StoredSnapshot> all = await held.Repository.ListForChangeAsync(finish: changes, held.Cancellation);
            if (parsed.GetValue(explain))
            {
                new ForecastReport(output).Print(ForgetForecast.Of(request, all, choice.Filter(parsed, all), pause, TimeProvider.System, held.Cancellation));
                return ExitCode.Done;
            }

            var planner = new ForgetPlanner(request, TimeProvider.System);
            ForgetPlan plan = named.Length > 0
                ? planner.PlanNamed(all, choice.ChooseFrom(parsed, all, named, held.Repository))
                : planner.Plan(all, choice.Filter(parsed, all));
            var report = new ForgetReport(output, plan, parsed.GetValue(compact));
            if (named.Length == 0)
            {
                output.Say($"policy: {request.Policy.Describe()}");
            }

            report.Plan(changes);
            var run = new ForgetRun(held.Repository, plan);
            if (changes)
            {
                await using (new ProgressLine(output, elapsed => $"[{Format.Duration(elapsed)}] {run.Done} of {run.Total} snapshots changed"))
                {
                    await run.RunAsync(held.Cancellation);
                }
            }

            report.End(run, changes);
            if (parsed.GetValue(prune) && changes)
            {
                await held.ReleaseAsync(); // prune takes its own, and keeps others out for the sweep only
                await PruneReport.RunAsync(held.Repository, pruning, dryRun: false, output, held.Cancellation);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static TimeSpan? ReadEvery(string? text, bool explain, string[] named)
    {
        if (explain && named.Length > 0)
        {
            throw new UsageException("--explain is about a policy: leave out the snapshots");
        }

        if (text is not null && !explain)
        {
            throw new UsageException("--every is for --explain: give both");
        }

        TimeSpan? every = text is null ? null : RepositoryAccess.ParseDuration(text);
        return every is null || every is { TotalHours: >= 1, TotalDays: <= 366 } ? every : throw new UsageException($"--every {text} is out of range: 1h to 366d");
    }
}
