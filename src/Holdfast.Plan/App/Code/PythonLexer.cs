using System.Globalization;
using System.Text;

namespace Holdfast.Plan;

/// <summary>Takes Python apart, without running any of it.</summary>
internal sealed class PythonLexer(string source) : CodeLexer(source)
{
    private static readonly string[] s_signs = ["**=", "//=", "==", "!=", "<=", ">=", "+=", "-=", "|=", ":=", "->", "**", "//"];

    private int _depth;

    protected override void ReadToken()
    {
        char c = Source[At];
        if (c == '\n')
        {
            int start = At++;
            if (_depth == 0)
            {
                Add(CodeTokenKind.Sign, "\n", start);
            }
        }
        else if (char.IsWhiteSpace(c))
        {
            At++;
        }
        else if (c == '#')
        {
            SkipTo("\n", behind: false);
        }
        else if (c == '\\' && At + 1 < Source.Length && Source[At + 1] is '\n' or '\r')
        {
            At++;
            SkipTo("\n", behind: true);
        }
        else if (PrefixLength() is >= 0 and int length)
        {
            ReadString(length);
        }
        else if (char.IsLetterOrDigit(c) || c == '_')
        {
            ReadWord(p => char.IsLetterOrDigit(p) || p == '_');
        }
        else
        {
            _depth = Math.Max(0, _depth + (c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0));
            ReadSign(s_signs);
        }
    }

    /// <summary>How many letters stand before the quote of a string that begins here; -1 where none does.</summary>
    private int PrefixLength()
    {
        int length = 0;
        while (length < 3 && At + length < Source.Length && "rRbBuUfF".Contains(Source[At + length]))
        {
            length++;
        }

        return length < 3 && At + length < Source.Length && Source[At + length] is '\'' or '"' ? length : -1;
    }

    private void ReadString(int prefix)
    {
        int start = At;
        string kind = Source.Substring(At, prefix).ToLowerInvariant();
        At += prefix;
        string quote = new(Source[At], 3);
        quote = IsHere(quote) ? quote : quote[..1];
        At += quote.Length;
        var text = new StringBuilder();
        bool isNamed = false;
        while (!IsAtEnd && !IsHere(quote) && (quote.Length == 3 || Source[At] != '\n'))
        {
            if (Source[At] != '\\' || At + 1 >= Source.Length)
            {
                text.Append(Source[At++]);
            }
            else if (kind.Contains('r'))
            {
                text.Append(Source[At++]).Append(Source[At++]);
            }
            else
            {
                At++;
                isNamed |= IsHere("N{");
                ReadEscape(text);
            }
        }

        At = Math.Min(At + quote.Length, Source.Length);
        bool isOpaque = isNamed || kind.Contains('b') || (kind.Contains('f') && text.ToString().Contains('{'));
        Add(isOpaque ? CodeTokenKind.Opaque : CodeTokenKind.Text, text.ToString(), start);
    }

    private void ReadEscape(StringBuilder text)
    {
        char c = Source[At++];
        int digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && At + digits <= Source.Length && int.TryParse(Source.AsSpan(At, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && Rune.IsValid(code))
        {
            text.Append(new Rune(code).ToString());
            At += digits;
            return;
        }

        switch (c)
        {
            case '\r' or '\n':
                At += c == '\r' && IsHere("\n") ? 1 : 0;
                break;
            case '\\' or '\'' or '"':
                text.Append(c);
                break;
            case 'n' or 't' or 'r' or 'a' or 'b' or 'f' or 'v':
                text.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'a' => '\a', 'b' => '\b', 'f' => '\f', _ => '\v' });
                break;
            case >= '0' and <= '7':
                int number = c - '0';
                for (int more = 0; more < 2 && !IsAtEnd && Source[At] is >= '0' and <= '7'; more++)
                {
                    number = (number * 8) + (Source[At++] - '0');
                }

                text.Append((char)number);
                break;
            default:
                text.Append('\\').Append(c);
                break;
        }
    }
}
