using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>A regular file that has to be read, or a FIFO that is to become one.</summary>
/// <param name="Again">It looks as it did in the previous node.</param>
internal sealed record FileToRead(int Slot, byte[] Name, FileStatus Status, Node? Previous, bool Again = false);

/// <summary>
/// Files of one directory, read one after another; half of many go to a worker that has nothing to do. The job has one use of the
/// directory, and ends it.
/// </summary>
internal sealed class FileBatchJob(PendingTree tree, List<FileToRead> files) : Job
{
    /// <summary>Bytes of a file that the kernel is told to fetch at once; it takes hardly more.</summary>
    internal const int Fetched = 1 << 20;

    /// <summary>So many files are fetched before it is their turn: with small files, the disk would else wait for the processor and this for the disk.</summary>
    private const int FilesAhead = 4;

    /// <summary>Fewer files than this are read sooner than shared.</summary>
    private const int WorthSharing = 16;

    /// <summary>Files that are open because they are fetched, each at its place modulo the length.</summary>
    private readonly LinuxFile?[] _ahead = new LinuxFile?[FilesAhead + 1];

    private int _fetched;

    internal override async ValueTask RunAsync(Worker worker)
    {
        try
        {
            for (int i = 0; i < files.Count; i++)
            {
                ShareAfter(i, worker.Run.Work);
                FetchAfter(i);
                using LinuxFile? ahead = _ahead[i % _ahead.Length];
                await FileArchiver.ArchiveAsync(tree, files[i], ahead, worker).ConfigureAwait(false);
            }

            await worker.Content.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            Array.ForEach(_ahead, file => file?.Dispose());
        }

        tree.ReleaseDirectory();
    }

    internal override void Abandon() => tree.ReleaseDirectory();

    private void ShareAfter(int at, WorkStack work)
    {
        int left = files.Count - at;
        if (left > WorthSharing && work.SomebodyIsIdle)
        {
            int half = left / 2;
            tree.HoldDirectory();
            work.Push(new FileBatchJob(tree, files.GetRange(files.Count - half, half)));
            files.RemoveRange(files.Count - half, half);
        }
    }

    private void FetchAfter(int at)
    {
        for (int i = Math.Max(at, _fetched) + 1; i < files.Count && i <= at + FilesAhead; i++)
        {
            _fetched = i;
            _ahead[i % _ahead.Length] = Fetch(files[i]);
        }
    }

    /// <summary>Opens a file and has the kernel fetch its begin.</summary>
    private LinuxFile? Fetch(FileToRead file)
    {
        if (file.Status.Kind != FileKind.Regular || file.Status.Size == 0)
        {
            return null;
        }

        try
        {
            LinuxFile opened = tree.Directory.OpenFile(file.Name);
            opened.AdviseSoon(0, Math.Min(file.Status.Size, Fetched));
            return opened;
        }
        catch (LinuxException)
        {
            return null; // whoever reads the file will find out, and tell
        }
    }
}
