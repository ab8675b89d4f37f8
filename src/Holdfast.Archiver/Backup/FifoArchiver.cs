using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Stores what is written into a FIFO as a regular file of its name.</summary>
internal static class FifoArchiver
{
    internal static async ValueTask ArchiveAsync(PendingTree tree, FileToRead file, Worker worker)
    {
        var pending = new PendingFile(tree, file.Slot);
        Node? node = null;
        try
        {
            node = await ReadAsync(tree, file, pending, worker).ConfigureAwait(false);
        }
        catch (LinuxException e)
        {
            worker.Run.Progress.AddProblem(tree.ChildPath(file.Name), e.IsMissing ? "it vanished before it could be read" : e.Message);
        }

        FileArchiver.ReportUnlessAgain(tree, file, node, worker);
        await pending.EndAsync(node, worker).ConfigureAwait(false);
    }

    private static async ValueTask<Node?> ReadAsync(PendingTree tree, FileToRead file, PendingFile pending, Worker worker)
    {
        string path = tree.ChildPath(file.Name);
        TimeSpan patience = worker.Run.Options.FifoPatience;
        using LinuxFile source = tree.Directory.OpenFile(file.Name);
        FileStatus status = source.Status();
        if (status.Kind != FileKind.Fifo)
        {
            throw new LinuxException("read", source.Path, Errno.StaleHandle);
        }

        worker.Run.Progress.Reading(path);
        var reader = new FifoReader(source, patience, worker.Run.Repository.Repository.Options.Time);
        long? length = await worker.Content.ReadAsync(reader, pending).ConfigureAwait(false);
        if (length is not { } bytes)
        {
            worker.Run.Progress.AddProblem(path, $"nobody wrote into this FIFO for {patience.TotalSeconds:0} seconds; it is left out");
            return null;
        }

        return worker.Run.Nodes.Build(file.Name, status with { Kind = FileKind.Regular }) with
        {
            Size = (ulong)bytes,
            ExtendedAttributes = FileArchiver.ReadAttributes(tree, file.Name, worker.Run),
        };
    }
}
