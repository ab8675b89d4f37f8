using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Plans;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Plan;
using Holdfast.Protocol;
using Holdfast.Repository;
using Holdfast.Source;

namespace Holdfast.Cli.Commands;

/// <summary>Refreshes test databases from the newest snapshots of plans. One that fails does not stop the others.</summary>
internal static class MirrorCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("mirror", """
            Refresh test databases from the newest snapshots of plans: loaded beside, counted, masked, and then put in place of the old ones.

            Examples:
              holdfast mirror
              holdfast mirror shop-test --dry-run
            """);
        var names = new Argument<string[]>("name") { Description = "mirrors of the plan file (default: all)", Arity = ArgumentArity.ZeroOrMore };
        var dryRun = DryRunOption.Create("print what would be replaced, and change nothing");
        var replace = new Option<bool>("--replace") { Description = "replace databases, too, that were there before the first run of the mirrors named" };
        var host = new Option<string?>("--host", "-H") { Description = "the host whose snapshots to use (default: this one)", HelpName = "name" };
        command.Arguments.Add(names);
        var config = new ConfigOption(command);
        command.Options.Add(dryRun);
        command.Options.Add(replace);
        command.Options.Add(host);
        command.SetAction(async (parsed, cancellation) =>
        {
            ChosenPlans chosen = config.Choose(parsed, []);
            List<MirrorEntry> mirrors = Choose(chosen, parsed.GetValue(names)!);
            bool mayReplace = parsed.GetValue(replace), changes = !parsed.GetValue(dryRun);
            if (mayReplace && parsed.GetValue(names)!.Length == 0)
            {
                throw new UsageException("--replace is for mirrors that are named: what was there before them goes");
            }

            var access = new RepositoryAccess(parsed, output) { Planned = chosen.Repository };
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenAsync(cancellation), exclusive: false, writes: false, HeldRepository.LoadIndex(e => output.Warn(e.Message)), cancellation);
            int worst = ExitCode.Done;
            foreach (MirrorEntry mirror in mirrors)
            {
                try
                {
                    await RunAsync(held, chosen.Document, mirror, BackupCommandOptions.ReadHost(parsed.GetValue(host)), mayReplace, !changes, parsed.GetValue(GlobalOptions.NoLock), output);
                }
                catch (Exception e) when (e is BackupException { Kind: not BackupErrorKind.Locked } or LinuxException)
                {
                    worst = output.Fail($"mirror {mirror.Name}: {e.Message}", ExitCode.Failed);
                }
            }

            return worst;
        });
        return command;
    }

    private static List<MirrorEntry> Choose(ChosenPlans chosen, string[] names)
    {
        IReadOnlyList<MirrorEntry> all = chosen.Document.Mirrors;
        if (all.Count == 0)
        {
            throw new UsageException($"{chosen.File} has no mirrors: name them there, under `mirrors:`");
        }

        return names.Length == 0
            ? [.. all]
            : [.. names.Distinct().Select(n => all.FirstOrDefault(m => m.Name == n)
                ?? throw new UsageException($"{chosen.File} has no mirror '{n}': its mirrors are {string.Join(", ", all.Select(m => m.Name))}"))];
    }

    private static async Task RunAsync(HeldRepository held, PlanDocument document, MirrorEntry mirror, string host, bool mayReplace, bool dryRun, bool withoutLock, Output output)
    {
        DatabaseRestoreProgress progress = new();
        MirrorRun run = await MirrorRun.PrepareAsync(held.Indexed, document, mirror, host, mayReplace, progress, held.Cancellation);
        StoredSnapshot snapshot = run.Snapshot;
        output.Say($"mirror {mirror.Name} from {new ChosenSnapshot(snapshot, "/").Describe()}{(dryRun ? " (dry run)" : string.Empty)}");
        var told = new DatabaseRestoreTold(output, mirror.Name, snapshot.Id.ToString(), progress);
        if (dryRun)
        {
            told.Plan(await run.PlanAsync(held.Cancellation));
            return;
        }

        if (withoutLock && !await run.IsNotedAsync(held.Cancellation))
        {
            throw new UsageException($"the first run of mirror {mirror.Name} is noted in the repository, which needs a lock: run it once without {GlobalOptions.NoLock.Name}");
        }

        await told.RunAsync(token => run.RunAsync(told.Before, token), held.Cancellation);
    }
}
