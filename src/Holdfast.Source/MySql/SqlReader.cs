using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// Takes a dump apart into statements, and statements with rows into rows, as the bytes come. It knows what the command-line
/// client knows: three kinds of quotes, comments, and DELIMITER; so neither text nor the body of a routine is taken for more than
/// it is. Holds what it was given and has not returned, at most <see cref="MostStatement"/>; of a row never more than
/// <see cref="LargeRow"/> and one reading.
/// </summary>
internal sealed partial class SqlReader
{
    /// <summary>From this length on a row comes in parts, because one may have a gigabyte.</summary>
    internal const int LargeRow = 256 << 10;

    /// <summary>A statement other than one with rows that is longer is taken for garbage.</summary>
    internal const int MostStatement = 256 << 20;

    private const int LeastFree = 64 << 10;

    /// <summary>As many bytes decide what begins here.</summary>
    private const int Lookahead = 16;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(1 << 20);

    /// <summary>Where what was not returned begins, up to where that was looked at, and where it ends.</summary>
    private int _start, _at, _end;

    private State _state;
    private bool _ended;

    private enum State
    {
        Between,
        Statement,
        BeforeRow,
        Row,
        AfterRow,
    }

    /// <summary>Where to put the next bytes.</summary>
    /// <exception cref="BackupException">Kind Source: no dump has so long a statement.</exception>
    internal Memory<byte> Free
    {
        get
        {
            if (_buffer.Length - _end < LeastFree && _start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_at, _end, _start) = (_at - _start, _end - _start, 0);
            }

            if (_buffer.Length - _end < LeastFree)
            {
                if (_buffer.Length >= MostStatement)
                {
                    throw NotUnderstood($"a statement has more than {MostStatement >> 20} MiB");
                }

                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            return _buffer.AsMemory(_end);
        }
    }

    internal void Added(int count) => _end += count;

    /// <summary>Nothing more will come.</summary>
    internal void End() => _ended = true;

    /// <summary>The next piece; false where more bytes are needed, or after <see cref="End"/> nothing is left.</summary>
    /// <exception cref="BackupException">Kind Source: this is no dump, or it stops in the middle.</exception>
    internal bool TryRead(out SqlPiece piece)
    {
        piece = default;
        return _state switch
        {
            State.Between => TryBegin(out piece),
            State.Statement => TryStatement(out piece),
            State.Row => TryRow(out piece),
            State.BeforeRow => TryBeginRow() && TryRow(out piece),
            _ => TryAfterRow(out piece),
        };
    }

    private static BackupException NotUnderstood(string what) => new(BackupErrorKind.Source, $"the dump cannot be understood: {what}");

    /// <summary>More is needed; an error if there is no more.</summary>
    private bool NeedMore(string inside) => !_ended ? false : throw NotUnderstood($"it ends inside {inside}");

    private SqlPiece Take(SqlPieceKind kind, int end, int next)
    {
        var piece = new SqlPiece(kind, _buffer.AsMemory(_start, end - _start));
        _start = _at = next;
        return piece;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r';

    private bool SkipSpace()
    {
        while (_start < _end && IsSpace(_buffer[_start]))
        {
            _start++;
        }

        _at = _start;
        return _start < _end;
    }
}
