using System.Text;

namespace Holdfast.Linux;

/// <summary>
/// File names are bytes; programs want strings. Valid UTF-8 is decoded as itself and every other byte as one lone low
/// surrogate (U+DC80 to U+DCFF), so that the way back loses nothing. The idea is Python's PEP 383.
/// </summary>
public static class PathText
{
    private const int EscapeBase = 0xDC00;

    /// <summary>The string for these bytes; total and reversible.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[consumed..];
            }
            else
            {
                text.Append((char)(EscapeBase + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>The bytes for this string: the exact inverse of <see cref="Decode"/>.</summary>
    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        int length = 0;
        while (!text.IsEmpty)
        {
            int run = text.IndexOfAnyInRange((char)(EscapeBase + 0x80), (char)(EscapeBase + 0xFF));
            // A low surrogate that follows a high one is half of a real character, not an escaped byte.
            while (run > 0 && char.IsHighSurrogate(text[run - 1]))
            {
                int next = text[(run + 1)..].IndexOfAnyInRange((char)(EscapeBase + 0x80), (char)(EscapeBase + 0xFF));
                run = next < 0 ? -1 : run + 1 + next;
            }

            ReadOnlySpan<char> plain = run < 0 ? text : text[..run];
            length += Encoding.UTF8.GetBytes(plain, bytes.AsSpan(length));
            if (run < 0)
            {
                break;
            }

            bytes[length++] = (byte)(text[run] - EscapeBase);
            text = text[(run + 1)..];
        }

        return bytes[..length];
    }

    /// <summary>The text with control characters and escaped bytes shown as <c>\n</c>, <c>\t</c> or <c>\xNN</c>, fit for one line of a message.</summary>
    public static string Printable(string text)
    {
        if (!text.Any(c => char.IsControl(c) || char.IsSurrogate(c)))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                shown.Append(c).Append(text[++i]);
            }
            else if (char.IsSurrogate(c))
            {
                shown.Append("\\x").Append((c & 0xFF).ToString("x2"));
            }
            else if (char.IsControl(c))
            {
                shown.Append(c switch { '\n' => "\\n", '\t' => "\\t", '\r' => "\\r", _ => $"\\x{(int)c:x2}" });
            }
            else
            {
                shown.Append(c);
            }
        }

        return shown.ToString();
    }
}
