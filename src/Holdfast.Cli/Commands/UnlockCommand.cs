using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Removes locks that were left behind.</summary>
internal static class UnlockCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("unlock", """
            Remove locks that their owners left behind: older than half an hour, or of a process of this machine that is gone.

            Examples:
              holdfast unlock
              holdfast unlock --remove-all          when you know that nobody uses the repository
            """);
        var all = new Option<bool>("--remove-all") { Description = "remove all locks, those in use too" };
        command.Options.Add(all);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using OpenRepository repository = await new RepositoryAccess(parsed, output).OpenAsync(cancellation);
            int removed = await RepositoryLock.RemoveAsync(repository, parsed.GetValue(all), cancellation);
            if (output.IsJson)
            {
                output.Json(new(removed), LookJson.Default.LocksRemoved);
            }

            output.Say($"removed {Format.Count(removed, "lock")}");
            return ExitCode.Done;
        });
        return command;
    }
}
