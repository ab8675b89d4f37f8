using System.CommandLine;
using Holdfast.Backend;
using Holdfast.Cli.Access;
using Holdfast.Cli.Dump;
using Holdfast.Cli.Look;
using Holdfast.Cli.Terminal;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Commands;

/// <summary>Writes a file of a snapshot to standard output, or a folder as an archive.</summary>
internal static class DumpCommand
{
    internal static Command Create(Output output)
    {
        var command = new Command("dump", """
            Write a file of a snapshot to standard output, or a folder as a tar or zip archive; / is the whole snapshot.

            Examples:
              holdfast dump latest /etc/passwd
              holdfast dump latest /var/backups/crm.sql | mariadb crm
              holdfast dump latest /srv/www --archive tar --target www.tar
            """);
        var name = new Argument<string>("snapshot") { Description = "id or latest, and perhaps a folder in it: latest:/etc" };
        var file = new Argument<string>("file") { Description = "the path of a file or folder in it" };
        var archive = new Option<string>("--archive", "-a") { Description = "the form for a folder: tar or zip", HelpName = "format", DefaultValueFactory = _ => "tar" };
        archive.AcceptOnlyFromAmong("tar", "zip");
        var target = new Option<string?>("--target", "-t") { Description = "write to this file, which takes its name when it is whole", HelpName = "file" };
        command.Arguments.Add(name);
        command.Arguments.Add(file);
        command.Options.Add(archive);
        command.Options.Add(target);
        var choice = new SnapshotOptions(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using HeldRepository held = await HeldRepository.ForReadingBlobsAsync(parsed, output, null, cancellation);
            IndexedRepository repository = held.Indexed;
            ChosenSnapshot snapshot = await choice.ChooseAsync(parsed, held.Repository, parsed.GetValue(name)!, held.Cancellation);
            string path = "/" + string.Join('/', parsed.GetValue(file)!.Split('/', StringSplitOptions.RemoveEmptyEntries));
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
