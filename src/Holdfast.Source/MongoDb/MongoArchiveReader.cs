using System.Buffers.Binary;

namespace Holdfast.Source;

/// <summary>What a mongodump archive is made of: documents, and the marks between them. Memory: one buffer.</summary>
internal sealed class MongoArchiveReader(Stream stream)
{
    /// <summary>Documents have at most 16 MiB, and the server's own a little more.</summary>
    private const int LongestDocument = 48 << 20;

    /// <summary>An archive's own documents; a collection's definitions are one.</summary>
    private const int LongestOwn = 16 << 20;

    private const int ShortestDocument = 5;
    private const uint Magic = 0x8199E26D;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(256 << 10);
    private int _start, _end;

    /// <summary>Whether there was no more to read.</summary>
    internal bool HasEnded { get; private set; }

    /// <exception cref="InvalidDataException">It is another kind of stream, or none.</exception>
    internal async ValueTask RequireMagicAsync(CancellationToken cancellation)
    {
        if (!await TryFillAsync(4, cancellation).ConfigureAwait(false) || TakeNumber() != Magic)
        {
            throw new InvalidDataException("it does not begin as an archive does");
        }
    }

    /// <summary>The length of the document that comes next; null for a mark, which is then behind us; 0 for the end.</summary>
    /// <exception cref="InvalidDataException"/>
    internal async ValueTask<int?> NextAsync(CancellationToken cancellation)
    {
        if (!await TryFillAsync(4, cancellation).ConfigureAwait(false))
        {
            return _start == _end ? 0 : throw Cut();
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start));
        if (length == uint.MaxValue)
        {
            _start += 4;
            return null;
        }

        return length is >= ShortestDocument and <= LongestDocument ? (int)length : throw new InvalidDataException($"it has a document of {length} bytes");
    }

    /// <summary>Reads a document of the archive's own.</summary>
    /// <exception cref="InvalidDataException"/>
    internal async ValueTask<BsonFields> ReadOwnAsync(int length, CancellationToken cancellation)
    {
        if (length > LongestOwn)
        {
            throw new InvalidDataException($"it has a header of {length} bytes");
        }

        using var content = new MemoryStream(length);
        await PassAsync(length, part => content.WriteAsync(part, cancellation), cancellation).ConfigureAwait(false);
        return new(content.GetBuffer().AsSpan(0, length));
    }

    /// <summary>Passes on a document as it is, in pieces.</summary>
    /// <exception cref="InvalidDataException"/>
    internal async ValueTask PassAsync(int length, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        while (length > 0)
        {
            if (!await TryFillAsync(1, cancellation).ConfigureAwait(false))
            {
                throw Cut();
            }

            int count = Math.Min(length, _end - _start);
            ReadOnlyMemory<byte> part = _buffer.AsMemory(_start, count);
            (_start, length) = (_start + count, length - count);
            if (length == 0 && part.Span[^1] != 0)
            {
                throw new InvalidDataException("it has a document without its end");
            }

            await take(part).ConfigureAwait(false);
        }
    }

    private static InvalidDataException Cut() => new("it ends in the middle");

    private uint TakeNumber()
    {
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(_start));
        _start += 4;
        return number;
    }

    /// <summary>False where the stream ends before there are so many bytes.</summary>
    private async ValueTask<bool> TryFillAsync(int count, CancellationToken cancellation)
    {
        while (_end - _start < count)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                HasEnded = true;
                return false;
            }

            _end += read;
        }

        return true;
    }
}
