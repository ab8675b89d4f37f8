using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Forget;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Changes the tags of snapshots.</summary>
internal static class TagCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("tag", """
            Change the tags of snapshots: of those named, or of all that the filters let through.

            Examples:
              holdfast tag --add before-upgrade latest
              holdfast tag --remove nightly --host web1 --dry-run
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest; all if none", Arity = ArgumentArity.ZeroOrMore };
        Option<string[]> set = Tags("--set", "the tags in place of those there are, comma-separated; '' for none (may be repeated)");
        Option<string[]> add = Tags("--add", "tags to add, comma-separated (may be repeated)");
        Option<string[]> remove = Tags("--remove", "tags to remove, comma-separated (may be repeated)");
        command.Arguments.Add(names);
        foreach (Option option in (Option[])[set, add, remove])
        {
            command.Options.Add(option);
        }

        Option<bool> dryRun = DryRunOption.Create();
        command.Options.Add(dryRun);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            bool replaces = parsed.GetValue(set) is { Length: > 0 };
            (string[] put, string[] more, string[] less) = (Read(set), Read(add), Read(remove));
            if (replaces == more.Length + less.Length > 0)
            {
                throw new UsageException(replaces ? "--set gives all the tags: leave out --add and --remove" : "nothing to do: give tags with --add, --remove or --set");
            }

            bool changes = !parsed.GetValue(dryRun);
            await using HeldRepository held = await HeldRepository.OpenAsync(parsed, output, exclusive: changes, writes: changes, cancellation);
            List<StoredSnapshot> all = await held.Repository.ListForChangeAsync(finish: changes, held.Cancellation);
            List<StoredSnapshot> chosen = parsed.GetValue(names) is { Length: > 0 } named
                ? choice.ChooseFrom(parsed, all, named, held.Repository)
                : choice.Filter(parsed, all.Where(s => !s.Snapshot.IsInTrash()));
            var run = new SnapshotChanges(held, output, !changes, "changed the tags of", "would change the tags of");
            foreach (StoredSnapshot stored in chosen)
            {
                string[] before = stored.Snapshot.UserTags();
                string[] after = replaces ? put : [.. before.Union(more).Except(less)];
                if (!after.SequenceEqual(before))
                {
                    await run.ReplaceAsync(stored, stored.Snapshot.WithUserTags(after));
                }
            }

            run.End();
            return ExitCode.Done;

            string[] Read(Option<string[]> option) => SnapshotOptions.ReadTags(parsed.GetValue(option)!);
        });
        return command;
    }

    private static Option<string[]> Tags(string name, string description) =>
        new(name) { Description = description, HelpName = "tags", DefaultValueFactory = _ => [] };
}
