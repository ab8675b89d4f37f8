using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Plan;

namespace Holdfast.Cli.Commands;

/// <summary>Says that what a plan misses may be gone.</summary>
internal static class AcknowledgeCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("acknowledge", """
            Say that what a plan's last run missed may be gone: the next run passes, and forgets this.

            Examples:
              holdfast acknowledge --list
              holdfast acknowledge shop
              holdfast acknowledge shop shop/old_orders
            """);
        var plan = new Argument<string?>("plan") { Description = "the plan", Arity = ArgumentArity.ZeroOrOne };
        var names = new Argument<string[]>("name") { Description = "what may be gone: a database, DATABASE/TABLE, a path, a stream, the root of a source; all that is in it too (default: all that the last run missed)", Arity = ArgumentArity.ZeroOrMore };
        var list = new Option<bool>("--list") { Description = "list what the last runs missed, and what is acknowledged" };
        var dryRun = DryRunOption.Create("say what would be acknowledged, and change nothing");
        var host = new Option<string?>("--host", "-H") { Description = "the host that runs the plan (default: this one)", HelpName = "name" };
        command.Arguments.Add(plan);
        command.Arguments.Add(names);
        var config = new ConfigOption(command);
        foreach (Option option in (Option[])[list, dryRun, host])
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            bool changes = !parsed.GetValue(list) && !parsed.GetValue(dryRun);
            string? name = parsed.GetValue(plan);
            if (name is null && !parsed.GetValue(list))
            {
                throw new UsageException("say which plan: holdfast acknowledge PLAN; --list shows what was missed");
            }

            ChosenPlans chosen = config.Choose(parsed, name is null ? [] : [name]);
            string[] given = parsed.GetValue(names)!;
            if (given.Contains(string.Empty))
            {
                throw new UsageException("a name to acknowledge is empty");
            }

            bool looksUp = given.Length > 0 && !parsed.GetValue(list);
            var access = new RepositoryAccess(parsed, output) { Planned = chosen.Repository };
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenAsync(cancellation), exclusive: false, writes: changes, looksUp ? HeldRepository.LoadIndex(null) : null, cancellation);
            var notes = new InventoryNotes(held.Repository);
            if (parsed.GetValue(list))
            {
                List(output, [.. (await notes.ListAsync(held.Cancellation)).Where(n => (name is null || n.Plan == name) && n.Gone.Count + n.Acknowledged.Count > 0)]);
                return ExitCode.Done;
            }

            InventoryNote note = await notes.FindAsync(BackupCommandOptions.ReadHost(parsed.GetValue(host)), name!, held.Cancellation);
            if (looksUp)
            {
                KnownItems known = await KnownItems.FindAsync(held.Indexed, note, held.Cancellation);
                if (given.Select(known.FindTrouble).FirstOrDefault(t => t is not null) is { } trouble)
                {
                    throw new UsageException(trouble);
                }
            }

            InventoryNote acknowledged = changes
                ? await notes.ChangeAsync(note.Host, note.Plan, now => Acknowledge(now, given), held.Cancellation)
                : Acknowledge(note, given);
            Report(output, acknowledged, !changes);
            return ExitCode.Done;
        });
        return command;
    }

    private static InventoryNote Acknowledge(InventoryNote note, string[] names)
    {
        if (names.Length == 0 && note.Gone.Count == 0)
        {
            throw new UsageException(note.Acknowledged.Count > 0
                ? $"plan {note.Plan} has nothing more to acknowledge: {string.Join(", ", note.Acknowledged)} may be gone already"
                : $"no run of plan {note.Plan} on {note.Host} has missed anything: to say beforehand what may be gone, name it");
        }

        IEnumerable<string> added = names.Length > 0 ? names : note.Gone.Select(g => g.Name);
        List<string> all = [.. note.Acknowledged.Concat(added).Distinct()];
        return note with { Acknowledged = all, Gone = [.. note.Gone.Where(g => !PlanRun.IsAcknowledged(g, all))] };
    }

    private static void List(Output output, List<InventoryNote> notes)
    {
        if (output.IsJson)
        {
            output.Json(
                [.. notes.Select(n => new NoteListing(n.Host, n.Plan, n.Time, [.. n.Gone.Select(g => new GoneListing(null, g.Kind, g.Name, g.Source, g.Detail))], n.Acknowledged))],
                PlanJson.Default.ListNoteListing);
            return;
        }

        foreach (InventoryNote note in notes)
        {
            output.Line($"plan {note.Plan} on {note.Host}:");
            foreach (GoneItem gone in note.Gone)
            {
                output.Line($"  gone: {gone}");
            }

            foreach (string name in note.Acknowledged)
            {
                output.Line($"  may be gone: {name}");
            }
        }

        if (notes.Count == 0)
        {
            output.Say("nothing is missing, and nothing is acknowledged");
        }
    }

    private static void Report(Output output, InventoryNote note, bool dryRun)
    {
        if (output.IsJson)
        {
            output.Json(new("acknowledged", dryRun, note.Host, note.Plan, note.Acknowledged), PlanJson.Default.Acknowledgement);
            return;
        }

        output.Say($"{(dryRun ? "would let" : "lets")} the next run of plan {note.Plan} on {note.Host} pass without {string.Join(", ", note.Acknowledged)}");
    }
}
