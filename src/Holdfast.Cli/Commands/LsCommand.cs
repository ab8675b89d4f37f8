using System.CommandLine;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Shows what is in a snapshot.</summary>
internal static class LsCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("ls", """
            List the files and folders of a snapshot.

            Examples:
              holdfast ls latest
              holdfast ls latest:/etc/nginx -l
              holdfast ls latest /home --recursive --sort size --reverse
              holdfast ls latest --ncdu | ncdu -f -
            """);
        var name = new Argument<string>("snapshot") { Description = "id or latest, and perhaps a folder in it: latest:/etc" };
        var folders = new Argument<string[]>("dir")
        {
            Description = "list only these folders, and what lies directly in them", Arity = ArgumentArity.ZeroOrMore,
        };
        var isLong = new Option<bool>("--long", "-l") { Description = "with mode, owner, size and time" };
        var recursive = new Option<bool>("--recursive") { Description = "with a dir: all that lies below it" };
        var human = new Option<bool>("--human-readable") { Description = "with -l: sizes as 1.500 MiB" };
        var sort = new Option<string?>("--sort", "-s") { Description = "by name, size, time (or mtime), atime, ctime or extension", HelpName = "key" };
        sort.AcceptOnlyFromAmong("name", "size", "time", "mtime", "atime", "ctime", "extension");
        var reverse = new Option<bool>("--reverse") { Description = "the other way round" };
        var ncdu = new Option<bool>("--ncdu") { Description = "all of it in the form that `ncdu -f -` reads, to browse by size" };
        command.Arguments.Add(name);
        command.Arguments.Add(folders);
        foreach (Option option in (Option[])[isLong, recursive, human, sort, reverse, ncdu])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(ncdu) && (output.IsJson || parsed.GetValue(folders)!.Length > 0 || ((Option[])[isLong, recursive, human, sort, reverse]).Any(o => parsed.GetResult(o) is { Implicit: false })))
            {
                throw new UsageException("--ncdu has a form of its own, with all that is below one folder: leave the other options out, and name the folder as SNAPSHOT:FOLDER");
            }

            var listed = new ListedFolders(parsed.GetValue(folders)!, parsed.GetValue(recursive));
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            IndexedRepository repository = held.Indexed;
            ChosenSnapshot snapshot = await choice.ChooseAsync(parsed, held.Repository, parsed.GetValue(name)!, held.Cancellation);
            TreeId root = await snapshot.FindTreeAsync(repository, held.Cancellation);

            if (parsed.GetValue(ncdu))
            {
                return await ExportAsync(snapshot, root, repository, output, held.Cancellation);
            }

            string order = parsed.GetValue(sort) ?? "name";
            bool isReversed = parsed.GetValue(reverse);
            var text = new NodeText(parsed.GetValue(isLong), parsed.GetValue(human));
            var collected = order == "name" && !isReversed ? null : new List<(string Path, Node Node)>();
            if (output.IsJson)
            {
                output.Json(SnapshotListing.Of(snapshot.Stored) with { MessageType = "snapshot", StructType = "snapshot" }, LookJson.Default.SnapshotListing);
            }

            var walk = new TreeWalk(repository, output);
            await walk.RunAsync(
                root, "/",
                met =>
                {
                    if (listed.Shows(met.Path))
                    {
                        Take(met.Path, met.Node);
                    }

                    return listed.GoesInto(met.Path);
                },
                held.Cancellation);
            foreach ((string path, Node node) in NodeOrder.Sort(collected ?? [], order, isReversed))
            {
                Print(path, node);
            }

            int missing = 0;
            foreach (string folder in listed.Missing)
            {
                output.Complain($"snapshot {snapshot.Stored.Id.Hash.ToShortString()} has no {PathText.Printable(folder)}");
                missing++;
            }

            return walk.Damaged + missing == 0 ? ExitCode.Done : ExitCode.Failed;

            void Take(string path, Node node)
            {
                if (collected is not null)
                {
                    collected.Add((path, node with { Content = null })); // ids of blobs are not shown, and may be many
                }
                else
                {
                    Print(path, node);
                }
            }

            void Print(string path, Node node)
            {
                if (output.IsJson)
                {
                    output.Json(ListedNode.Of(path, node), LookJson.Default.ListedNode);
                }
                else
                {
                    output.Line(text.Line(path, node));
                }
            }
        });
        return command;
    }

    private static async Task<int> ExportAsync(ChosenSnapshot snapshot, TreeId root, IndexedRepository repository, Output output, CancellationToken cancellation)
    {
        var export = new NcduExport(output);
        var walk = new TreeWalk(repository, output);
        export.Begin(snapshot.Folder, snapshot.Stored.Snapshot.Time);
        await walk.RunAsync(
            root, "/",
            met =>
            {
                export.Add(met.Node);
                if (met.Node is { Type: NodeType.Dir, Subtree: null })
                {
                    export.Leave(); // a damage, of which the walk tells
                }

                return true;
            },
            cancellation,
            leave: (_, _) => export.Leave());
        export.End();
        return walk.Damaged == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
