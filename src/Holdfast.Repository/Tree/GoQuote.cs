using System.Buffers;
using System.Globalization;
using System.Text;

namespace Holdfast.Repository;

/// <summary>
/// Names in a tree are quoted twice: first as Go's <c>strconv.Quote</c> does, which makes any bytes into text, then as a
/// JSON string. This is the first of the two, without the quotes around it.
/// </summary>
internal static class GoQuote
{
    /// <summary>Bytes that stand for themselves in both quotings.</summary>
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        " !#$%'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    internal static bool IsPlain(ReadOnlySpan<byte> name) => !name.ContainsAnyExcept(Plain);

    internal static byte[] Quote(ReadOnlySpan<byte> name)
    {
        var quoted = new ArrayBufferWriter<byte>(name.Length + 16);
        while (!name.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(name, out Rune rune, out int consumed);
            if (status != OperationStatus.Done)
            {
                quoted.Write(Encoding.ASCII.GetBytes($"\\x{name[0]:x2}"));
                name = name[1..];
                continue;
            }

            WriteRune(quoted, rune, name[..consumed]);
            name = name[consumed..];
        }

        return quoted.WrittenSpan.ToArray();
    }

    /// <summary>Takes the quoting off again; false where it is not valid.</summary>
    internal static bool TryUnquote(ReadOnlySpan<byte> quoted, out byte[] name)
    {
        if (!quoted.Contains((byte)'\\'))
        {
            name = quoted.ToArray();
            return true;
        }

        var plain = new ArrayBufferWriter<byte>(quoted.Length);
        while (!quoted.IsEmpty)
        {
            int run = quoted.IndexOf((byte)'\\');
            if (run != 0)
            {
                ReadOnlySpan<byte> text = run < 0 ? quoted : quoted[..run];
                plain.Write(text);
                quoted = quoted[text.Length..];
            }
            else if (!TryUnescape(ref quoted, plain))
            {
                name = [];
                return false;
            }
        }

        name = plain.WrittenSpan.ToArray();
        return true;
    }

    private static void WriteRune(ArrayBufferWriter<byte> quoted, Rune rune, ReadOnlySpan<byte> utf8)
    {
        string? escape = rune.Value switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\a' => "\\a",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\v' => "\\v",
            < ' ' or 0x7F => $"\\x{rune.Value:x2}",
            _ when IsPrintable(rune) => null,
            < 0x10000 => $"\\u{rune.Value:x4}",
            _ => $"\\U{rune.Value:x8}",
        };
        quoted.Write(escape is null ? utf8 : Encoding.ASCII.GetBytes(escape));
    }

    /// <summary>Go's <c>strconv.IsPrint</c>: letters, marks, numbers, punctuation, symbols, and of the spaces only the ASCII one.</summary>
    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator => rune.Value == ' ',
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Control
            or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned => false,
        _ => true,
    };

    private static bool TryUnescape(ref ReadOnlySpan<byte> quoted, ArrayBufferWriter<byte> plain)
    {
        if (quoted.Length < 2)
        {
            return false;
        }

        byte kind = quoted[1];
        quoted = quoted[2..];
        switch ((char)kind)
        {
            case 'x':
                return TryNumber(ref quoted, 2, 16, out uint value) && WriteByte(plain, value);
            case 'u':
                return TryNumber(ref quoted, 4, 16, out uint small) && TryWriteRune(plain, small);
            case 'U':
                return TryNumber(ref quoted, 8, 16, out uint large) && TryWriteRune(plain, large);
            case >= '0' and <= '7':
                uint first = (uint)(kind - '0');
                return TryNumber(ref quoted, 2, 8, out uint rest) && (first * 64) + rest <= 255 && WriteByte(plain, (first * 64) + rest);
            default:
                int index = "abfnrtv\\\"'"u8.IndexOf(kind);
                return index >= 0 && WriteByte(plain, "\a\b\f\n\r\t\v\\\"'"u8[index]);
        }
    }

    private static bool WriteByte(ArrayBufferWriter<byte> plain, uint value)
    {
        plain.GetSpan(1)[0] = (byte)value;
        plain.Advance(1);
        return true;
    }

    private static bool TryWriteRune(ArrayBufferWriter<byte> plain, uint value)
    {
        if (!Rune.IsValid(value))
        {
            return false;
        }

        plain.Advance(new Rune(value).EncodeToUtf8(plain.GetSpan(4)));
        return true;
    }

    private static bool TryNumber(ref ReadOnlySpan<byte> text, int digits, int numberBase, out uint value)
    {
        value = 0;
        if (text.Length < digits)
        {
            return false;
        }

        foreach (byte digit in text[..digits])
        {
            int number = char.IsAsciiHexDigit((char)digit) ? Convert.ToInt32(((char)digit).ToString(), 16) : numberBase;
            if (number >= numberBase)
            {
                return false;
            }

            value = (value * (uint)numberBase) + (uint)number;
        }

        text = text[digits..];
        return true;
    }
}
