using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Holdfast.Archiver;

namespace Holdfast.Source;

/// <summary>
/// A table's rows as statements of many rows, one row a line. Whether a statement ends after a row depends on that row alone (and
/// before it only where it is large), so the same rows make the same bytes whatever came before them: docs/format.md gives the rule.
/// </summary>
internal sealed class RowsFile : IDisposable
{
    /// <summary>A statement ends after a row of n bytes in n of 2^18 cases: after 256 KiB on average.</summary>
    private const int MeanStatementBits = 18;

    /// <summary>Servers take 16 MiB at once, as they are installed; so even rows that are all the same end somewhere.</summary>
    private const int MostStatement = 4 << 20;

    /// <summary>Twice what the names of the most columns take.</summary>
    private const int Room = 2 << 20;

    private readonly SourceFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _text = GC.AllocateUninitializedArray<byte>(Room);
    private readonly byte[] _rows = GC.AllocateUninitializedArray<byte>(Room);
    private byte[] _head = [];
    private int _textLength, _rowsLength;
    private long _statement;
    private bool _open, _inRow;

    internal RowsFile(SourceFile file)
    {
        _file = file;
        Append(SqlText.Header);
        Append("SET AUTOCOMMIT=0;\n"u8);
    }

    internal long Rows { get; private set; }

    /// <summary>Bytes in rows, without what stands between them.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Says what the rows that follow belong into: <c>INSERT INTO `t` VALUES</c>.</summary>
    internal async ValueTask BeginAsync(ReadOnlyMemory<byte> head, CancellationToken cancellation)
    {
        if (!head.Span.SequenceEqual(_head))
        {
            await FlushAsync(cancellation).ConfigureAwait(false);
            Break();
            _head = head.ToArray();
        }
    }

    /// <summary>Adds a row; false where room must be made first, or where it is too large for this way.</summary>
    internal bool TryAdd(ReadOnlySpan<byte> row)
    {
        if (_inRow || row.Length >= SqlReader.LargeRow || row.Length + _head.Length + 16 > Room - _textLength || row.Length + 1 > Room - _rowsLength)
        {
            return false;
        }

        if (_open && _statement + row.Length > MostStatement)
        {
            Break();
        }

        Separate();
        Append(row);
        AppendToHash(row);
        AppendToHash("\n"u8);
        Rows++;
        Bytes += row.Length;
        if (EndsStatement(row))
        {
            Break();
        }

        return true;
    }

    /// <summary>Adds a row, or a part of a large one.</summary>
    internal async ValueTask AddAsync(ReadOnlyMemory<byte> row, bool isLast, CancellationToken cancellation)
    {
        await FlushAsync(cancellation).ConfigureAwait(false);
        if (isLast && TryAdd(row.Span))
        {
            return;
        }

        if (!_inRow)
        {
            Break();
            Separate();
            _inRow = true;
            await FlushAsync(cancellation).ConfigureAwait(false);
        }

        for (ReadOnlyMemory<byte> rest = row; !rest.IsEmpty;)
        {
            ReadOnlyMemory<byte> part = rest[..Math.Min(rest.Length, Room / 2)];
            Append(part.Span);
            AppendToHash(part.Span);
            await FlushAsync(cancellation).ConfigureAwait(false);
            rest = rest[part.Length..];
        }

        Bytes += row.Length;
        if (isLast)
        {
            AppendToHash("\n"u8);
            Rows++;
            _inRow = false;
            Break();
        }
    }

    /// <summary>Adds a statement that is to stand before, between or behind the rows.</summary>
    internal async ValueTask AddStatementAsync(ReadOnlyMemory<byte> statement, CancellationToken cancellation)
    {
        await FlushAsync(cancellation).ConfigureAwait(false);
        Break();
        Append(statement.Span);
        Append(";\n"u8);
    }

    /// <summary>Ends the file, and returns the SHA-256 of its rows, each with a line feed behind it.</summary>
    internal async Task<string> CompleteAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation).ConfigureAwait(false);
        Break();
        Append("COMMIT;\nSET AUTOCOMMIT=1;\n"u8);
        await FlushAsync(cancellation).ConfigureAwait(false);
        await _file.CompleteAsync().ConfigureAwait(false);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose()
    {
        _hash.Dispose();
        _file.Dispose();
    }

    private void Separate()
    {
        if (_open)
        {
            Append(",\n"u8);
            return;
        }

        Append(_head);
        Append("\n"u8);
        (_open, _statement) = (true, _head.Length);
    }

    private void Break()
    {
        if (_open)
        {
            Append(";\n"u8);
            _open = false;
        }
    }

    private static bool EndsStatement(ReadOnlySpan<byte> row)
    {
        uint sum = uint.MaxValue;
        ReadOnlySpan<byte> rest = row;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(rest));
        }

        foreach (byte b in rest)
        {
            sum = BitOperations.Crc32C(sum, b);
        }

        // Neighbouring rows have sums that differ in few bits; the product spreads them.
        uint spread = unchecked(sum * 2654435761);
        return spread < (ulong)row.Length << (32 - MeanStatementBits);
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_text.AsSpan(_textLength));
        _textLength += text.Length;
        _statement += text.Length;
    }

    private void AppendToHash(ReadOnlySpan<byte> row)
    {
        row.CopyTo(_rows.AsSpan(_rowsLength));
        _rowsLength += row.Length;
    }

    private async ValueTask FlushAsync(CancellationToken cancellation)
    {
        _hash.AppendData(_rows, 0, _rowsLength);
        _rowsLength = 0;
        await _file.WriteAsync(_text.AsMemory(0, _textLength), cancellation).ConfigureAwait(false);
        _textLength = 0;
    }
}
