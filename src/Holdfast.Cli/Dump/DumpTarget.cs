using Holdfast.Cli.Terminal;
using Holdfast.Linux;

namespace Holdfast.Cli.Dump;

/// <summary>
/// Where a dump goes: standard output, a device or FIFO, or a file. A file is written aside and takes its name only when
/// it is whole and durable; until then, what was there before stays.
/// </summary>
internal sealed class DumpTarget : IDisposable
{
    private const uint OwnerOnly = 0x180; // 0600: what was backed up may be a secret

    private readonly DirectoryHandle? _folder;
    private readonly LinuxFile? _aside;
    private readonly byte[] _name = [];
    private readonly byte[] _asideName = [];
    private bool _isComplete;

    private DumpTarget(Stream stream) => Stream = stream;

    private DumpTarget(string path)
    {
        string full = Path.GetFullPath(path);
        _name = PathText.Encode(Path.GetFileName(full));
        _asideName = PathText.Encode($".{Guid.NewGuid():n}.holdfast-dump");
        _folder = DirectoryHandle.Open(Path.GetDirectoryName(full) ?? "/");
        _aside = _folder.CreateFile(_asideName, OwnerOnly);
        Stream = new DescriptorStream(_aside);
    }

    internal Stream Stream { get; }

    /// <param name="path">Null for standard output.</param>
    /// <exception cref="UsageException">It is a folder.</exception>
    internal static DumpTarget Open(string? path, Output output)
    {
        if (path is null)
        {
            return new(output.Raw);
        }

        if (path.Length == 0 || path.EndsWith('/') || System.IO.Directory.Exists(path))
        {
            throw new UsageException($"the target '{PathText.Printable(path)}' is a folder: give the name of a file");
        }

        string real = File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path : path;
        return File.Exists(path) && IsSpecial(Path.GetFullPath(real))
            ? new(new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
            : new(real);
    }

    /// <summary>The dump is whole.</summary>
    internal void Complete()
    {
        if (_aside is not null)
        {
            _aside.Sync();
            _folder!.Rename(_asideName, _name);
            _folder.Sync();
        }

        _isComplete = true;
    }

    public void Dispose()
    {
        if (_folder is null)
        {
            if (Stream is FileStream)
            {
                Stream.Dispose();
            }

            return;
        }

        if (!_isComplete)
        {
            _folder.RemoveFile(_asideName);
        }

        Stream.Dispose();
        _folder.Dispose();
    }

    /// <summary>Devices, FIFOs and what /proc shows of open files: they are written to, and not replaced.</summary>
    private static bool IsSpecial(string path)
    {
        using DirectoryHandle folder = DirectoryHandle.Open(Path.GetDirectoryName(path) ?? "/");
        return path.StartsWith("/proc/", StringComparison.Ordinal)
            || !folder.TryStatus(PathText.Encode(Path.GetFileName(path)), out FileStatus status) || status.Kind != FileKind.Regular;
    }
}
