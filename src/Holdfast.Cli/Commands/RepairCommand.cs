using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Mends a damaged repository as far as what is left allows.</summary>
internal static class RepairCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("repair", """
            Mend a damaged repository. `holdfast check --read-data` says what is wrong; then, in this order: index, packs,
            snapshots. Heal, or a backup of what is still on the machine, brings lost content back, and comes before snapshots.

            Examples:
              holdfast repair index
              holdfast repair packs 7f3a…           with the whole id, as check names it
              holdfast repair snapshots --dry-run
              holdfast repair heal --from-repo /mnt/disk/backup
            """);
        command.Subcommands.Add(Index(output));
        command.Subcommands.Add(Packs(output));
        command.Subcommands.Add(RepairSnapshotsCommand.Create(output));
        command.Subcommands.Add(RepairHealCommand.Create(output));
        command.Subcommands.Add(RepairParityCommand.Create(output));
        return command;
    }

    private static Command Index(Output output)
    {
        var command = new Command("index", """
            Make the index true again: packs that it lacks are added from their headers, packs that are gone leave it, and
            index files that cannot be read are replaced.

            Examples:
              holdfast repair index --dry-run
              holdfast repair index
            """);
        var readAll = new Option<bool>("--read-all-packs") { Description = "make it from the headers of all packs, whatever it says now" };
        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(readAll);
        command.Options.Add(dryRun);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isDryRun = parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: true, writes: !isDryRun, cancellation);
            StageProgress progress = StageText.Told(output);
            IndexRepairPlan plan;
            await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
            {
                plan = await new IndexRepairPlanner(held.Repository, parsed.GetValue(readAll), progress).PlanAsync(held.Cancellation);
                if (!isDryRun)
                {
                    await plan.ExecuteAsync(held.Cancellation);
                }
            }

            Print(plan, isDryRun, output);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(IndexRepairPlan plan, bool dryRun, Output output)
    {
        if (output.IsJson)
        {
            output.Json(
                new("summary", dryRun, plan.DamagedIndexes, Names(plan.AddedPacks), Names(plan.CorrectedPacks), Names(plan.DroppedPacks), Names(plan.UnreadablePacks), Names(plan.CorrectablePacks)),
                RepairJson.Default.RepairedIndex);
        }

        output.Say(plan.IsEmpty
            ? "nothing to repair: the index says what the packs hold"
            : $"{(dryRun ? "would replace" : "replaced")} {plan.DamagedIndexes} damaged index files; packs: {plan.AddedPacks.Count} added, {plan.CorrectedPacks.Count} corrected, {plan.DroppedPacks.Count} dropped");
        if (plan.CorrectablePacks.Count > 0)
        {
            output.Say($"{Format.Count(plan.CorrectablePacks.Count, "pack is", "packs are")} missing or damaged, and can be made whole: see above for `holdfast repair packs`, which comes before `holdfast repair snapshots`");
        }

        if (plan.UnreadablePacks.Count > 0)
        {
            output.Say($"{Format.Count(plan.UnreadablePacks.Count, "pack has", "packs have")} no readable header: see above for `holdfast repair packs`");
        }
    }

    private static Command Packs(Output output)
    {
        var command = new Command("packs", """
            Make damaged packs whole again where they have parity enough, or this machine's cache has them. Of the others, save
            what can be read: it is stored once more, then they leave the index and the repository; a copy of each is kept in
            the current folder, as pack-ID.

            Example:
              holdfast repair packs 7f3a…           with the whole id, as check names it
            """);
        var ids = new Argument<string[]>("id") { Description = "whole ids of packs", Arity = ArgumentArity.OneOrMore };
        Option<bool> dryRun = DryRunOption.Create();
        var giveUp = new Option<bool>("--give-up-unreadable") { Description = "remove also packs of which a part cannot be reached now, but may be another time" };
        command.Options.Add(giveUp);
        command.Arguments.Add(ids);
        command.Options.Add(dryRun);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isDryRun = parsed.GetValue(dryRun);
            PackId[] packs = [.. parsed.GetValue(ids)!.Select(Parse)];
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: true, writes: !isDryRun, cancellation);
            StageProgress progress = StageText.Told(output);
            PackRepairPlan plan;
            PackRepairOutcome outcome = new(0, 0);
            await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
            {
                IndexedRepository indexed = await held.Repository.LoadIndexAsync(null, held.Cancellation);
                plan = await new PackRepairPlanner(indexed, progress) { GivesUpUnreadable = parsed.GetValue(giveUp) }.PlanAsync(packs, held.Cancellation);
                if (!isDryRun && !plan.IsEmpty)
                {
                    var copied = new List<PackId>();
                    foreach (BackendEntry pack in plan.StoredPacks)
                    {
                        if (await PackCopy.SaveAsync(held.Repository.Backend, pack, output, held.Cancellation))
                        {
                            copied.Add(Parse(pack.File.Name));
                        }
                    }

                    outcome = await plan.ExecuteAsync(held.Cancellation);
                    copied.Intersect(outcome.KeptPacks ?? []).ToList().ForEach(PackCopy.Remove);
                }
            }

            Print(plan, outcome, isDryRun, output);
            return outcome.KeptPacks is null ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(PackRepairPlan plan, PackRepairOutcome outcome, bool dryRun, Output output)
    {
        if (output.IsJson)
        {
            output.Json(new("summary", dryRun, Names(plan.Packs), Names(plan.CorrectablePacks), outcome.SavedBlobs, outcome.LostBlobs, Names(outcome.KeptPacks ?? [])), RepairJson.Default.RepairedPacks);
        }

        string corrected = plan.CorrectablePacks.Any() ? $"{(dryRun ? "would make" : "made")} {Format.Count(plan.CorrectablePacks.Count(), "pack")} whole again; " : string.Empty;
        output.Say(plan.IsEmpty ? "nothing to repair: the packs are sound"
            : dryRun ? $"{corrected}would save what can be read of {plan.Packs.Count()} packs, and remove them"
            : $"{corrected}saved {Format.Count(outcome.SavedBlobs, "blob")} of {Format.Count(plan.Packs.Count(), "pack")}; {Format.Count(outcome.LostBlobs, "blob is", "blobs are")} lost");
        if (outcome.KeptPacks is { } kept)
        {
            output.Say($"{Format.Count(kept.Count, "pack stays as it is", "packs stay as they are")}: run the repair again when the disk answers, or give them up with --give-up-unreadable");
        }

        if (outcome.LostBlobs > 0)
        {
            output.Say("back up once more what is still there: that brings lost content back; then `holdfast repair snapshots --forget` makes snapshots without the rest");
        }
    }

    private static PackId Parse(string text) =>
        Hash256.TryParse(text, out Hash256 hash) ? new(hash) : throw new UsageException($"'{text}' is no id of a pack: give all 64 hexadecimal digits, as check prints them");

    private static string[] Names(IEnumerable<PackId> packs) => [.. packs.Select(p => p.ToString())];
}
