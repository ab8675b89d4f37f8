using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Forget;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Brings snapshots back from the trash.</summary>
internal static class UndeleteCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("undelete", """
            Bring snapshots back that `forget` put into the trash. `holdfast list --trash` shows them.

            Examples:
              holdfast undelete 3f2a91c7
              holdfast undelete --all --host web1
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "all that is in the trash, or all of it that the filters let through" };
        command.Arguments.Add(names);
        command.Options.Add(all);
        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(dryRun);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string[] named = parsed.GetValue(names)!;
            if (named.Length > 0 == parsed.GetValue(all))
            {
                throw new UsageException("say which snapshots to bring back: name them, or give --all");
            }

            bool changes = !parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: changes, writes: changes, cancellation);
            List<StoredSnapshot> stored = await held.Repository.ListForChangeAsync(finish: changes, held.Cancellation);
            List<StoredSnapshot> chosen = named.Length > 0 ? choice.ChooseFrom(parsed, stored, named, held.Repository) : choice.Filter(parsed, stored);
            var run = new SnapshotChanges(held, output, !changes, "brought back", "would bring back");
            foreach (StoredSnapshot trashed in chosen.Where(s => s.Snapshot.IsInTrash()))
            {
                await run.ReplaceAsync(trashed, trashed.Snapshot.WithoutTrash());
            }

            run.End();
            return ExitCode.Done;
        });
        return command;
    }
}
