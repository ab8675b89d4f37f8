using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;
using Spectre.Console;

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
        command.Arguments.Add(names);
        foreach (Option option in (Option[])[latest, compact, groupBy])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            SnapshotGrouping grouping = SnapshotGrouping.Parse(parsed.GetValue(groupBy));
            int? count = parsed.GetValue(latest);
            if (count < 1)
            {
                throw new UsageException($"--latest {count} shows nothing: give 1 or more");
            }

            await using HeldRepository held = await HeldRepository.ForReadingAsync(parsed, output, cancellation);
            int damaged = 0;
            List<StoredSnapshot> chosen = await choice.ChooseAllAsync(
                parsed, held.Repository, parsed.GetValue(names)!, held.Cancellation, e => { damaged++; output.Warn($"holdfast: {e.Message}"); });
            chosen.Sort((a, b) => a.Snapshot.Time.CompareTo(b.Snapshot.Time));
            if (count is { } newest)
            {
                chosen = (grouping.IsNone ? SnapshotGrouping.ByHostAndPaths : grouping).Newest(chosen, newest);
            }

            Print(chosen, grouping, parsed.GetValue(compact), output);
            return damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(List<StoredSnapshot> snapshots, SnapshotGrouping grouping, bool compact, Output output)
    {
        if (grouping.IsNone)
        {
            if (output.IsJson)
            {
                output.Json([.. snapshots.Select(SnapshotListing.Of)], CliJson.Default.ListSnapshotListing);
            }
            else
            {
                PrintTable(snapshots, compact, output);
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
            PrintTable(members, compact, output);
        }
    }

    private static void PrintTable(List<StoredSnapshot> snapshots, bool compact, Output output)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns(compact ? ["ID", "Time", "Host", "Tags", "Size"] : ["ID", "Time", "Host", "Tags", "Paths", "Size"]);
        table.Columns[^1].Alignment = Justify.Right;
        foreach (StoredSnapshot stored in snapshots)
        {
            Snapshot snapshot = stored.Snapshot;
            string[] cells =
            [
                stored.Id.Hash.ToShortString(),
                snapshot.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss"),
                Shown(snapshot.Hostname),
                Shown(string.Join(',', snapshot.Tags ?? [])),
                .. (string[])(compact ? [] : [string.Join('\n', snapshot.Paths.Select(Shown))]),
                snapshot.Summary is { } summary ? Format.Bytes(summary.TotalBytesProcessed) : string.Empty,
            ];
            table.AddRow(cells);
        }

        if (snapshots.Count > 0)
        {
            output.Table(table);
        }

        output.Line(snapshots.Count == 1 ? "1 snapshot" : $"{snapshots.Count} snapshots");
    }

    private static string Shown(string? text) => Markup.Escape(PathText.Printable(text ?? string.Empty));
}
