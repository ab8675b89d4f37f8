using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Stores one regular file: content, then metadata, then a look whether it stood still meanwhile.</summary>
internal static class FileArchiver
{
    /// <param name="ahead">The file where it was opened already, to be fetched ahead.</param>
    internal static async ValueTask ArchiveAsync(PendingTree tree, FileToRead file, LinuxFile? ahead, Worker worker)
    {
        worker.Run.Cancellation.ThrowIfCancellationRequested();
        if (file.Status.Kind == FileKind.Fifo)
        {
            await FifoArchiver.ArchiveAsync(tree, file, worker).ConfigureAwait(false);
            return;
        }

        var pending = new PendingFile(file.Again ? new FileReadAgain(tree, file) : tree, file.Slot);
        Node? node = null;
        try
        {
            // What is open now is what is stored, whatever had the name when the folder was listed.
            using LinuxFile source = Open(tree, file, ahead, out FileStatus before);
            if (before.Kind != FileKind.Regular)
            {
                // Before the first read: a device may have no end.
                throw new LinuxException("read", source.Path, Errno.StaleHandle);
            }

            if (before.Size >= Chunker.MinSize)
            {
                worker.Run.Progress.Reading(tree.ChildPath(file.Name));
            }

            long length = await worker.Content.ReadAsync(source, before.Size, pending).ConfigureAwait(false);
            if (HasMoved(before, source.Status()) || length != before.Size)
            {
                worker.Run.Progress.AddProblem(
                    tree.ChildPath(file.Name), "it changed while it was read; what is stored may be a mixture of before and after");
            }

            node = worker.Run.Nodes.Build(file.Name, before) with
            {
                Size = (ulong)length,
                ExtendedAttributes = ReadAttributes(source.ReadAttributes, tree, file.Name, worker.Run),
            };
        }
        catch (LinuxException e)
        {
            worker.Run.Progress.AddProblem(tree.ChildPath(file.Name), e.IsMissing ? "it vanished before it could be read" : e.Message);
        }

        ReportUnlessAgain(tree, file, node, worker);
        await pending.EndAsync(node, worker).ConfigureAwait(false);
    }

    private static LinuxFile Open(PendingTree tree, FileToRead file, LinuxFile? ahead, out FileStatus status)
    {
        if (ahead is not null)
        {
            status = ahead.Status();
            if (status.Links > 0 && status.ChangeTime == file.Status.ChangeTime)
            {
                return ahead; // else it was changed, moved or removed since, and the name may be another file's, or nobody's
            }
        }

        LinuxFile opened = tree.Directory.OpenFile(file.Name);
        status = opened.Status();
        return opened;
    }

    /// <summary>The extended attributes of an entry. Where they cannot be read, that is a problem, but the entry is stored without them.</summary>
    internal static ExtendedAttribute[] ReadAttributes(PendingTree tree, byte[] name, ArchiveRun run) =>
        ReadAttributes(() => tree.Directory.ReadAttributes(name), tree, name, run);

    private static ExtendedAttribute[] ReadAttributes(Func<ExtendedAttribute[]> read, PendingTree tree, byte[] name, ArchiveRun run)
    {
        try
        {
            return read();
        }
        catch (LinuxException e)
        {
            run.Progress.AddProblem(tree.ChildPath(name), e.Message);
            return [];
        }
    }

    /// <summary>Whether a file is new or changed is known before its last chunk is stored; of one that is read again it is not.</summary>
    /// <param name="node">Null for a file that is not stored.</param>
    internal static void ReportUnlessAgain(PendingTree tree, FileToRead file, Node? node, Worker worker)
    {
        if (node is not null && !file.Again)
        {
            Report(tree, file, node, file.Previous is { Type: NodeType.File } ? ItemChange.Changed : ItemChange.New, worker);
        }
    }

    internal static void Report(PendingTree tree, FileToRead file, Node node, ItemChange change, Worker worker)
    {
        worker.Run.Progress.AddFile(change);
        worker.Run.Progress.Done(tree, file.Name, isDirectory: false, change, node.Size);
    }

    private static bool HasMoved(in FileStatus before, in FileStatus after) =>
        before.Size != after.Size || before.ModifyTime != after.ModifyTime || before.ChangeTime != after.ChangeTime;
}
