using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Makes snapshots without what is lost.</summary>
internal static class RepairSnapshotsCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("snapshots", """
            Make new snapshots, without what is lost, of those that miss something. Each file that loses content is named.
            Repair the index first, and back up what is still on the machine: that may bring all of it back.

            Examples:
              holdfast repair snapshots --dry-run
              holdfast repair snapshots --forget    removes the damaged snapshots
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest; all if none", Arity = ArgumentArity.ZeroOrMore };
        var forget = new Option<bool>("--forget") { Description = "remove the damaged snapshots; one that cannot be read, only where it is named" };
        Option<bool> dryRun = DryRunOption.Create();
        command.Arguments.Add(names);
        command.Options.Add(forget);
        command.Options.Add(dryRun);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isDryRun = parsed.GetValue(dryRun), forgets = parsed.GetValue(forget);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: true, writes: !isDryRun, cancellation);
            (List<string> readable, List<BackendFile> unreadable) = await SortAsync(held.Repository, parsed.GetValue(names)!, held.Cancellation);
            if (unreadable.Count > 0 && !forgets)
            {
                throw BackupException.Corrupt($"{unreadable[0]} cannot be read: `holdfast repair snapshots --forget {unreadable[0].Name[..8]}` gives it up");
            }

            int damaged = 0;
            StageProgress progress = StageText.Told(output);
            List<RepairedSnapshot> repaired = [];
            await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
            {
                if (readable.Count > 0 || unreadable.Count == 0)
                {
                    List<StoredSnapshot> chosen = await choice.ChooseAllAsync(
                        parsed, held.Repository, [.. readable], held.Cancellation,
                        e => { damaged++; output.Report($"{e.Message}; name it with --forget to give it up"); });
                    IndexedRepository indexed = await held.Repository.LoadIndexAsync(null, held.Cancellation);
                    repaired = await new SnapshotRepair(indexed, forgets, isDryRun, progress).RunAsync(chosen, held.Cancellation);
                }
            }

            foreach (BackendFile file in unreadable)
            {
                if (!isDryRun)
                {
                    await held.Repository.Backend.RemoveAsync(file, held.Cancellation);
                }

                repaired.Add(new(new(Hash256.Parse(file.Name)), IsLost: true, null, IsForgotten: true));
            }

            Print(repaired, isDryRun, output);
            return damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>Which of the named snapshots can be read, and the files of those that cannot.</summary>
    private static async Task<(List<string> Readable, List<BackendFile> Unreadable)> SortAsync(
        OpenRepository repository, string[] names, CancellationToken cancellation)
    {
        List<string> readable = [];
        List<BackendFile> unreadable = [];
        foreach (string name in names)
        {
            if (name == "latest" || name.Contains(':'))
            {
                readable.Add(name);
                continue;
            }

            BackendFile file = await NamedFile.FindAsync(repository, FileType.Snapshot, name, cancellation);
            try
            {
                await repository.LoadSnapshotAsync(new(Hash256.Parse(file.Name)), cancellation);
                readable.Add(name);
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Corrupt)
            {
                unreadable.Add(file);
            }
        }

        return (readable, unreadable);
    }

    private static void Print(List<RepairedSnapshot> repaired, bool dryRun, Output output)
    {
        if (output.IsJson)
        {
            output.Json(
                new("summary", dryRun, [.. repaired.Select(r => new RepairedSnapshotLine(r.Damaged.ToString(), r.Replacement?.ToString(), r.IsLost, r.IsForgotten))]),
                RepairJson.Default.RepairedSnapshots);
            return;
        }

        foreach (RepairedSnapshot one in repaired)
        {
            string made = one.IsWrittenAgain ? $"its file {(dryRun ? "would be" : "is")} written again, and nothing of it is lost"
                : one.IsLost ? "nothing is left to keep"
                : dryRun ? "would make a snapshot without what is lost"
                : $"snapshot {one.Replacement!.Value.Hash.ToShortString()} is without what is lost";
            string removed = !one.IsForgotten ? string.Empty : dryRun ? ", and would remove it" : ", and removed it";
            output.Say($"{one.Damaged.Hash.ToShortString()}: {made}{removed}");
        }

        output.Say(repaired.Count == 0 ? "nothing to repair: no snapshot misses anything"
            : dryRun ? $"would repair {Format.Count(repaired.Count, "snapshot")}"
            : $"repaired {Format.Count(repaired.Count, "snapshot")}");
    }
}
