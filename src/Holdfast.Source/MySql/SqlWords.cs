using System.Text;

namespace Holdfast.Source;

/// <summary>
/// The words of a statement, one by one: keywords, quoted names without their quotes, numbers and marks. Comments are passed
/// over; what stands in executable ones (<c>/*!50003 … */</c>) is read as the server reads it.
/// </summary>
internal ref struct SqlWords(ReadOnlySpan<byte> statement)
{
    private ReadOnlySpan<byte> _rest = statement;

    /// <summary>The last word; empty at the end.</summary>
    internal ReadOnlySpan<byte> Word { get; private set; } = [];

    /// <summary>Whether it stood in quotes, and so is no keyword.</summary>
    internal bool IsQuoted { get; private set; }

    /// <summary>Whether nothing but space is before it in its line.</summary>
    internal bool BeginsLine { get; private set; } = true;

    internal bool Read()
    {
        BeginsLine = Word.IsEmpty && !IsQuoted;
        IsQuoted = false;
        if (!SkipSpace())
        {
            Word = [];
            return false;
        }

        byte b = _rest[0];
        int length = 1;
        if (b is (byte)'`' or (byte)'"' or (byte)'\'')
        {
            IsQuoted = true;
            length = QuotedLength(b);
            Word = _rest[1..Math.Max(1, length - 1)];
        }
        else
        {
            while (IsWord(b) && length < _rest.Length && IsWord(_rest[length]))
            {
                length++;
            }

            Word = _rest[..length];
        }

        _rest = _rest[length..];
        return true;
    }

    /// <summary>Whether the last word is this keyword, in upper case here and in any there.</summary>
    internal readonly bool Is(ReadOnlySpan<byte> keyword) => !IsQuoted && Ascii.EqualsIgnoreCase(Word, keyword);

    /// <summary>The last word as a name.</summary>
    internal readonly string Name()
    {
        string text = Encoding.UTF8.GetString(Word);
        return IsQuoted ? text.Replace("``", "`", StringComparison.Ordinal) : text;
    }

    private readonly int QuotedLength(byte quote)
    {
        int at = 1;
        while (at < _rest.Length)
        {
            if (_rest[at] == '\\' && quote != '`')
            {
                at += 2;
            }
            else if (_rest[at] != quote)
            {
                at++;
            }
            else if (at + 1 < _rest.Length && _rest[at + 1] == quote)
            {
                at += 2;
            }
            else
            {
                return at + 1;
            }
        }

        // Without an end the rest is the word: a text under NO_BACKSLASH_ESCAPES may look like that from here.
        return _rest.Length;
    }

    private bool SkipSpace()
    {
        while (!_rest.IsEmpty)
        {
            int skip = _rest[0] <= ' ' ? 1
                : _rest.StartsWith("/*!"u8) ? 3 + Digits(3)
                : _rest.StartsWith("/*M!"u8) ? 4 + Digits(4)
                : _rest.StartsWith("*/"u8) ? 2
                : _rest.StartsWith("/*"u8) ? _rest.IndexOf("*/"u8) + 2
                : _rest[0] == '#' || (_rest.StartsWith("--"u8) && (_rest.Length == 2 || _rest[2] <= ' ')) ? _rest.IndexOf((byte)'\n') + 1
                : 0;
            if (skip == 0)
            {
                return true;
            }

            BeginsLine = skip == 1 && _rest[0] <= ' ' ? BeginsLine || _rest[0] == '\n' : skip > 0 && _rest[skip - 1] == '\n';
            _rest = skip < 2 && _rest[0] > ' ' ? [] : _rest[skip..];
        }

        return false;
    }

    private readonly int Digits(int from)
    {
        int count = 0;
        while (from + count < _rest.Length && char.IsAsciiDigit((char)_rest[from + count]))
        {
            count++;
        }

        return count;
    }

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'$' or (byte)'@' or >= 0x80;
}
