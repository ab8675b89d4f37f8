using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Removes what no snapshot needs.</summary>
internal static class PruneCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("prune", """
            Remove data that no snapshot needs. Backups may go on meanwhile: only the removal itself, at the end, excludes them.

            Examples:
              holdfast prune --dry-run
              holdfast prune
              holdfast prune --max-unused 0 --max-repack-size 20G
            """);
        var options = new PruneCommandOptions(command);
        Option<bool> dryRun = DryRunOption.Create();
        var recover = new Option<string?>("--unsafe-recover-no-free-space")
        {
            Description = "for a disk so full that nothing can be written: removes old indexes before new ones are written; give the id of the repository (`holdfast cat config`)",
            HelpName = "id",
        };
        command.Options.Add(dryRun);
        command.Options.Add(recover);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool isDryRun = parsed.GetValue(dryRun);
            PruneOptions chosen = options.Read(parsed);
            if (parsed.GetValue(GlobalOptions.NoLock) && !isDryRun)
            {
                throw new UsageException("--no-lock is only for commands that write nothing to the repository: give it with --dry-run");
            }

            await using OpenRepository repository = await new RepositoryAccess(parsed, output).OpenAsync(cancellation);
            options.Require(repository, chosen);
            if (parsed.GetValue(recover) is { } id)
            {
                chosen = id == repository.Config.Id
                    ? chosen with { RecoverWithoutSpace = true }
                    : throw new UsageException($"'{id}' is not the id of this repository: --unsafe-recover-no-free-space wants {repository.Config.Id}");
            }

            await PruneReport.RunAsync(repository, chosen, isDryRun, output, cancellation);
            return ExitCode.Done;
        });
        return command;
    }
}
