using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Tells all that is known about snapshots.</summary>
internal static class ShowCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("show", """
            Show everything about one or more snapshots.

            Examples:
              holdfast show latest
              holdfast show 3f2a91c7 --json
            """);
        var names = new Argument<string[]>("snapshot") { Description = "ids, or latest", Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(names);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using HeldRepository held = await HeldRepository.ForReadingAsync(parsed, output, cancellation);
            List<StoredSnapshot> snapshots = await choice.ChooseAllAsync(parsed, held.Repository, parsed.GetValue(names)!, held.Cancellation);
            if (output.IsJson)
            {
                output.Json([.. snapshots.Select(SnapshotListing.Of)], LookJson.Default.ListSnapshotListing);
                return ExitCode.Done;
            }

            for (int i = 0; i < snapshots.Count; i++)
            {
                if (i > 0)
                {
                    output.Line();
                }

                Print(snapshots[i], output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Print(StoredSnapshot stored, Output output)
    {
        Snapshot s = stored.Snapshot;
        Say("snapshot", stored.Id.ToString());
        Say("time", $"{s.Time:yyyy-MM-dd HH:mm:ss zzz}");
        Say("host", s.Hostname);
        Say("user", s.Username is null ? null : $"{s.Username} ({s.UserId}:{s.GroupId})");
        SayAll("paths", s.Paths);
        SayAll("tags", s.UserTags());
        Say("pin", s.DescribePin(TimeProvider.System.GetUtcNow()));
        Say("trash", s.IsInTrash() ? $"until {s.Marks?.Trash?.End(null)?.ToLocalTime():yyyy-MM-dd HH:mm}" : null);
        Say("run", s.Marks?.Run?.ToString());
        Say("partial", s.IsPartial() ? $"{s.Marks?.Problems} problems: not all of the source could be read" : null);
        SayAll("excludes", s.Excludes);
        Say("parent", s.Parent?.ToString());
        Say("original", s.Original?.ToString());
        Say("tree", s.Tree?.ToString());
        Say("program", s.ProgramVersion);
        if (s.Summary is { } c)
        {
            Say("began", $"{c.BackupStart.ToLocalTime():yyyy-MM-dd HH:mm:ss}, took {Format.Duration(c.BackupEnd - c.BackupStart)}");
            Say("files", $"{c.FilesNew} new, {c.FilesChanged} changed, {c.FilesUnmodified} unmodified");
            Say("dirs", $"{c.DirsNew} new, {c.DirsChanged} changed, {c.DirsUnmodified} unmodified");
            Say("processed", $"{Format.Count((long)c.TotalFilesProcessed, "file")}, {Format.Bytes(c.TotalBytesProcessed)}");
            Say("added", $"{Format.Bytes(c.DataAdded)} ({Format.Bytes(c.DataAddedPacked)} stored), {c.DataBlobs} data blobs, {c.TreeBlobs} tree blobs");
        }

        void Say(string label, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                output.Line($"{label,-10}{PathText.Printable(value)}");
            }
        }

        void SayAll(string label, string[]? values)
        {
            foreach (string value in values ?? [])
            {
                Say(label, value);
                label = string.Empty;
            }
        }
    }
}
