using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver;

/// <summary>Reads files and has them cut and stored. Belongs to one worker.</summary>
internal sealed class ContentReader(Worker worker)
{
    /// <summary>Bytes of a large file that the kernel is told to fetch at once.</summary>
    private const int AdvisedAtOnce = 512 << 10;

    /// <summary>Bytes of a large file that are to be there before the chunks that wait are stored.</summary>
    private const int AdvisedAhead = ChunkCutter.Together + (1 << 20);

    private readonly ChunkCutter _cutter = new(worker);

    /// <summary>Stores what is written into a FIFO, and returns how many bytes that were; null where nobody wrote in time.</summary>
    internal async ValueTask<long?> ReadAsync(FifoReader source, PendingFile file)
    {
        _cutter.Begin(file, ChunkGrain.Coarse, mayWait: 0);
        try
        {
            while (true)
            {
                if (!source.TryRead(_cutter.Free.Span, worker.Run.Cancellation, out int count))
                {
                    return null;
                }

                if (count == 0)
                {
                    await _cutter.EndAsync().ConfigureAwait(false);
                    return _cutter.Length;
                }

                await _cutter.AddedAsync(count).ConfigureAwait(false);
            }
        }
        finally
        {
            _cutter.Release();
        }
    }

    /// <summary>Stores what still waits of the files that were read.</summary>
    internal ValueTask FlushAsync() => _cutter.FlushAsync();

    /// <summary>Cuts the content of an open file, stores it now or with that of others, and returns how many bytes it had.</summary>
    /// <param name="expected">The length to be expected, for the choice of the way only.</param>
    internal async ValueTask<long> ReadAsync(LinuxFile source, long expected, PendingFile file)
    {
        // The begin of a small file is fetched before it is its turn; of a large one, the kernel by itself would stay 256 KiB ahead.
        long advised = expected >= Chunker.MinSize ? 0 : expected;
        if (advised < expected)
        {
            source.AdviseSequential();
        }

        _cutter.Begin(file, ChunkGrain.Coarse, ChunkCutter.Together);
        try
        {
            while (true)
            {
                for (; advised < expected && advised <= _cutter.Length + AdvisedAhead; advised += AdvisedAtOnce)
                {
                    source.AdviseSoon(advised, AdvisedAtOnce);
                }

                // One byte more than expected, so that a small file's end is seen in the same call.
                Memory<byte> free = _cutter.Free;
                int wanted = (int)Math.Min(Math.Max(expected - _cutter.Length, 4095), free.Length - 1) + 1;
                int count = source.ReadFull(free.Span[..wanted]);
                await _cutter.AddedAsync(count).ConfigureAwait(false);
                if (count < wanted)
                {
                    await _cutter.EndAsync().ConfigureAwait(false);
                    return _cutter.Length;
                }

                worker.Run.Cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            _cutter.Release();
        }
    }
}
