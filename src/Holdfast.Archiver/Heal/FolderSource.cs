using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Blobs from live files, cut as a backup into the repository would cut them. A file that changed since has at least the
/// parts of it that did not. Memory: one chunk.
/// </summary>
/// <param name="path">A folder with all below it, or a file.</param>
/// <param name="tell">Told of each file that cannot be read.</param>
public sealed class FolderSource(string path, Polynomial polynomial, Action<string> tell) : IBlobSource
{
    private const int Stride = 512 * 1024;

    private readonly Chunker _chunker = new(polynomial);
    private readonly byte[] _buffer = new byte[Chunker.MaxSize + Stride];
    private HashSet<BlobId> _left = [];
    private Func<BlobId, ReadOnlyMemory<byte>, ValueTask> _found = null!;
    private CancellationToken _cancellation;

    /// <summary>Trees hold metadata that no live file gives back to the bit.</summary>
    public ValueTask<byte[]?> FindTreeAsync(TreeId id, CancellationToken cancellation) => ValueTask.FromResult<byte[]?>(null);

    public async Task FindAsync(IReadOnlySet<BlobId> wanted, Func<BlobId, ReadOnlyMemory<byte>, ValueTask> found, CancellationToken cancellation)
    {
        _left = [.. wanted];
        _found = found;
        _cancellation = cancellation;
        string whole = Path.GetFullPath(path);
        try
        {
            if (whole == "/")
            {
                using DirectoryHandle root = DirectoryHandle.Open(whole);
                await SearchFolderAsync(root).ConfigureAwait(false);
                return;
            }

            using DirectoryHandle parent = DirectoryHandle.Open(Path.GetDirectoryName(whole)!);
            byte[] name = PathText.Encode(Path.GetFileName(whole));
            if (parent.Status(name).IsDirectory)
            {
                using DirectoryHandle folder = parent.OpenDirectory(name);
                await SearchFolderAsync(folder).ConfigureAwait(false);
            }
            else
            {
                await SearchFileAsync(parent, name).ConfigureAwait(false);
            }
        }
        catch (LinuxException e)
        {
            throw new BackupException(e.IsMissing ? BackupErrorKind.NotFound : BackupErrorKind.Unreachable, $"{PathText.Printable(path)} cannot be searched: {e.Message}", e);
        }
    }

    private async Task SearchFolderAsync(DirectoryHandle folder)
    {
        if (folder.IsKernelView())
        {
            return;
        }

        foreach (byte[] name in folder.ReadNames())
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_left.Count == 0)
            {
                return;
            }

            try
            {
                if (!folder.TryStatus(name, out FileStatus status))
                {
                    continue;
                }

                if (status.IsDirectory)
                {
                    using DirectoryHandle child = folder.OpenDirectory(name);
                    await SearchFolderAsync(child).ConfigureAwait(false);
                }
                else if (status.Kind == FileKind.Regular)
                {
                    await SearchFileAsync(folder, name).ConfigureAwait(false);
                }
            }
            catch (LinuxException e)
            {
                tell(e.Message);
            }
        }
    }

    private async Task SearchFileAsync(DirectoryHandle folder, byte[] name)
    {
        using LinuxFile file = folder.OpenFile(name);
        if (file.Status().Kind != FileKind.Regular)
        {
            return;
        }

        int filled = 0, scanned = 0;
        while (true)
        {
            int count = file.ReadFull(_buffer.AsSpan(filled, Stride));
            filled += count;
            int cut;
            while ((cut = _chunker.FindCut(_buffer.AsSpan(0, filled), scanned)) > 0)
            {
                await OfferAsync(cut).ConfigureAwait(false);
                _buffer.AsSpan(cut, filled - cut).CopyTo(_buffer);
                filled -= cut;
                scanned = 0;
            }

            scanned = filled;
            if (count < Stride)
            {
                break;
            }

            _cancellation.ThrowIfCancellationRequested();
        }

        if (filled > 0)
        {
            await OfferAsync(filled).ConfigureAwait(false);
        }
    }

    private async ValueTask OfferAsync(int length)
    {
        ReadOnlyMemory<byte> chunk = _buffer.AsMemory(0, length);
        var id = new BlobId(Hash256.Of(chunk.Span));
        if (_left.Remove(id))
        {
            await _found(id, chunk).ConfigureAwait(false);
        }
    }
}
