using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Brings a snapshot, or a part of it, back to disk.</summary>
internal static class RestoreCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("restore", """
            Restore a snapshot, or parts of it, into a folder; or databases of it to a server.

            Examples:
              holdfast restore latest --target /tmp/restored
              holdfast restore 4f2a91c0 /etc/nginx --target / --overwrite if-changed
              holdfast restore latest:/srv/www --target /srv/www --delete --dry-run
              holdfast restore latest --limit mysql:shop/orders --as shop_side
            """);
        var options = new RestoreCommandOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            DatabaseRestoreChoice? databases = options.ReadDatabases(parsed);
            RestoreRequest? request = databases is null ? options.Read(parsed) : null;
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, e => output.Warn(e.Message), cancellation);
            ChosenSnapshot chosen = await options.ChooseAsync(parsed, held.Repository, held.Cancellation);
            if (request is null)
            {
                await DatabaseRestore.RunAsync(held.Indexed, chosen, databases!, output, held.Cancellation);
                return ExitCode.Done;
            }

            return await RunAsync(held.Indexed, chosen, request, output, held.Cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        IndexedRepository repository, ChosenSnapshot chosen, RestoreRequest request, Output output, CancellationToken cancellation)
    {
        if (request.Options.Delete && !request.Force && chosen.Stored.Snapshot.IsPartial())
        {
            throw new UsageException($"{chosen.Describe()} is partial: {chosen.Stored.Snapshot.Marks!.Problems} things could not be read when it was made, and "
                + "--delete would take them for new and remove them; leave --delete out, or add --force");
        }

        TreeId tree = await chosen.FindTreeAsync(repository, cancellation);
        await chosen.RequireAsync(repository, tree, request.Paths, cancellation);
        output.Say($"restoring {chosen.Describe()} to {Linux.PathText.Printable(request.Target)}{(request.Options.DryRun ? " (dry run)" : string.Empty)}");

        long start = TimeProvider.System.GetTimestamp();
        var report = new RestoreCommandReport(output, request.Options.DryRun);
        RestoreSummary summary;
        await using (new ProgressLine(output, report.Line, report.Status))
        {
            RestoreOptions restore = request.Options with
            {
                Holds = chosen.Stored.Snapshot.Paths,
                OwnFolders = request.Options.Delete ? BackupCommand.OwnFolders(repository.Repository, StateFolder.Path) : [],
            };
            summary = await new Restorer(repository, restore, report.Progress).RestoreAsync(tree, chosen.Folder, request.Target, cancellation);
        }

        if (request.HasPatterns && summary is { EntriesTotal: 0, EntriesDeleted: 0 })
        {
            throw new BackupException(BackupErrorKind.NotFound, $"nothing in {chosen.Describe()} matches what --include says; `holdfast find` looks in all snapshots");
        }

        report.Result(summary, TimeProvider.System.GetElapsedTime(start));
        return summary.IsComplete ? ExitCode.Done : ExitCode.Failed;
    }
}
