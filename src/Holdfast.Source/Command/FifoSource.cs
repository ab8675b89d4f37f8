using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>
/// What somebody writes into a FIFO, as one file. A writer that dies halfway looks like one that is done: only an end marker,
/// or the size, can tell. Whoever can, runs the writer as a <see cref="CommandSource"/>.
/// </summary>
public sealed class FifoSource : ISource
{
    private const int ReadSize = 256 << 10;
    private static readonly TimeSpan UsualPatience = TimeSpan.FromMinutes(1);

    private readonly string _fifo;
    private readonly StreamRules _rules;

    /// <param name="name">The file's name in the snapshot; one component.</param>
    /// <param name="fifo">The FIFO; an absolute path.</param>
    public FifoSource(string name, string fifo, StreamRules rules)
    {
        _fifo = fifo;
        _rules = rules;
        Root = CommandSource.PathOf(name);
    }

    public string Name => $"fifo {_fifo}";

    public string Root { get; }

    public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
    {
        TimeSpan patience = _rules.Timeout ?? UsualPatience;
        using LinuxFile open = Open();
        var reader = new FifoReader(open, patience, TimeProvider.System);
        using SourceFile file = writer.CreateFile(Root);
        using var stream = new StreamCapture(file, $"the writer of {_fifo}", _rules.EndMarker);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ReadSize);
        while (true)
        {
            if (!reader.TryRead(buffer, cancellation, out int count))
            {
                throw new BackupException(BackupErrorKind.Source, $"nobody wrote into {_fifo} for {patience.TotalSeconds:0} seconds; start its writer before the backup, or give it a longer timeout");
            }

            if (count == 0)
            {
                break;
            }

            await stream.AddAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
        }

        await stream.CompleteAsync(writer).ConfigureAwait(false);
    }

    private LinuxFile Open()
    {
        try
        {
            using DirectoryHandle folder = DirectoryHandle.Open(Path.GetDirectoryName(_fifo) ?? "/");
            LinuxFile fifo = folder.OpenFile(PathText.Encode(Path.GetFileName(_fifo)));
            if (fifo.Status().Kind == FileKind.Fifo)
            {
                return fifo;
            }

            fifo.Dispose();
            throw new BackupException(BackupErrorKind.Source, $"{_fifo} is no FIFO: make one with mkfifo, or back it up as a file");
        }
        catch (LinuxException e)
        {
            throw new BackupException(BackupErrorKind.Source, e.IsMissing ? $"there is no FIFO {_fifo}: make it with mkfifo" : e.Message, e);
        }
    }
}
