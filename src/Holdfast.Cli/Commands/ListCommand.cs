using System.CommandLine;
using Holdfast.Cli.Access;
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
            """);
        command.Aliases.Add("snapshots");
        var ids = new Argument<string[]>("snapshot") { Description = "ids, or latest; all if none", Arity = ArgumentArity.ZeroOrMore };
        var latest = new Option<int?>("--latest") { Description = "only the newest N of each host and set of paths", HelpName = "N" };
        command.Arguments.Add(ids);
        command.Options.Add(latest);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var access = new RepositoryAccess(parsed, output);
            await using OpenRepository repository = await access.OpenAsync(cancellation);
            int damaged = 0;
            List<StoredSnapshot> all = await repository.ListSnapshotsAsync(
                e => { damaged++; output.Warn(e.Message); }, cancellation);
            List<StoredSnapshot> chosen = choice.Filter(parsed, all);
            if (parsed.GetValue(ids) is { Length: > 0 } names)
            {
                chosen = [.. names.Select(n => n == "latest" ? chosen[^1] : chosen.Find(s => s.Id.ToString().StartsWith(n, StringComparison.OrdinalIgnoreCase))
                    ?? throw new UsageException($"there is no snapshot {n} among those listed"))];
            }

            if (parsed.GetValue(latest) is { } count)
            {
                chosen = [.. chosen.GroupBy(s => (s.Snapshot.Hostname, string.Join('\0', s.Snapshot.Paths)))
                    .SelectMany(g => g.TakeLast(Math.Max(0, count))).OrderBy(s => s.Snapshot.Time)];
            }

            Print(chosen, output);
            return damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Print(List<StoredSnapshot> snapshots, Output output)
    {
        if (output.IsJson)
        {
            output.Json([.. snapshots.Select(SnapshotListing.Of)], CliJson.Default.ListSnapshotListing);
            return;
        }

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumns("ID", "Time", "Host", "Tags", "Paths", "Size");
        table.Columns[^1].Alignment = Justify.Right;
        foreach (StoredSnapshot stored in snapshots)
        {
            Snapshot snapshot = stored.Snapshot;
            table.AddRow(
                stored.Id.Hash.ToShortString(),
                snapshot.Time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss"),
                Shown(snapshot.Hostname),
                Shown(string.Join(',', snapshot.Tags ?? [])),
                Shown(string.Join('\n', snapshot.Paths)),
                snapshot.Summary is { } summary ? Format.Bytes(summary.TotalBytesProcessed) : string.Empty);
        }

        if (snapshots.Count > 0)
        {
            output.Table(table);
        }

        output.Line(snapshots.Count == 1 ? "1 snapshot" : $"{snapshots.Count} snapshots");
    }

    private static string Shown(string? text) =>
        Markup.Escape(string.Join('\n', (text ?? string.Empty).Split('\n').Select(PathText.Printable)));
}
