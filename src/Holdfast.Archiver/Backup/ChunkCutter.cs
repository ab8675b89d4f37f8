using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>
/// Cuts content into chunks as it comes, and stores these here or with an idle worker: several together, of one file or of several, because their hashes
/// take less time then. Used for one file after another, by one thread.
/// </summary>
internal sealed class ChunkCutter(Worker worker)
{
    /// <summary>Bytes added at once: what fits a core's cache and is small to carry over to the next chunk.</summary>
    internal const int Stride = 128 * 1024;

    /// <summary>Bytes that may wait: two to four chunks of a large file.</summary>
    internal const int Together = 3 << 20;

    /// <summary>So many small files may wait: enough for the lanes, and not so many that the disk has nothing to do while they are stored.</summary>
    private const int MostWaiting = 12;

    /// <summary>What mostly is enough for those that wait and the next.</summary>
    private const int UsualFill = 5 << 20;

    private Chunker _chunker = worker.Run.ChunkerFor(ChunkGrain.Coarse);
    private List<CutChunk> _waiting = [];
    private int _mayWait;
    private int _leastShared;
    private PendingFile? _file;
    private byte[] _buffer = [];
    private int _begin; // of the chunk that is not cut yet, behind those that wait
    private int _scanned;
    private int _filled;

    /// <summary>Bytes of the file so far.</summary>
    internal long Length { get; private set; }

    /// <summary>Where content goes next: at least one byte, for <see cref="AddedAsync"/> to be told how many.</summary>
    internal Memory<byte> Free => _buffer.AsMemory(_filled, Math.Min(Stride, _buffer.Length - _filled));

    /// <param name="mayWait">So many bytes may wait for others; none where whoever brings the content would wait, too.</param>
    internal void Begin(PendingFile file, ChunkGrain grain, int mayWait)
    {
        _file = file;
        _mayWait = mayWait;
        _chunker = worker.Run.ChunkerFor(grain);
        _leastShared = grain == ChunkGrain.Fine ? ArchiveRun.FineMinSize : Chunker.MinSize;
        _buffer = _buffer.Length > 0 ? _buffer : worker.Run.RentChunkBuffer();
        Length = 0;
    }

    /// <summary>So many bytes were written into <see cref="Free"/>.</summary>
    internal async ValueTask AddedAsync(int count)
    {
        _filled += count;
        Length += count;
        worker.Run.Progress.AddBytes(count);

        int cut;
        while ((cut = _chunker.FindCut(_buffer.AsSpan(_begin, _filled - _begin), _scanned - _begin)) > 0)
        {
            await CutAsync(cut).ConfigureAwait(false);
            _scanned = _begin;
        }

        _scanned = _filled;
        if (_buffer.Length - _filled < Stride)
        {
            await StoreAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What is left of the file is its last chunk.</summary>
    internal async ValueTask EndAsync()
    {
        if (_filled > _begin)
        {
            await CutAsync(_filled - _begin).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets what is not cut, and gives the buffer back unless chunks wait in it; after <see cref="EndAsync"/>, or where the file is given up.</summary>
    internal void Release()
    {
        _filled = _scanned = _begin;
        if (_waiting.Count == 0 && _buffer.Length > 0)
        {
            worker.Run.ReturnChunkBuffer(_buffer);
            _buffer = [];
        }
    }

    /// <summary>Stores those that wait; between two files.</summary>
    internal async ValueTask FlushAsync()
    {
        await StoreAsync().ConfigureAwait(false);
        Release();
    }

    /// <summary>Cuts a chunk of so many bytes.</summary>
    private async ValueTask CutAsync(int length)
    {
        _waiting.Add(new(_file!, _file!.NextChunk(), _file.Compression, _begin..(_begin + length)));
        _begin += length;
        if (_begin >= _leastShared && worker.Run.Work.SomebodyIsIdle && worker.Run.TryRentAnotherChunkBuffer(out byte[] other))
        {
            var job = new ChunkJob(_buffer, TakeWaiting());
            MoveRestTo(other);
            worker.Run.Work.Push(job);
        }
        else if (_begin >= Patience || _waiting.Count == MostWaiting)
        {
            await StoreAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Bytes that may wait now. Where nobody else finds a job, little: while this worker stores three chunks in a row, the other is soon done with its one, and
    /// has nothing to do until the next is cut.
    /// </summary>
    private int Patience => worker.Run.Work.LacksJobs ? Math.Min(_mayWait, _leastShared) : _mayWait;

    private async ValueTask StoreAsync()
    {
        if (_waiting.Count > 0)
        {
            await CutChunk.StoreAsync(_buffer, TakeWaiting(), worker).ConfigureAwait(false);
            int used = _filled;
            MoveRestTo(_buffer);
            int kept = Math.Max(_filled, UsualFill);
            if (used > kept)
            {
                Pages.Discard(_buffer.AsSpan(kept, used - kept)); // what only the few large chunks need
            }
        }
    }

    /// <summary>Taken before they are stored: what fails half-way must not be stored again, or a folder would count a file twice.</summary>
    private List<CutChunk> TakeWaiting()
    {
        List<CutChunk> waiting = _waiting;
        _waiting = [];
        return waiting;
    }

    private void MoveRestTo(byte[] buffer)
    {
        _buffer.AsSpan(_begin, _filled - _begin).CopyTo(buffer);
        _buffer = buffer;
        (_begin, _scanned, _filled) = (0, Math.Max(0, _scanned - _begin), _filled - _begin);
    }
}
