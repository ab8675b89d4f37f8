using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Makes parity that is missing.</summary>
internal static class RepairParityCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("parity", """
            Make parity for packs that have none, or whose parity is damaged, and remove that of packs which are gone. Each
            pack is read and proven first. How much: `holdfast parity`.

            Example:
              holdfast repair parity --dry-run
            """);
        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(dryRun);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isDryRun = parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: true, writes: !isDryRun, cancellation);
            double percent = await held.Repository.LoadParityAsync(held.Cancellation)
                ?? throw new UsageException("this repository has no parity: `holdfast parity 5%` first says how much it shall have");
            StageProgress progress = StageText.Told(output);
            ParityRepairPlan plan;
            IReadOnlyCollection<PackId> damaged = [];
            await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
            {
                IndexedRepository indexed = await held.Repository.LoadIndexAsync(null, held.Cancellation);
                plan = await new ParityRepairPlanner(indexed, percent, progress).PlanAsync(held.Cancellation);
                if (!isDryRun)
                {
                    damaged = await plan.ExecuteAsync(held.Cancellation);
                }
            }

            Print(plan, damaged, isDryRun, output);
            return damaged.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(ParityRepairPlan plan, IReadOnlyCollection<PackId> damaged, bool dryRun, Output output)
    {
        int made = plan.PacksWithout.Count - damaged.Count;
        if (output.IsJson)
        {
            output.Json(new("summary", dryRun, made, plan.Orphans.Count, [.. damaged.Select(p => p.ToString())]), RepairJson.Default.RepairedParity);
        }

        output.Say(plan.IsEmpty
            ? "nothing to repair: every pack has its parity"
            : $"{(dryRun ? "would make" : "made")} the parity of {made} packs, and {(dryRun ? "remove" : "removed")} that of {plan.Orphans.Count} which are gone");
    }
}
