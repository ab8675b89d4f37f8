using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A regular file that has to be read, or a FIFO that is to become one.</summary>
/// <param name="Again">It looks as it did in the previous node.</param>
internal sealed record FileToRead(int Slot, byte[] Name, FileStatus Status, Node? Previous, bool Again = false);

/// <summary>Files of one large directory, given to a worker that had nothing to do.</summary>
internal sealed class FileBatchJob(PendingTree tree, List<FileToRead> files) : Job
{
    /// <summary>Fewer files than this are read sooner than shared.</summary>
    internal const int WorthSharing = 16;

    internal override async ValueTask RunAsync(Worker worker)
    {
        foreach (FileToRead file in files)
        {
            await FileArchiver.ArchiveAsync(tree, file, worker).ConfigureAwait(false);
        }

        tree.ReleaseDirectory();
    }

    internal override void Abandon() => tree.ReleaseDirectory();
}
