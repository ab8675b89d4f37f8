using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Shows which snapshots there are.</summary>
internal static class ListCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("list", """
            List the snapshots, oldest first.

            Examples:
              holdfast list
              holdfast list --host web1 --latest 1
              holdfast list --group-by host,paths --compact
            """);
        command.Aliases.Add("snapshots");
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest; all if none", Arity = ArgumentArity.ZeroOrMore };
        var latest = new Option<int?>("--latest") { Description = "only the newest N of each host and set of paths, or of each group", HelpName = "N" };
        var compact = new Option<bool>("--compact", "-c") { Description = "one line each, without paths" };
        var groupBy = new Option<string?>("--group-by", "-g") { Description = "in groups by host, paths and tags, comma-separated", HelpName = "group" };
        var trash = new Option<bool>("--trash") { Description = "what `forget` put into the trash, and how long it stays" };
        command.Arguments.Add(names);
        foreach (Option option in (Option[])[latest, compact, groupBy, trash])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            SnapshotGrouping grouping = ReadGrouping(parsed.GetValue(groupBy));
            bool isTrash = parsed.GetValue(trash);
            int? count = parsed.GetValue(latest);
            if (count < 1)
            {
                throw new UsageException($"--latest {count} shows nothing: give 1 or more");
            }

            await using HeldRepository held = await HeldRepository.ForReadingAsync(parsed, output, cancellation);
            int damaged = 0;
            List<StoredSnapshot> chosen = await choice.ChooseAllAsync(
                parsed, held.Repository, parsed.GetValue(names)!, held.Cancellation, e => { damaged++; output.Complain(e.Message); }, isTrash);
            chosen.Sort((a, b) => a.Snapshot.Time.CompareTo(b.Snapshot.Time));
            if (count is { } newest)
            {
                chosen = (grouping.IsNone ? SnapshotGrouping.ByHostAndPaths : grouping).Newest(chosen, newest);
            }

            Print(chosen, grouping, output, new SnapshotTable(output, parsed.GetValue(compact)) { Extra = isTrash ? ("In the trash until", TrashEnd) : null });
            return damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <exception cref="UsageException">A word is unknown.</exception>
    internal static SnapshotGrouping ReadGrouping(string? text)
    {
        try
        {
            return SnapshotGrouping.Parse(text);
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static string TrashEnd(StoredSnapshot stored) =>
        stored.Snapshot.Marks?.Trash?.End(null) is { } end ? end.ToLocalTime().ToString("yyyy-MM-dd HH:mm") : "its time begins with the next forget";

    private static void Print(List<StoredSnapshot> snapshots, SnapshotGrouping grouping, Output output, SnapshotTable table)
    {
        if (grouping.IsNone)
        {
            if (output.IsJson)
            {
                output.Json([.. snapshots.Select(SnapshotListing.Of)], CliJson.Default.ListSnapshotListing);
            }
            else
            {
                table.PrintCounted(snapshots);
            }

            return;
        }

        List<(SnapshotGroupKey Key, List<StoredSnapshot> Snapshots)> groups = grouping.Group(snapshots);
        if (output.IsJson)
        {
            output.Json(
                [.. groups.Select(g => new SnapshotGroup(g.Key, [.. g.Snapshots.Select(SnapshotListing.Of)]))], LookJson.Default.ListSnapshotGroup);
            return;
        }

        foreach ((SnapshotGroupKey key, List<StoredSnapshot> members) in groups)
        {
            output.Line(PathText.Printable(SnapshotGrouping.Describe(key)));
            table.PrintCounted(members);
        }
    }
}
