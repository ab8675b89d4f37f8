using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Cli.Access;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Makes a snapshot.</summary>
internal static class BackupCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("backup", """
            Back up files and folders into a new snapshot.

            Examples:
              holdfast backup /etc /home --exclude '*.tmp' --exclude-caches
              holdfast backup --stdin-filename crm.sql --stdin-from-command -- pg_dump crm
              holdfast backup --config /etc/holdfast/holdfast.yaml shop
              holdfast backup /etc --source 'command:ldap.ldif=slapcat'
            """);
        var options = new BackupCommandOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Config.FindPlans(parsed, options.Words(parsed), options.NamesSources(parsed)) is { } chosen)
            {
                return await PlanBackup.RunAsync(parsed, output, chosen, options.ReadForPlans(parsed), options.CountsAhead(parsed, output), cancellation);
            }

            BackupOptions request = options.Read(parsed, output, out int missing);
            var access = new RepositoryAccess(parsed, output);
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenOrCreateAsync(request.DryRun, cancellation), exclusive: false, writes: !request.DryRun,
                HeldRepository.LoadIndex(null), cancellation);
            List<StoredSnapshot> all = await held.Repository.ListSnapshotsAsync(e => held.Repository.Options.Warn(e.Message), held.Cancellation);
            request = request with
            {
                Parent = request.Sources.Count == 0 || request.HasManifest ? await options.FindParentAsync(parsed, held.Repository, request, all, held.Cancellation) : null,
                Excludes = request.Excludes with { OwnFolders = OwnFolders(held.Repository) },
                MissingPaths = missing,
                Run = new RunNumbers(all).Next(request.Label.HostName, request.AllPaths),
            };
            BackupSummary summary = await RunAsync(held.Indexed, request, options.CountsAhead(parsed, output), output, held.Cancellation);
            return summary.Problems.Count + missing == 0 ? ExitCode.Done : ExitCode.SourceIncomplete;
        });
        return command;
    }

    /// <summary>The repository and the cache, as far as they are folders of this machine: backed up, they would grow with every run.</summary>
    /// <param name="also">A further folder.</param>
    internal static List<FileStatus> OwnFolders(OpenRepository repository, string? also = null)
    {
        var own = new List<FileStatus>();
        foreach (string? path in (string?[])[repository.Backend.Location, repository.Options.CacheFolder, also])
        {
            if (System.IO.Directory.Exists(path))
            {
                using DirectoryHandle folder = DirectoryHandle.Open(path);
                own.Add(folder.Status());
            }
        }

        return own;
    }

    private static async Task<BackupSummary> RunAsync(IndexedRepository repository, BackupOptions request, bool countAhead, Output output, CancellationToken cancellation)
    {
        var report = new BackupReport(output, request.DryRun);
        if (request.Parent is { } parent)
        {
            output.Say($"comparing with snapshot {parent.Id.Hash.ToShortString()}");
        }

        BackupSummary summary;
        await using (new ProgressLine(output, report.Line, report.Status))
        {
            summary = await new Archiver.Archiver(repository, request, report.Progress).RunAsync(countAhead, cancellation);
        }

        report.Result(summary);
        return summary;
    }
}
