using System.Buffers;

namespace Holdfast.Source;

/// <summary>Statements with rows: <c>INSERT INTO `t` (`a`) VALUES (…),(…);</c>, on one line (MySQL) or one line a row (MariaDB).</summary>
internal sealed partial class SqlReader
{
    private static readonly SearchValues<byte> s_inRow = SearchValues.Create("'()"u8);
    private int _depth;
    private bool _inText;

    /// <summary>Where the head of a statement with rows ends; null where it is none, -1 where more is needed to tell.</summary>
    private int? FindHeadEnd()
    {
        int at = _start + "INSERT INTO ".Length;
        if (!SkipName(ref at))
        {
            return at < _end ? null : -1;
        }

        if (Has(at, " ("u8))
        {
            for (at += 2; at < _end && _buffer[at] != ')';)
            {
                if (_buffer[at] != '`')
                {
                    at++;
                }
                else if (!SkipName(ref at))
                {
                    return -1;
                }
            }

            at++;
        }

        if (_end - at < " VALUES".Length + 1)
        {
            return -1;
        }

        return Has(at, " VALUES"u8) && (IsSpace(_buffer[at + 7]) || _buffer[at + 7] == '(') ? at + 7 : null;
    }

    private bool Has(int at, ReadOnlySpan<byte> text) => _end - at >= text.Length && _buffer.AsSpan(at, text.Length).SequenceEqual(text);

    /// <summary>Passes over a name in backticks.</summary>
    private bool SkipName(ref int at)
    {
        if (at >= _end || _buffer[at] != '`')
        {
            return false;
        }

        do
        {
            int length = _buffer.AsSpan(at + 1, _end - at - 1).IndexOf((byte)'`');
            at = length < 0 ? _end : at + length + 2;
        }
        while (at < _end && _buffer[at] == '`');
        return at < _end;
    }

    private bool TryBeginRow()
    {
        if (!SkipSpace())
        {
            return NeedMore("a statement with rows");
        }

        if (_buffer[_start] != '(')
        {
            throw NotUnderstood("a row does not begin with a parenthesis");
        }

        (_depth, _inText, _state) = (0, false, State.Row);
        return true;
    }

    private bool TryRow(out SqlPiece piece)
    {
        piece = default;
        ReadOnlySpan<byte> buffer = _buffer.AsSpan(0, _end);
        int at = _at;
        while (at < buffer.Length)
        {
            ReadOnlySpan<byte> rest = buffer[at..];
            int found = _inText ? rest.IndexOfAny((byte)'\'', (byte)'\\') : rest.IndexOfAny(s_inRow);
            if (found < 0)
            {
                at = buffer.Length;
                break;
            }

            at += found;
            byte b = buffer[at];
            if (b == '\\')
            {
                // What follows is part of the text, whatever it is; where it has not come yet, this is looked at again.
                if (at + 1 == buffer.Length)
                {
                    break;
                }

                at += 2;
                continue;
            }

            at++;
            if (b == '\'')
            {
                _inText = !_inText;
            }
            else if (b == '(')
            {
                _depth++;
            }
            else if (--_depth == 0)
            {
                piece = Take(SqlPieceKind.Row, at, at);
                _state = State.AfterRow;
                return true;
            }
        }

        _at = at;
        if (at - _start >= LargeRow)
        {
            piece = Take(SqlPieceKind.RowPart, at, at);
            return true;
        }

        return NeedMore("a row");
    }

    private bool TryAfterRow(out SqlPiece piece)
    {
        piece = default;
        if (!SkipSpace())
        {
            return NeedMore("a statement with rows");
        }

        switch (_buffer[_start])
        {
            case (byte)';':
                _state = State.Between;
                piece = Take(SqlPieceKind.InsertEnd, _start, _start + 1);
                return true;
            case (byte)',':
                _start++;
                _state = State.BeforeRow;
                return TryBeginRow() && TryRow(out piece);
            default:
                throw NotUnderstood("something else than a row follows a row");
        }
    }
}
