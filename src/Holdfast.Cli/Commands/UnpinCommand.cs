using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Forget;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Leaves snapshots to the policy again.</summary>
internal static class UnpinCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("unpin", """
            Take the pins off snapshots: `forget` treats them as all others again.

            Examples:
              holdfast unpin 3f2a91c7
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest", Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(names);
        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(dryRun);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool changes = !parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: changes, writes: changes, cancellation);
            List<StoredSnapshot> all = await held.Repository.ListForChangeAsync(finish: changes, held.Cancellation);
            var run = new SnapshotChanges(held, output, !changes, "unpinned", "would unpin");
            foreach (StoredSnapshot stored in choice.ChooseFrom(parsed, all, parsed.GetValue(names)!, held.Repository))
            {
                if (stored.Snapshot.Tags?.Contains(Snapshot.PinTag) == true)
                {
                    await run.ReplaceAsync(stored, stored.Snapshot.WithoutPin());
                }
            }

            run.End();
            return ExitCode.Done;
        });
        return command;
    }
}
