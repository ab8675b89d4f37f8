using System.CommandLine;
using System.Globalization;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Finds files by name, or blobs, trees and packs by id, in all snapshots.</summary>
internal static class FindCommand
{
    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss zzz", "yyyy-MM-ddTHH:mm:ssK",
        "dd.MM.yyyy", "dd.MM.yyyy HH:mm", "dd.MM.yyyy HH:mm:ss", "dd.MM.yyyy HH:mm:ss zzz",
    ];

    internal static Command Create(Output output)
    {
        var command = new Command("find", """
            Find files in the snapshots, newest first; or where a blob, tree or pack is used.

            Examples:
              holdfast find nginx.conf '*.pem'
              holdfast find -i --newest 2026-11-01 -l 'invoice*'
              holdfast find --blob 420f620f
            """);
        var patterns = new Argument<string[]>("pattern") { Description = "names or paths with * ? [a-z] and **; or ids", Arity = ArgumentArity.OneOrMore };
        var oldest = new Option<string?>("--oldest", "-O") { Description = "only what was modified then or later", HelpName = "time" };
        var newest = new Option<string?>("--newest", "-N") { Description = "only what was modified then or earlier", HelpName = "time" };
        var snapshots = new Option<string[]>("--snapshot", "-s")
        {
            Description = "look only in this snapshot (may be repeated)", HelpName = "id", DefaultValueFactory = _ => [],
        };
        var blob = new Option<bool>("--blob") { Description = "the patterns are ids of blobs" };
        var tree = new Option<bool>("--tree") { Description = "the patterns are ids of trees" };
        var pack = new Option<bool>("--pack") { Description = "the patterns are ids of packs" };
        var showPack = new Option<bool>("--show-pack-id") { Description = "with --blob or --tree: tell which pack holds it" };
        var ignoreCase = new Option<bool>("--ignore-case", "-i") { Description = "whatever the case of letters" };
        var isLong = new Option<bool>("--long", "-l") { Description = "with mode, owner, size and time" };
        var human = new Option<bool>("--human-readable") { Description = "with -l: sizes as 1.500 MiB" };
        var reverse = new Option<bool>("--reverse", "-R") { Description = "oldest snapshot first" };
        command.Arguments.Add(patterns);
        foreach (Option option in (Option[])[oldest, newest, snapshots, blob, tree, pack, showPack, ignoreCase, isLong, human, reverse])
        {
            command.Options.Add(option);
        }

        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string[] texts = parsed.GetValue(patterns)!;
            (bool isBlob, bool isTree, bool isPack) = (parsed.GetValue(blob), parsed.GetValue(tree), parsed.GetValue(pack));
            bool byId = isBlob || isTree || isPack;
            FileTime? from = ReadTime(parsed.GetValue(oldest)), to = ReadTime(parsed.GetValue(newest));
            Check(texts, (isBlob ? 1 : 0) + (isTree ? 1 : 0) + (isPack ? 1 : 0), from, to);
            PathPattern[] wanted = byId ? [] : ReadPatterns(texts, parsed.GetValue(ignoreCase));

            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            IndexedRepository repository = held.Indexed;
            int damaged = 0;
            List<StoredSnapshot> chosen = await choice.ChooseAllAsync(
                parsed, held.Repository, parsed.GetValue(snapshots)!, held.Cancellation, e => { damaged++; output.Complain(e.Message); });
            chosen.Sort((a, b) => a.Snapshot.Time.CompareTo(b.Snapshot.Time) * (parsed.GetValue(reverse) ? 1 : -1));

            var walk = new TreeWalk(repository, output);
            var report = new FindReport(output, new NodeText(parsed.GetValue(isLong), parsed.GetValue(human)), byId);
            if (byId)
            {
                var objects = new ObjectSearch(walk, WantedObjects.Of(texts, isBlob, isTree, repository.Index), report);
                await EachAsync(chosen, walk, s => objects.RunAsync(s, held.Cancellation));
                if (parsed.GetValue(showPack))
                {
                    objects.ShowPacks(repository.Index, output);
                }
            }
            else
            {
                var files = new FileSearch(walk, wanted, from, to, report);
                await EachAsync(chosen, walk, s => files.RunAsync(s, held.Cancellation));
            }

            report.End();
            return damaged + walk.Damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static async Task EachAsync(List<StoredSnapshot> snapshots, TreeWalk walk, Func<StoredSnapshot, Task> search)
    {
        foreach (StoredSnapshot stored in snapshots)
        {
            if (stored.Snapshot.Tree is null)
            {
                walk.Report(BackupException.Corrupt($"snapshot {stored.Id} has no tree"));
                continue;
            }

            await search(stored);
        }
    }

    private static void Check(string[] texts, int kinds, FileTime? from, FileTime? to)
    {
        if (kinds > 1)
        {
            throw new UsageException("--blob, --tree and --pack exclude each other: give one of them");
        }

        if (from > to)
        {
            throw new UsageException("--oldest is later than --newest: nothing can lie between them");
        }

        foreach (string text in kinds == 1 ? texts : [])
        {
            NamedFile.RequireHex("object", text);
        }
    }

    private static PathPattern[] ReadPatterns(string[] texts, bool ignoreCase)
    {
        try
        {
            // A leading ! takes something out of a list of excludes; here it is only a letter.
            return [.. texts.Select(t => new PathPattern(t.StartsWith('!') ? "[!]" + t[1..] : t, ignoreCase))];
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static FileTime? ReadTime(string? text) =>
        text is null ? null
        : DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset time)
            ? FileTime.FromDateTimeOffset(time)
            : throw new UsageException($"'{text}' is no time: write it as 2026-11-21 or '2026-11-21 14:03:00'");
}
