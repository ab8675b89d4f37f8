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
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: true, writes: true, cancellation);
            List<StoredSnapshot> all = await held.Repository.ListForChangeAsync(finish: true, held.Cancellation);
            var changes = new SnapshotChanges(held, output, "unpinned");
            foreach (StoredSnapshot stored in choice.ChooseFrom(parsed, all, parsed.GetValue(names)!, held.Repository))
            {
                if (stored.Snapshot.Tags?.Contains(Snapshot.PinTag) == true)
                {
                    await changes.ReplaceAsync(stored, stored.Snapshot.WithoutPin());
                }
            }

            changes.End();
            return ExitCode.Done;
        });
        return command;
    }
}
