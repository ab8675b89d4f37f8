using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Brings lost content back from elsewhere.</summary>
internal static class RepairHealCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("heal", """
            Bring back what snapshots need and the repository has lost: from a second repository, or from the files as they
            are on the machine. It is stored once more; what is damaged is left to `repair index` and `repair packs`.

            Examples:
              holdfast repair heal --from-repo /mnt/disk/backup --dry-run
              holdfast repair heal --from-source /home --read-data
            """);
        var folder = new Option<string?>("--from-source") { Description = "folder or file with live data to search", HelpName = "path" };
        var readData = new Option<bool>("--read-data") { Description = "read all packs first, to find the damage that only reading shows" };
        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(folder);
        var from = new FromOptions(command);
        command.Options.Add(readData);
        command.Options.Add(dryRun);
        command.SetAction(async (parsed, cancellation) =>
        {
            (bool isDryRun, string? path) = (parsed.GetValue(dryRun), parsed.GetValue(folder));
            if (path is null && !from.IsNamed(parsed, output))
            {
                throw new UsageException("say where to take lost content from: a repository, with --from-repo, or a folder, with --from-source");
            }

            if (path is not null && from.IsGiven(parsed))
            {
                throw new UsageException("--from-source and --from-repo exclude each other: give one of them, then run again with the other");
            }

            if (path is not null && !Path.Exists(path))
            {
                throw new UsageException($"there is no {PathText.Printable(path)} to search");
            }

            RepositoryAccess access = new(parsed, output);
            RepositoryAccess? other = path is null ? from.Access(parsed, output) : null;
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenWithoutCacheAsync(cancellation), exclusive: false, writes: !isDryRun, HeldRepository.LoadIndex(e => output.Warn(e.Message)), cancellation);
            await using HeldRepository? second = other is null ? null : await OpenSecondAsync(other, held, output);
            IBlobSource source = second is not null ? new RepositorySource(second.Indexed) : new FolderSource(path!, held.Repository.Config.Polynomial, output.Warn);
            var progress = StageText.Told(output);
            HealReport report;
            await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
            {
                report = await new Healer(held.Indexed, source, parsed.GetValue(readData), isDryRun, progress).RunAsync(second?.Cancellation ?? held.Cancellation);
            }

            Print(report, isDryRun, output);
            return report.IsWhole ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>A copy of the same repository is a good source; the repository itself is none.</summary>
    private static async Task<HeldRepository> OpenSecondAsync(RepositoryAccess access, HeldRepository held, Output output)
    {
        OpenRepository second = await access.OpenAsync(held.Cancellation);
        if (Path.GetFullPath(second.Backend.Location) == Path.GetFullPath(held.Repository.Backend.Location))
        {
            await second.DisposeAsync();
            throw new UsageException("--from-repo names the repository that is to be healed: name another");
        }

        return await HeldRepository.OpenAsync(
            access, Task.FromResult(second), exclusive: false, writes: false, HeldRepository.LoadIndex(e => output.Warn(e.Message)), held.Cancellation);
    }

    private static void Print(HealReport report, bool dryRun, Output output)
    {
        if (output.IsJson)
        {
            output.Json(
                new(
                    "summary", dryRun, report.LostBlobs, report.HealedBlobs,
                    [.. report.Snapshots.Select(s => new HealedSnapshotLine(s.Id.ToString(), s.IsWhole))],
                    [.. report.Files.Select(f => new HealedFileLine(f.Snapshot.ToString(), f.Path, f.IsWhole))],
                    [.. report.BrokenPacks.Select(p => p.ToString())]),
                RepairJson.Default.HealedRepository);
        }

        string again = dryRun ? "would be whole again" : "is whole again";
        foreach (HealedFile file in report.Files)
        {
            output.Say($"snapshot {file.Snapshot.Hash.ToShortString()}: {PathText.Printable(file.Path)} {(file.IsWhole ? again : "is still damaged")}");
        }

        foreach (HealedSnapshot snapshot in report.Snapshots)
        {
            output.Say($"snapshot {snapshot.Id.Hash.ToShortString()} {(snapshot.IsWhole ? again : "still misses something")}");
        }

        output.Say(report.LostBlobs == 0
            ? "nothing to heal: nothing that a snapshot needs is lost"
            : $"{report.HealedBlobs} of {report.LostBlobs} lost parts {(dryRun ? "would come back" : "came back")}");
        if (report.BrokenPacks.Count > 0 && !dryRun)
        {
            output.Say($"now clear away what is damaged: `holdfast repair packs {string.Join(' ', report.BrokenPacks)}`");
        }
    }
}
