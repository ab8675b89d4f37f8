using System.Security.Cryptography;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Repository;

/// <summary>
/// Reads packs from the first byte to the last through a window, so that a pack need not fit into memory, and hashes what
/// passes. Memory: 4 MiB, or the largest part asked for while it is in use. One thread at a time.
/// </summary>
internal sealed class PackWindow(IBackend backend) : IDisposable
{
    /// <summary>Bytes asked for at once: four requests for a pack of usual size.</summary>
    private const int ReadLength = 4 << 20;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = [];
    private BackendFile _file;
    private long _start;
    private int _filled;
    private bool _hasEnded;

    /// <summary>Turns to the first byte of another pack.</summary>
    internal void Begin(BackendFile file)
    {
        _file = file;
        _start = 0;
        _filled = 0;
        _hasEnded = false;
        _hash.TryGetHashAndReset(stackalloc byte[Hash256.Size], out _);
    }

    /// <summary>A part of the pack, to be changed at will, valid until the next call; shorter where the pack ends before.</summary>
    /// <param name="offset">Not before the end of the part taken last: what has passed is gone.</param>
    /// <exception cref="BackupException"/>
    internal async ValueTask<Memory<byte>> TakeAsync(long offset, int length, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(offset, _start);
        while (!_hasEnded && offset + length > _start + _filled)
        {
            await MoveToAsync(offset, length, cancellation).ConfigureAwait(false);
        }

        int from = (int)Math.Min(offset - _start, _filled);
        return _buffer.AsMemory(from, Math.Min(length, _filled - from));
    }

    /// <summary>Reads on to the end; returns the length of the whole pack and its hash.</summary>
    /// <exception cref="BackupException"/>
    internal async ValueTask<(long Length, Hash256 Hash)> FinishAsync(CancellationToken cancellation)
    {
        while (!_hasEnded)
        {
            await MoveToAsync(_start + _filled, 1, cancellation).ConfigureAwait(false);
        }

        return (_start + _filled, new(_hash.GetHashAndReset()));
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>Moves the window forward, at most to an offset, and fills it.</summary>
    private async ValueTask MoveToAsync(long offset, int length, CancellationToken cancellation)
    {
        int passed = (int)Math.Min(offset - _start, _filled);
        _buffer.AsSpan(passed, _filled - passed).CopyTo(_buffer);
        _start += passed;
        _filled -= passed;
        Reserve(length);
        Memory<byte> room = _buffer.AsMemory(_filled, Math.Max(ReadLength, length) - _filled);
        int read = await backend.ReadAsync(_file, _start + _filled, room, cancellation).ConfigureAwait(false);
        _hash.AppendData(room.Span[..read]);
        _filled += read;
        _hasEnded = read < room.Length;
    }

    private void Reserve(int length)
    {
        if (_buffer.Length < Math.Max(ReadLength, length))
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(Math.Max(length, Chunker.MaxSize + ReadLength));
            _buffer.AsSpan(0, _filled).CopyTo(larger);
            _buffer = larger;
        }
        else if (_filled <= ReadLength && length <= ReadLength)
        {
            Pages.Discard(_buffer.AsSpan(ReadLength)); // what only a large part needed
        }
    }
}
