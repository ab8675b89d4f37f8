using Holdfast.Backend;
using Holdfast.Cli.Look;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Cli.Dump;

/// <summary>Writes everything below a folder into an archive, in the order of names.</summary>
internal sealed class FolderDump(IndexedRepository repository, TreeWalk walk, FileContent content, IArchive archive)
{
    internal async Task RunAsync(TreeId root, string folder, CancellationToken cancellation)
    {
        var levels = new Stack<(string Path, Queue<Node> Nodes, TreeId Tree)>();
        await EnterAsync(root, folder);
        while (levels.TryPeek(out var level))
        {
            if (!level.Nodes.TryDequeue(out Node? node))
            {
                levels.Pop();
                continue;
            }

            var met = new Met(level.Tree, TreeWalk.Join(level.Path, node), node);
            await AddAsync(met, cancellation);
            if (node is { Type: NodeType.Dir, Subtree: { } tree })
            {
                await EnterAsync(tree, met.Path);
            }
        }

        await archive.CompleteAsync(cancellation);

        async ValueTask EnterAsync(TreeId tree, string path)
        {
            if (await walk.LoadAsync(tree, path, cancellation) is { } nodes)
            {
                levels.Push((path, new(nodes), tree));
            }
        }
    }

    /// <remarks>A file that is known to be damaged is left out; one found damaged halfway ends the dump, because its length is written already.</remarks>
    private async ValueTask AddAsync(Met met, CancellationToken cancellation)
    {
        if (!archive.CanHold(met.Node))
        {
            repository.Repository.Options.Warn($"{PathText.Printable(met.Path)} is left out: such an archive holds no {LookJson.TypeName(met.Node.Type)}");
        }
        else if (met.Node.Type == NodeType.File && content.FindDamage(met.Node) is { } damage)
        {
            walk.Report(BackupException.Corrupt($"{PathText.Printable(met.Path)} is left out: {damage}"));
        }
        else
        {
            await archive.AddAsync(met, cancellation);
        }
    }
}
