using System.Buffers;
using System.Text;

namespace Holdfast.Source;

/// <summary>Statements and the comments between them.</summary>
internal sealed partial class SqlReader
{
    private static readonly SearchValues<byte> s_inStatement = SearchValues.Create("'\"`#-/;"u8);

    /// <summary><c>;</c> or <c>;;</c>: the dump tools know no others.</summary>
    private int _delimiter = 1;

    private byte _quote;

    /// <summary>False in what was written under NO_BACKSLASH_ESCAPES, which the dump says before it; rows never are.</summary>
    private bool _backslash = true;

    private bool TryBegin(out SqlPiece piece)
    {
        piece = default;
        while (SkipSpace() && (_end - _start >= Lookahead || _ended))
        {
            if (Has(_start, "-- "u8) || Has(_start, "--\n"u8) || _buffer[_start] == '#')
            {
                return TryLine(out piece);
            }

            // MariaDB's dumps begin with this one, which the client alone understands, and which no semicolon ends.
            if (Has(_start, "/*M!999999\\-"u8) || (Has(_start, "/*"u8) && !IsExecutable(_start)))
            {
                return TryBlockComment(out piece);
            }

            if (Has(_start, "DELIMITER "u8))
            {
                if (!TryLine(out SqlPiece line))
                {
                    return false;
                }

                _delimiter = Encoding.Latin1.GetString(line.Text.Span["DELIMITER ".Length..]).Trim() switch
                {
                    ";" => 1, ";;" => 2, string other => throw NotUnderstood($"'{other}' is no delimiter that a dump has"),
                };
                continue;
            }

            if (Has(_start, "INSERT INTO "u8) && _delimiter == 1 && FindHeadEnd() is { } end)
            {
                if (end < 0)
                {
                    return NeedMore("a statement with rows");
                }

                _state = State.BeforeRow;
                piece = Take(SqlPieceKind.InsertHead, end, end);
                return true;
            }

            _state = State.Statement;
            return TryStatement(out piece);
        }

        return false;
    }

    private bool IsExecutable(int at) => Has(at, "/*!"u8) || Has(at, "/*M!"u8);

    private bool TryLine(out SqlPiece piece)
    {
        piece = default;
        int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        if (length < 0 && !_ended)
        {
            return false;
        }

        int end = length < 0 ? _end : _start + length;
        piece = Take(SqlPieceKind.Comment, end, Math.Min(end + 1, _end));
        return true;
    }

    private bool TryBlockComment(out SqlPiece piece)
    {
        piece = default;
        int length = _buffer.AsSpan(_start, _end - _start).IndexOf("*/"u8);
        if (length < 0)
        {
            return NeedMore("a comment");
        }

        piece = Take(SqlPieceKind.Comment, _start + length + 2, _start + length + 2);
        return true;
    }

    private bool TryStatement(out SqlPiece piece)
    {
        piece = default;
        while (_at < _end)
        {
            if (_quote != 0)
            {
                if (!SkipQuoted())
                {
                    break;
                }

                continue;
            }

            int found = _buffer.AsSpan(_at, _end - _at).IndexOfAny(s_inStatement);
            _at = found < 0 ? _end : _at + found;
            if (found < 0)
            {
                break;
            }

            byte b = _buffer[_at];
            if (b == ';')
            {
                if (_delimiter == 2 && _at + 1 == _end && !_ended)
                {
                    return false;
                }

                if (_delimiter == 1 || Has(_at, ";;"u8))
                {
                    piece = Take(SqlPieceKind.Statement, _at, _at + _delimiter);
                    _state = State.Between;
                    Notice(piece.Text.Span);
                    return true;
                }

                _at++;
            }
            else if (b is (byte)'\'' or (byte)'"' or (byte)'`')
            {
                _quote = b;
                _at++;
            }
            else if (!SkipComment(b))
            {
                break;
            }
        }

        return NeedMore("a statement");
    }

    /// <summary>Goes on behind the end of a text; false where that has not come.</summary>
    private bool SkipQuoted()
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(_at, _end - _at);
        int found = _backslash && _quote != '`' ? rest.IndexOfAny(_quote, (byte)'\\') : rest.IndexOf(_quote);
        if (found < 0)
        {
            _at = _end;
            return false;
        }

        _at += found;
        if (_buffer[_at] == '\\')
        {
            if (_at + 1 == _end)
            {
                return false;
            }

            _at += 2;
            return true;
        }

        _at++;
        _quote = 0;
        return true;
    }

    /// <summary>Goes on behind a comment, or a character that begins none; false where more is needed.</summary>
    private bool SkipComment(byte first)
    {
        if (_end - _at < 4 && first != '#' && !_ended)
        {
            return false;
        }

        bool line = first == '#' || (Has(_at, "--"u8) && (_end - _at == 2 || _buffer[_at + 2] <= ' '));
        if (line)
        {
            int length = _buffer.AsSpan(_at, _end - _at).IndexOf((byte)'\n');
            if (length < 0 && !_ended)
            {
                return false;
            }

            _at = length < 0 ? _end : _at + length + 1;
        }
        else if (Has(_at, "/*"u8) && !IsExecutable(_at))
        {
            int length = _buffer.AsSpan(_at + 2, _end - _at - 2).IndexOf("*/"u8);
            if (length < 0)
            {
                return NeedMore("a comment");
            }

            _at += length + 4;
        }
        else
        {
            _at++;
        }

        return true;
    }

    /// <summary>What the text of later statements means depends on this, as it does for the client.</summary>
    private void Notice(ReadOnlySpan<byte> statement)
    {
        if (statement.StartsWith("/*!50003 SET sql_mode "u8))
        {
            _backslash = statement.IndexOf("NO_BACKSLASH_ESCAPES"u8) < 0;
        }
    }
}
