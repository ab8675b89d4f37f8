using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary>Brings back what snapshots had that are gone.</summary>
internal static class RecoverCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("recover", """
            Make a snapshot of all that no snapshot has any more: of snapshots that were forgotten without a trash, or whose file is
            lost. It can until the next prune. It finds what interrupted backups left, too.

            Examples:
              holdfast recover --dry-run            what there is, newest first
              holdfast recover
            """);
        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(dryRun);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool changes = !parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: changes, writes: changes, cancellation);
            int missed = 0;
            StageProgress progress = StageText.Told(output, Miss);
            List<LostTree> trees;
            SnapshotId? saved = null;
            await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
            {
                List<StoredSnapshot> snapshots = await held.Repository.ListSnapshotsAsync(
                    e => Miss($"{e.Message}; what it had counts as lost"), held.Cancellation);
                IndexedRepository indexed = await held.Repository.LoadIndexAsync(null, held.Cancellation);
                var recovery = new SnapshotRecovery(indexed, progress);
                trees = await recovery.FindAsync(snapshots, held.Cancellation);
                if (changes && trees.Count > 0)
                {
                    saved = await recovery.SaveAsync(trees, "holdfast " + Version.Text, held.Cancellation);
                }
            }

            Print(trees, saved, !changes, output);
            return missed == 0 ? ExitCode.Done : ExitCode.Failed;

            void Miss(string what)
            {
                Interlocked.Increment(ref missed);
                output.Complain(what);
            }
        });
        return command;
    }

    private static void Print(List<LostTree> trees, SnapshotId? saved, bool dryRun, Output output)
    {
        if (output.IsJson)
        {
            output.Json(
                new("summary", dryRun, [.. trees.Select(t => new LostTreeLine(t.Id.ToString(), t.Newest.ToDateTimeOffset(), t.IsWhole, t.Names))], saved?.ToString()),
                RepairJson.Default.Recovered);
            return;
        }

        if (trees.Count == 0)
        {
            output.Say("nothing to recover: a snapshot has every tree");
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("Folder", "Newest change", "Holds");
        foreach (LostTree tree in trees)
        {
            table.AddRow(tree.Id.ToString(), $"{tree.Newest.ToDateTimeOffset().ToLocalTime():yyyy-MM-dd HH:mm:ss}", Markup.Escape(Describe(tree.Names) + (tree.IsWhole ? string.Empty : " (not all of it)")));
        }

        output.Table(table);
        output.Say(saved is { } id
            ? $"snapshot {id.Hash.ToShortString()} holds them, each in a folder named by its tree: `holdfast restore {id.Hash.ToShortString()}:/{trees[0].Id} --target FOLDER`; "
                + $"when it is not needed any more, `holdfast forget --force --no-trash {id.Hash.ToShortString()}` and `holdfast prune`"
            : "would make a snapshot that holds them, each in a folder named by its tree");
    }

    private static string Describe(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(8).Select(PathText.Printable)) + (names.Count > 8 ? $" and {names.Count - 8} more" : string.Empty);
}
