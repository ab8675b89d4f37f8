using System.Globalization;
using System.Text;

namespace Holdfast.Plan;

/// <summary>Takes PHP apart, without running any of it.</summary>
internal sealed class PhpLexer(string source) : CodeLexer(source)
{
    private static readonly string[] s_signs = ["===", "!==", "??=", "...", "==", "!=", "=>", "->", "::", "<=", ">=", ".=", "+=", "??", "||", "&&"];

    private bool _isCode;

    protected override void ReadToken()
    {
        char c = Source[At];
        if (!_isCode)
        {
            Enter();
        }
        else if (char.IsWhiteSpace(c))
        {
            At++;
        }
        else if (IsHere("?>"))
        {
            _isCode = false;
            Add(CodeTokenKind.Sign, ";", At); // it ends a statement
            At += 2;
        }
        else if (IsHere("//") || (c == '#' && !IsHere("#[")))
        {
            SkipLine();
        }
        else if (IsHere("/*"))
        {
            At += 2;
            SkipTo("*/", behind: true);
        }
        else if (c == '\'')
        {
            ReadSingleQuoted();
        }
        else if (c is '"' or '`')
        {
            ReadQuoted(c);
        }
        else if (IsHere("<<<"))
        {
            ReadHeredoc();
        }
        else if (c == '$' && At + 1 < Source.Length && IsWordPart(Source[At + 1]))
        {
            At++;
            ReadWord(IsWordPart, CodeTokenKind.Variable);
        }
        else if (IsWordPart(c) || c == '\\')
        {
            ReadWord(p => IsWordPart(p) || p == '\\');
        }
        else
        {
            ReadSign(s_signs);
        }
    }

    private static bool IsWordPart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_' || c >= 0x80;

    private void Enter()
    {
        SkipTo("<?", behind: true);
        _isCode = !IsHere("xml");
        At += string.Compare(Source, At, "php", 0, 3, StringComparison.OrdinalIgnoreCase) == 0 ? 3 : !IsAtEnd && Source[At] == '=' ? 1 : 0;
    }

    /// <summary>The end of PHP ends a comment, too.</summary>
    private void SkipLine()
    {
        while (!IsAtEnd && Source[At] is not ('\n' or '\r') && !IsHere("?>"))
        {
            At++;
        }
    }

    private void ReadSingleQuoted()
    {
        int start = At++;
        var text = new StringBuilder();
        for (; !IsAtEnd && Source[At] != '\''; At++)
        {
            if (Source[At] == '\\' && At + 1 < Source.Length && Source[At + 1] is '\\' or '\'')
            {
                At++;
            }

            text.Append(Source[At]);
        }

        At = Math.Min(At + 1, Source.Length);
        Add(CodeTokenKind.Text, text.ToString(), start);
    }

    private void ReadQuoted(char quote)
    {
        int start = At++;
        var text = new StringBuilder();
        bool isOpaque = quote == '`';
        while (!IsAtEnd && Source[At] != quote)
        {
            char next = At + 1 < Source.Length ? Source[At + 1] : '\0';
            isOpaque |= (Source[At] == '$' && (IsWordPart(next) || next == '{')) || (Source[At] == '{' && next == '$');
            if (Source[At] == '\\' && next != '\0')
            {
                At++;
                isOpaque |= !ReadEscape(text);
            }
            else
            {
                text.Append(Source[At++]);
            }
        }

        At = Math.Min(At + 1, Source.Length);
        Add(isOpaque ? CodeTokenKind.Opaque : CodeTokenKind.Text, text.ToString(), start);
    }

    /// <summary>False where it is a single byte of a text whose encoding is not known here.</summary>
    private bool ReadEscape(StringBuilder text)
    {
        char c = Source[At++];
        int digits = 0;
        int number = 0;
        switch (c)
        {
            case 'n' or 't' or 'r' or 'v' or 'e' or 'f':
                text.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'v' => '\v', 'e' => '\e', _ => '\f' });
                break;
            case '\\' or '$' or '"' or '`':
                text.Append(c);
                break;
            case 'u' when IsHere("{"):
                int close = Source.IndexOf('}', At, Math.Min(10, Source.Length - At)); // seven digits at most
                if (close > 0 && int.TryParse(Source.AsSpan(At + 1, close - At - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && Rune.IsValid(code))
                {
                    text.Append(new Rune(code).ToString());
                    At = close + 1;
                }

                break;
            case 'x' when !IsAtEnd && char.IsAsciiHexDigit(Source[At]):
                while (digits < 2 && At + digits < Source.Length && char.IsAsciiHexDigit(Source[At + digits]))
                {
                    digits++;
                }

                number = Convert.ToInt32(Source.Substring(At, digits), 16);
                text.Append((char)number);
                At += digits;
                break;
            case >= '0' and <= '7':
                At--;
                while (digits < 3 && At + digits < Source.Length && Source[At + digits] is >= '0' and <= '7')
                {
                    digits++;
                }

                number = Convert.ToInt32(Source.Substring(At, digits), 8) & 0xFF;
                text.Append((char)number);
                At += digits;
                break;
            default:
                text.Append('\\').Append(c);
                break;
        }

        return number < 0x80;
    }

    /// <summary>To the line that begins with its word. Its content is no setting that anybody writes.</summary>
    private void ReadHeredoc()
    {
        int start = At;
        At += 3;
        int wordStart = At;
        while (!IsAtEnd && Source[At] is not ('\n' or '\r'))
        {
            At++;
        }

        string word = Source[wordStart..At].Trim(' ', '\t', '\'', '"');
        while (!IsAtEnd)
        {
            SkipTo("\n", behind: true);
            int line = At;
            while (!IsAtEnd && Source[At] is ' ' or '\t')
            {
                At++;
            }

            if (word.Length > 0 && IsHere(word) && (At + word.Length >= Source.Length || !IsWordPart(Source[At + word.Length])))
            {
                At += word.Length;
                break;
            }

            At = line;
        }

        Add(CodeTokenKind.Opaque, word, start);
    }
}
