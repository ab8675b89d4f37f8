using System.Buffers;
using Holdfast.Backend;

namespace Holdfast.Repository;

/// <summary>
/// Collects what lies in the packs of this run and writes index files of it: a file when it is full, or old enough that a
/// crash would waste much, and the rest at the end. Begins with what an earlier one could not write: the index that both use
/// counts on it (D3). Thread-safe.
/// </summary>
/// <param name="index">Told of each file that is written; null where it is not in use any more.</param>
internal sealed class IndexWriter(OpenRepository repository, BlobIndex? index) : IDisposable
{
    /// <summary>Blobs in one index file, at most one pack more. Less than restic's 50,000: writing and reading one takes 150 bytes of memory a blob.</summary>
    internal const int FullCount = 20_000;

    /// <summary>Bytes of text for a blob, so that the memory need not grow step by step.</summary>
    private const int TextPerBlob = 170;

    /// <summary>What was stored longer ago than this is worth an index file of its own.</summary>
    private static readonly TimeSpan FullAge = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly List<PackEntry> _entries = [.. index?.TakeUnwritten() ?? []];
    private readonly ArrayBufferWriter<byte> _text = new(FullCount * TextPerBlob);
    private long _oldest;

    /// <summary>Adds the blobs of a pack that is durable already (D3).</summary>
    internal async Task AddAsync(IReadOnlyList<PackEntry> pack, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_entries.Count == 0)
            {
                _oldest = repository.Options.Time.GetTimestamp();
            }

            _entries.AddRange(pack);
            if (_entries.Count >= FullCount || repository.Options.Time.GetElapsedTime(_oldest) > FullAge)
            {
                await WriteUnsynchronizedAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Writes what is left.</summary>
    internal async Task FlushAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            await WriteUnsynchronizedAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        index?.LeaveUnwritten(_entries);
        _gate.Dispose();
    }

    private async Task WriteUnsynchronizedAsync(CancellationToken cancellation)
    {
        if (_entries.Count > 0)
        {
            _text.ResetWrittenCount();
            IndexFile.Write(_entries, _text);
            Hash256 file = await repository.SaveUnpackedAsync(FileType.Index, _text.WrittenMemory, cancellation).ConfigureAwait(false);
            index?.AddFile(file);
            _entries.Clear();
        }
    }
}
