using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Dump;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Plan;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Writes a file of a snapshot to standard output, or a folder as an archive.</summary>
internal static class DumpCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("dump", """
            Write a file of a snapshot to standard output, or a folder as a tar or zip archive; / is the whole snapshot. Or a database as plain SQL.

            Examples:
              holdfast dump latest /etc/passwd
              holdfast dump latest /var/backups/crm.sql | mariadb crm
              holdfast dump latest /srv/www --archive tar --target www.tar
              holdfast dump latest --database mysql:shop/orders | mariadb shop_side
            """);
        var name = new Argument<string>("snapshot") { Description = "id or latest, and perhaps a folder in it: latest:/etc" };
        var file = new Argument<string?>("file") { Description = "the path of a file or folder in it", Arity = ArgumentArity.ZeroOrOne };
        var archive = new Option<string>("--archive", "-a") { Description = "the form for a folder: tar or zip", HelpName = "format", DefaultValueFactory = _ => "tar" };
        archive.AcceptOnlyFromAmong("tar", "zip");
        var target = new Option<string?>("--target", "-t") { Description = "write to this file, which takes its name when it is whole", HelpName = "file" };
        var database = new Option<string?>("--database") { Description = "a database as SQL instead: mysql:DB or mysql:DB/TABLE", HelpName = "database" };
        command.Arguments.Add(name);
        command.Arguments.Add(file);
        command.Options.Add(archive);
        command.Options.Add(target);
        command.Options.Add(database);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            DatabaseLimit? limit = parsed.GetValue(database) is { } text ? DatabaseLimit.Parse(text) : null;
            string? wanted = parsed.GetValue(file);
            Require(limit, wanted, parsed.GetResult(archive) is { Implicit: false });
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            IndexedRepository repository = held.Indexed;
            ChosenSnapshot snapshot = await choice.ChooseAsync(parsed, held.Repository, parsed.GetValue(name)!, held.Cancellation);
            if (limit is not null)
            {
                await WriteDatabaseAsync(repository, snapshot, limit, parsed.GetValue(target), output, held.Cancellation);
                return ExitCode.Done;
            }

            string path = "/" + string.Join('/', wanted!.Split('/', StringSplitOptions.RemoveEmptyEntries));
            (TreeId? folder, Node? node) = await FindAsync(repository, snapshot, path, held.Cancellation);
            string? targetPath = parsed.GetValue(target);
            if (folder is not null && targetPath is null && Machine.IsTerminal(1))
            {
                throw new UsageException($"{PathText.Printable(path)} is a folder, and an archive is nothing for a terminal: give --target, or send it elsewhere");
            }

            var content = new FileContent(repository);
            if (node is not null && content.FindDamage(node) is { } damage)
            {
                throw BackupException.Corrupt($"{PathText.Printable(path)} cannot be read: {damage}");
            }

            var walk = new TreeWalk(repository, output);
            using DumpTarget dump = DumpTarget.Open(targetPath, output);
            if (folder is { } tree)
            {
                IArchive form = parsed.GetValue(archive) == "zip" ? new ZipFolder(dump.Stream, content) : new TarArchive(dump.Stream, content);
                await new FolderDump(repository, walk, content, form).RunAsync(tree, path, held.Cancellation);
            }
            else
            {
                await content.CopyToAsync(node!, dump.Stream, held.Cancellation);
            }

            dump.Complete();
            return walk.Damaged == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    /// <exception cref="UsageException">There is nothing to dump, or too much.</exception>
    private static void Require(DatabaseLimit? limit, string? file, bool hasForm)
    {
        if (limit is null && file is null)
        {
            throw new UsageException("which file? see dump --help");
        }

        if (limit is not null && (file is not null || hasForm))
        {
            throw new UsageException($"{(file is null ? "--archive" : file)} is about files, and --database about a database: give one of them");
        }

        if (limit is { Database: null })
        {
            throw new UsageException($"--database {limit.Text} names no database: a dump is of one, or of a table in it");
        }
    }

    private static async Task WriteDatabaseAsync(
        IndexedRepository repository, ChosenSnapshot snapshot, DatabaseLimit limit, string? targetPath, Output output, CancellationToken cancellation)
    {
        if (snapshot.Folder != "/")
        {
            throw new UsageException("databases are of a whole snapshot: give --database without :FOLDER");
        }

        TreeId tree = await snapshot.FindTreeAsync(repository, cancellation);
        using DumpTarget dump = DumpTarget.Open(targetPath, output);
        await PlanSources.WriteDumpAsync(repository, tree, limit, dump.Stream, cancellation);
        dump.Complete();
    }

    /// <summary>The tree of a folder, or the node of a file.</summary>
    private static async Task<(TreeId? Folder, Node? File)> FindAsync(
        IndexedRepository repository, ChosenSnapshot snapshot, string path, CancellationToken cancellation)
    {
        int slash = path.LastIndexOf('/');
        ChosenSnapshot parent = snapshot with { Folder = string.Concat(snapshot.Folder, path.AsSpan(0, slash)) };
        TreeId tree = await parent.FindTreeAsync(repository, cancellation);
        if (path == "/")
        {
            return (tree, null);
        }

        byte[] name = PathText.Encode(path.AsSpan(slash + 1));
        List<Node> nodes = await repository.LoadTreeAsync(tree, cancellation);
        return nodes.Find(n => n.Name.AsSpan().SequenceEqual(name)) switch
        {
            { Type: NodeType.File } file => (null, file),
            { Type: NodeType.Dir, Subtree: { } folder } => (folder, null),
            { } other => throw new UsageException($"{PathText.Printable(path)} is a {LookJson.TypeName(other.Type)}, and only files and folders can be dumped"),
            null => throw new BackupException(
                BackupErrorKind.NotFound, $"snapshot {snapshot.Stored.Id.Hash.ToShortString()} has no {PathText.Printable(path)}"),
        };
    }
}
