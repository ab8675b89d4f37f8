using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Shows what changed from one snapshot to another.</summary>
internal static class DiffCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("diff", """
            Show what changed from one snapshot to another.

            Each line begins with what happened: + added, - removed, M content modified, T type changed, U only metadata
            changed (with --metadata), M? content changed while nothing else did, which hints at a failing disk.

            Examples:
              holdfast diff 3f2a91c7 latest
              holdfast diff 3f2a91c7:/etc latest:/etc --metadata
            """);
        var before = new Argument<string>("snapshot-a") { Description = "id or latest, and perhaps a folder in it" };
        var after = new Argument<string>("snapshot-b") { Description = "the one to compare it with" };
        var metadata = new Option<bool>("--metadata") { Description = "tell of changed metadata too" };
        command.Arguments.Add(before);
        command.Arguments.Add(after);
        command.Options.Add(metadata);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            (string nameA, string nameB) = (parsed.GetValue(before)!, parsed.GetValue(after)!);
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            IndexedRepository repository = held.Indexed;
            ChosenSnapshot a = await choice.ChooseAsync(parsed, held.Repository, nameA, held.Cancellation);
            ChosenSnapshot b = await choice.ChooseAsync(parsed, held.Repository, nameB, held.Cancellation);
            TreeId treeA = await a.FindTreeAsync(repository, held.Cancellation);
            TreeId treeB = await b.FindTreeAsync(repository, held.Cancellation);
            output.Say($"comparing snapshot {a.Stored.Id.Hash.ToShortString()} to {b.Stored.Id.Hash.ToShortString()}:\n");

            var walk = new TreeWalk(repository, output);
            var difference = new TreeDifference(repository, walk, parsed.GetValue(metadata), (path, letters) => Tell(path, letters, output));
            await difference.RunAsync(treeA, treeB, held.Cancellation);
            Sum(difference, nameA, nameB, output);
            return walk.Damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Tell(string path, string letters, Output output)
    {
        if (output.IsQuiet)
        {
            return;
        }

        if (output.IsJson)
        {
            output.Json(new(path, letters), LookJson.Default.DiffChange);
        }
        else
        {
            output.Line($"{letters,-5}{path}");
        }
    }

    private static void Sum(TreeDifference difference, string nameA, string nameB, Output output)
    {
        (DiffCounters added, DiffCounters removed) = (difference.Added, difference.Removed);
        if (output.IsJson)
        {
            output.Json(new(nameA, nameB, difference.ChangedFiles, added, removed), LookJson.Default.DiffStatistics);
            return;
        }

        output.Line();
        output.Line($"Files:       {added.Files,5} new, {removed.Files,5} removed, {difference.ChangedFiles,5} changed");
        output.Line($"Dirs:        {added.Dirs,5} new, {removed.Dirs,5} removed");
        output.Line($"Others:      {added.Others,5} new, {removed.Others,5} removed");
        output.Line($"Data Blobs:  {added.DataBlobs,5} new, {removed.DataBlobs,5} removed");
        output.Line($"Tree Blobs:  {added.TreeBlobs,5} new, {removed.TreeBlobs,5} removed");
        output.Line($"  Added:   {Format.Bytes(added.Bytes)}");
        output.Line($"  Removed: {Format.Bytes(removed.Bytes)}");
    }
}
