using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A file that looks as it did and is read all the same: it is unmodified where its content turns out to be the same, and keeps its old node then.</summary>
internal sealed class FileReadAgain(PendingTree tree, FileToRead file) : INodeTaker
{
    public ValueTask SetAsync(int slot, Node? node, Worker worker)
    {
        if (node is not null)
        {
            Node previous = file.Previous!;
            bool same = previous.Content.AsSpan().SequenceEqual(node.Content);
            node = same && worker.Run.Nodes.IsStillTrue(previous, file.Status) && node.ChangeTime == previous.ChangeTime ? previous : node;
            FileArchiver.Report(tree, file, node, same ? ItemChange.Unmodified : ItemChange.Changed, worker);
        }

        return tree.SetAsync(slot, node, worker);
    }
}
