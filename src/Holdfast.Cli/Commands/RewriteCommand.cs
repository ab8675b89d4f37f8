using System.CommandLine;
using Holdfast.Archiver;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Makes new snapshots of others.</summary>
internal static class RewriteCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("rewrite", """
            Make new snapshots of others: without some files, with only some, or with another host or time. The old ones stay,
            unless --forget is given; what nothing needs any more then goes with the next prune.

            Examples:
              holdfast rewrite --exclude '*.key' --dry-run -v
              holdfast rewrite --exclude /home/ann/secret.txt --forget
              holdfast rewrite --include /srv/www --host web1
              holdfast rewrite --new-host web1 latest
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest; all if none", Arity = ArgumentArity.ZeroOrMore };
        var forget = new Option<bool>("--forget") { Description = "put the new snapshots in place of the old ones" };
        var host = new Option<string?>("--new-host") { Description = "another host name", HelpName = "name" };
        var time = new Option<string?>("--new-time") { Description = "another time, such as '2026-11-21 14:03:00'", HelpName = "time" };
        Option<bool> dryRun = DryRunOption.Create();
        command.Arguments.Add(names);
        PatternOptions excludes = PatternOptions.Exclude(command);
        PatternOptions includes = PatternOptions.Include(command, "keep only what matches this pattern");
        foreach (Option option in (Option[])[forget, host, time, dryRun])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            (PatternList patterns, PatternList only) = (excludes.Read(parsed), includes.Read(parsed));
            if (!patterns.IsEmpty && !only.IsEmpty)
            {
                throw new UsageException("--include and --exclude exclude each other: give one of them");
            }

            var options = new RewriteOptions
            {
                Excludes = patterns.Matches,
                MayExcludeBelow = only.Texts.Any(t => t.StartsWith('!')) ? static _ => true : patterns.MayMatchBelow,
                Includes = only.IsEmpty ? null : only.Matches,
                MayIncludeBelow = only.MayMatchBelow,
                Host = parsed.GetValue(host) is { Length: 0 } ? throw new UsageException("--new-host is empty") : parsed.GetValue(host),
                Time = parsed.GetValue(time) is { } text ? Times.Parse(text) : null,
                Forget = parsed.GetValue(forget),
                DryRun = parsed.GetValue(dryRun),
            };
            if (patterns.IsEmpty && only.IsEmpty && options.Host is null && options.Time is null)
            {
                throw new UsageException("nothing to do: say what to leave out with --exclude, what to keep with --include, or give --new-host or --new-time");
            }

            var access = new RepositoryAccess(parsed, output);
            bool replaces = options is { Forget: true, DryRun: false };
            await using HeldRepository held = await HeldRepository.OpenAsync(
                access, access.OpenAsync(cancellation), exclusive: replaces, writes: !options.DryRun, HeldRepository.LoadIndex(null), cancellation);
            List<StoredSnapshot> all = await held.Repository.ListForChangeAsync(finish: replaces, held.Cancellation);
            List<StoredSnapshot> chosen = parsed.GetValue(names) is { Length: > 0 } named
                ? choice.ChooseFrom(parsed, all, named, held.Repository)
                : choice.Filter(parsed, all.Where(s => !s.Snapshot.IsInTrash()));
            StageProgress progress = StageText.Told(output);
            List<RewrittenSnapshot> rewritten;
            await using (new ProgressLine(output, elapsed => StageText.Describe(progress, elapsed)))
            {
                rewritten = await new SnapshotRewriter(held.Indexed, options, progress).RunAsync(all, chosen, held.Cancellation);
            }

            Print(rewritten, options, output);
            int inTrash = choice.Filter(parsed, all.Where(s => s.Snapshot.IsInTrash())).Except(chosen).Count();
            if (options.Forget && !(patterns.IsEmpty && only.IsEmpty) && inTrash > 0)
            {
                output.Warn($"{Format.Count(inTrash, "snapshot in the trash is as it was: name it", "snapshots in the trash are as they were: name them")} here too, or empty the trash with `holdfast forget --grace 0` and a policy");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(List<RewrittenSnapshot> rewritten, RewriteOptions options, Output output)
    {
        foreach (RewrittenSnapshot one in rewritten)
        {
            if (output.IsJson)
            {
                output.Json(new("rewritten", one.Old.Id.ToString(), one.New?.ToString(), one.Files, one.Bytes), RewriteJson.Default.RewrittenLine);
            }

            string made = one.New is { } id ? $"{(options.Forget ? "is now" : "became")} {id.Hash.ToShortString()}" : options.Forget ? "would be replaced" : "would become another";
            string less = one.Files > 0 ? $", without {Format.Count((long)one.Files, "file")} / {Format.Bytes(one.Bytes)}" : string.Empty;
            output.Say($"snapshot {one.Old.Id.Hash.ToShortString()} {made}{less}");
        }

        if (output.IsJson)
        {
            output.Json(new("summary", options.DryRun, rewritten.Count), RewriteJson.Default.RewriteSummary);
        }

        output.Say(rewritten.Count == 0 ? "nothing to rewrite: no snapshot would change"
            : options.DryRun ? $"would rewrite {Format.Count(rewritten.Count, "snapshot")}"
            : $"rewrote {Format.Count(rewritten.Count, "snapshot")}{(options.Forget ? "; `holdfast prune` removes what nothing needs any more" : string.Empty)}");
    }
}
