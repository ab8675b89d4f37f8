using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Looks for damage in a repository.</summary>
internal static class CheckCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("check", """
            Look for damage: index, packs, snapshots and trees; with --read-data, every byte.

            Examples:
              holdfast check
              holdfast check --read-data-subset 10%
            """);
        var readData = new Option<bool>("--read-data") { Description = "read and prove all data" };
        var subset = new Option<string?>("--read-data-subset")
        {
            Description = "read and prove a part of it: n/t (such as 1/5), a percentage, or a size such as 2G", HelpName = "subset",
        };
        command.Options.Add(readData);
        command.Options.Add(subset);
        command.SetAction(async (parsed, cancellation) =>
        {
            CheckOptions options = Read(parsed.GetValue(readData), parsed.GetValue(subset));
            var access = new RepositoryAccess(parsed, output);
            int damagedIndexes = 0;
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenWithoutCacheAsync(cancellation), exclusive: true, writes: false, LoadIndexAsync, cancellation);
            return await RunAsync(held.Indexed, damagedIndexes, options, output, held.Cancellation);

            Task<IndexedRepository> LoadIndexAsync(OpenRepository repository, CancellationToken token)
            {
                damagedIndexes = 0; // this attempt's own
                return repository.LoadIndexAsync(e => { damagedIndexes++; output.Warn(e.Message); }, token);
            }
        });
        return command;
    }

    private static CheckOptions Read(bool readData, string? subset)
    {
        if (readData && subset is not null)
        {
            throw new UsageException("--read-data and --read-data-subset exclude each other: give one of them");
        }

        try
        {
            return new(readData ? PackSubset.All : subset is not null ? PackSubset.Parse(subset) : null);
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static async Task<int> RunAsync(
        IndexedRepository indexed, int damagedIndexes, CheckOptions options, Output output, CancellationToken cancellation)
    {
        var progress = new CheckProgress { OnDamage = output.Warn, OnHint = output.Say };
        CheckReport report;
        await using (new ProgressLine(output, elapsed => Describe(progress, elapsed)))
        {
            report = await new Checker(indexed, options, progress).RunAsync(cancellation);
        }

        int errors = report.Errors + damagedIndexes;
        bool indexIsBroken = damagedIndexes > 0 || report.IndexIsBroken;
        if (output.IsJson)
        {
            output.Json(
                new("summary", errors, report.BrokenPacks.Count > 0 ? [.. report.BrokenPacks.Select(p => p.ToString())] : null, indexIsBroken, report.UnusedPacks > 0),
                CliJson.Default.CheckResult);
        }

        output.Say(errors == 0
            ? options.ReadData is null ? "no damage found; --read-data would also prove every byte" : "no damage found"
            : $"{errors} damages found");
        return errors == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Describe(CheckProgress progress, TimeSpan elapsed)
    {
        string total = progress.Total > 0 ? $" of {progress.Total}" : string.Empty;
        string left = progress.Total > progress.Done && progress.Done > 0
            ? $", {Format.Duration(elapsed * ((double)(progress.Total - progress.Done) / progress.Done))} left"
            : string.Empty;
        return $"[{Format.Duration(elapsed)}] {progress.Stage}: {progress.Done}{total}{left}";
    }
}
