using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Upgrades a repository of version 1.</summary>
internal static class MigrateCommand
{
    /// <summary>restic's name for it.</summary>
    private const string Upgrade = "upgrade_repo_v2";

    internal static Command Create(Output output)
    {
        var command = new Command("migrate", """
            Say what can be upgraded, or do what is named. upgrade_repo_v2 makes a repository of version 1 one of version 2,
            which compresses; restic 0.14 and later read it, older ones do not. The repository is checked first.

            Examples:
              holdfast migrate
              holdfast migrate upgrade_repo_v2
            """);
        var names = new Argument<string[]>("name") { Description = Upgrade, Arity = ArgumentArity.ZeroOrMore };
        Option<bool> dryRun = DryRunOption.Create();
        command.Arguments.Add(names);
        command.Options.Add(dryRun);
        command.SetAction(async (parsed, cancellation) =>
        {
            string[] named = parsed.GetValue(names)!;
            if (Array.Find(named, n => n != Upgrade) is { } unknown)
            {
                throw new UsageException($"there is no upgrade '{unknown}': `holdfast migrate` says which there are");
            }

            bool changes = named.Length > 0 && !parsed.GetValue(dryRun);
            var access = new RepositoryAccess(parsed, output);
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenWithoutCacheAsync(cancellation), exclusive: changes, writes: changes, null, cancellation);
            OpenRepository repository = held.Repository;
            if (named.Length == 0 || !repository.CanUpgrade)
            {
                output.Say(!repository.CanUpgrade ? $"nothing to upgrade: the repository is of version {repository.Config.Version} already"
                    : $"`holdfast migrate {Upgrade}` makes this repository of version {repository.Config.Version} one of version 2, which compresses");
                Print(repository, isDone: false, output);
                return ExitCode.Done;
            }

            await RequireSoundAsync(repository, output, held.Cancellation);
            if (changes)
            {
                await repository.UpgradeAsync(held.Cancellation);
            }

            output.Say(changes
                ? "the repository is of version 2 now: new data is compressed; `holdfast prune --repack-uncompressed` compresses what is there"
                : "no damage found; would make the repository one of version 2");
            Print(repository, changes, output);
            return ExitCode.Done;
        });
        return command;
    }

    /// <exception cref="BackupException">Kind Refused: something is damaged.</exception>
    private static async Task RequireSoundAsync(OpenRepository repository, Output output, CancellationToken cancellation)
    {
        var progress = new StageProgress { OnNote = output.Warn };
        CheckReport report;
        await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
        {
            IndexedRepository indexed = await repository.LoadIndexAsync(null, cancellation);
            report = await new Checker(indexed, new(null), progress).RunAsync(cancellation);
        }

        if (report.Errors > 0)
        {
            throw new BackupException(BackupErrorKind.Refused, $"a damaged repository is not upgraded: {report.Errors} damages found; see `holdfast repair`");
        }
    }

    private static void Print(OpenRepository repository, bool isDone, Output output)
    {
        if (output.IsJson)
        {
            output.Json(new("summary", isDone ? 2 : repository.Config.Version, isDone, repository.CanUpgrade && !isDone ? [Upgrade] : []), RewriteJson.Default.Migrated);
        }
    }
}
