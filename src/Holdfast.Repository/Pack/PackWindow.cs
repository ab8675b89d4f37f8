using System.Security.Cryptography;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Reads packs from the first byte to the last through a window, so that a pack need not fit into memory, and hashes what
/// passes. Memory: 2 MiB and what was left before them, or the largest part asked for while it is in use. One thread at a time.
/// </summary>
internal sealed class PackWindow(IBackend backend) : IDisposable
{
    /// <summary>Bytes asked for at once: nine requests for a pack of usual size. Whole pages, so that each request begins at a page of the pack.</summary>
    private const int ReadLength = 2 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>What is left of the window lies right before <see cref="_front"/>, what is read comes there: at a page, as in the pack, to pass by the page cache.</summary>
    private Memory<byte> _buffer;
    private int _front;
    private BackendFile _file;
    private long _start;
    private int _from;
    private int _to;
    private bool _hasEnded;

    private int Filled => _to - _from;

    /// <summary>Turns to the first byte of another pack.</summary>
    internal void Begin(BackendFile file)
    {
        _file = file;
        _start = 0;
        _from = _to = _front;
        _hasEnded = false;
        _hash.TryGetHashAndReset(stackalloc byte[Hash256.Size], out _);
    }

    /// <summary>A part of the pack, to be changed at will, valid until the next call; shorter where the pack ends before.</summary>
    /// <param name="offset">Not before the end of the part taken last: what has passed is gone.</param>
    /// <exception cref="BackupException"/>
    internal async ValueTask<Memory<byte>> TakeAsync(long offset, int length, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offset, _start);
        while (!_hasEnded && offset + length > _start + Filled)
        {
            await MoveToAsync(offset, length, cancellation).ConfigureAwait(false);
        }

        int passed = (int)Math.Min(offset - _start, Filled);
        return _buffer.Slice(_from + passed, Math.Min(length, Filled - passed));
    }

    /// <summary>Reads on to the end; returns the length of the whole pack and its hash.</summary>
    /// <exception cref="BackupException"/>
    internal async ValueTask<(long Length, Hash256 Hash)> FinishAsync(CancellationToken cancellation)
    {
        while (!_hasEnded)
        {
            await MoveToAsync(_start + Filled, 1, cancellation).ConfigureAwait(false);
        }

        return (_start + Filled, new(_hash.GetHashAndReset()));
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>Moves the window forward, at most to an offset, and fills it.</summary>
    private async ValueTask MoveToAsync(long offset, int length, CancellationToken cancellation)
    {
        int passed = (int)Math.Min(offset - _start, Filled);
        _start += passed;
        _from += passed;
        Memory<byte> room = MakeRoom(Math.Max(ReadLength, length - Filled));
        int read = await backend.ReadAsync(_file, _start + Filled, room, cancellation).ConfigureAwait(false);
        _hash.AppendData(room.Span[..read]);
        _to += read;
        _hasEnded = read < room.Length;
    }

    /// <summary>Moves the window to right before the place for what is read, which has whole pages, at least as many bytes as asked for.</summary>
    private Memory<byte> MakeRoom(int least)
    {
        Memory<byte> rest = _buffer[_from.._to];
        int length = WholePages(least);
        if (rest.Length > _front || length > _buffer.Length - _front)
        {
            // At once for the largest chunk: memory that is never touched costs nothing.
            _front = Math.Max(ReadLength, WholePages(rest.Length));
            _buffer = Pages.Allocate(_front + Math.Max(length, Chunker.MaxSize));
        }

        (_from, _to) = (_front - rest.Length, _front);
        rest.CopyTo(_buffer[_from..]);
        if (length == ReadLength)
        {
            Pages.Discard(_buffer.Span[(_front + ReadLength)..]); // what only a large part needed
        }

        return _buffer.Slice(_front, length);
    }

    private static int WholePages(int length) => length + (-length & (Environment.SystemPageSize - 1));
}
