using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Cli.Access;
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
              pg_dump crm | holdfast backup --stdin --stdin-filename crm.sql
            """);
        var options = new BackupCommandOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            BackupOptions request = options.Read(parsed, output, out int missing);
            var access = new RepositoryAccess(parsed, output);
            await using OpenRepository repository = await access.OpenOrCreateAsync(request.DryRun, cancellation);
            await using RepositoryLock? hold = request.DryRun && repository.Options.WithoutLock
                ? null
                : await access.LockAsync(repository, exclusive: false, writes: !request.DryRun, cancellation);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, hold?.Lost ?? CancellationToken.None);

            List<StoredSnapshot> all = await repository.ListSnapshotsAsync(e => repository.Options.Warn(e.Message), stop.Token);
            StoredSnapshot? parent = request.StandardInput is null ? await options.FindParentAsync(parsed, repository, request, all, stop.Token) : null;
            request = request with
            {
                Parent = parent,
                Excludes = request.Excludes with { OwnFolders = OwnFolders(repository) },
                MissingPaths = missing,
                Run = new RunNumbers(all).Next(request.Label.HostName, request.StandardInput is { } input ? [input.Path] : request.Paths),
            };
            IndexedRepository indexed = await repository.LoadIndexAsync(null, stop.Token);
            BackupSummary summary = await RunAsync(indexed, request, output, stop.Token);
            return summary.Problems.Count + missing == 0 ? ExitCode.Done : ExitCode.SourceIncomplete;
        });
        return command;
    }

    /// <summary>The repository and the cache, as far as they are folders of this machine: backed up, they would grow with every run.</summary>
    private static List<FileStatus> OwnFolders(OpenRepository repository)
    {
        var own = new List<FileStatus>();
        foreach (string? path in (string?[])[repository.Backend.Location, repository.Options.CacheFolder])
        {
            if (System.IO.Directory.Exists(path))
            {
                using DirectoryHandle folder = DirectoryHandle.Open(path);
                own.Add(folder.Status());
            }
        }

        return own;
    }

    private static async Task<BackupSummary> RunAsync(IndexedRepository repository, BackupOptions request, Output output, CancellationToken cancellation)
    {
        var report = new BackupReport(output, request.DryRun);
        if (request.Parent is { } parent)
        {
            output.Say($"comparing with snapshot {parent.Id.Hash.ToShortString()}");
        }

        BackupSummary summary;
        await using (new ProgressLine(output, report.Line, report.Status))
        {
            summary = await new Archiver.Archiver(repository, request, report.Progress).RunAsync(
                countAhead: !output.IsQuiet && (output.IsLive || output.IsJson), cancellation);
        }

        report.Result(summary);
        return summary;
    }
}
