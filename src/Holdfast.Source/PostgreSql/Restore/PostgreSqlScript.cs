using System.Text;

namespace Holdfast.Source;

/// <summary>
/// What pg_dump wrote, statement by statement: comments and psql's own commands are passed over. Its bytes are kept as they
/// are, a character each, since a database need not keep to an encoding.
/// </summary>
internal sealed class PostgreSqlScript
{
    private readonly string _text;
    private readonly List<PostgreSqlStatement> _statements = [];
    private readonly List<PostgreSqlToken> _tokens = [];
    private int _at;
    private int _depth;

    /// <summary>Within the body of a function that is written as statements: how many BEGIN and CASE wait for their END.</summary>
    private int _open;

    private PostgreSqlScript(string text)
    {
        _text = text;
    }

    internal IReadOnlyList<PostgreSqlStatement> Statements => _statements;

    internal static PostgreSqlScript Read(ReadOnlySpan<byte> file)
    {
        var script = new PostgreSqlScript(Encoding.Latin1.GetString(file));
        while (script._at < script._text.Length)
        {
            script.Step();
        }

        script.EndStatement();
        return script;
    }

    /// <summary>The script with other text in the place of some statements; where null, with none.</summary>
    internal byte[] Replace(IReadOnlyDictionary<PostgreSqlStatement, string?> others)
    {
        var text = new StringBuilder(_text.Length);
        int from = 0;
        foreach (PostgreSqlStatement statement in _statements.Where(others.ContainsKey))
        {
            text.Append(_text, from, statement.Start - from).Append(others[statement]);
            from = statement.End;
        }

        return Encoding.Latin1.GetBytes(text.Append(_text, from, _text.Length - from).ToString());
    }

    private void Step()
    {
        char c = _text[_at];
        if (char.IsWhiteSpace(c) && c < 0x80)
        {
            _at++;
        }
        else if (Sees("--") || (c == '\\' && _tokens.Count == 0))
        {
            _at = Behind("\n", _at);
        }
        else if (Sees("/*"))
        {
            _at = Behind("*/", _at + 2);
        }
        else if (c == ';' && _depth == 0 && _open == 0)
        {
            EndStatement();
            _at++;
        }
        else
        {
            Token(c);
        }
    }

    private void Token(char c)
    {
        switch (c)
        {
            case '\'':
                bool escapes = _tokens.Count > 0 && _tokens[^1] is { Kind: PostgreSqlTokenKind.Word } last && last.End == _at && last.End - last.Start == 1 && _text[last.Start] is 'E' or 'e';
                Add(PostgreSqlTokenKind.Text, EndOfQuoted(c, escapes));
                break;
            case '"':
                Add(PostgreSqlTokenKind.Quoted, EndOfQuoted(c, escapes: false));
                break;
            case '$' when EndOfTag() is var tag && tag > _at:
                Add(PostgreSqlTokenKind.Text, Behind(_text[_at..tag], tag));
                break;
            case >= '0' and <= '9':
                Add(PostgreSqlTokenKind.Symbol, EndOf(static n => IsOfName(n) || n == '.'));
                break;
            default:
                if (IsOfName(c))
                {
                    Add(PostgreSqlTokenKind.Word, EndOf(IsOfName));
                    CountBlocks();
                    break;
                }

                _depth = Math.Max(0, _depth - (c is ')' or ']' ? 1 : 0));
                Add(PostgreSqlTokenKind.Symbol, _at + 1);
                _depth += c is '(' or '[' ? 1 : 0;
                break;
        }
    }

    private void Add(PostgreSqlTokenKind kind, int end)
    {
        _tokens.Add(new(kind, _at, end, _depth));
        _at = end;
    }

    /// <summary>A body of statements has semicolons: <c>BEGIN ATOMIC … END</c>, and CASE has an END of its own.</summary>
    private void CountBlocks()
    {
        var statement = new PostgreSqlStatement(_text, _tokens);
        int last = _tokens.Count - 1;
        if (_depth > 0 || !statement.Is(0, "CREATE"))
        {
            return;
        }

        if (statement.Is(last, "ATOMIC") && statement.Is(last - 1, "BEGIN"))
        {
            _open++;
        }
        else if (_open > 0)
        {
            _open += statement.Is(last, "CASE") || statement.Is(last, "BEGIN") ? 1 : statement.Is(last, "END") ? -1 : 0;
        }
    }

    private void EndStatement()
    {
        if (_tokens.Count > 0)
        {
            _statements.Add(new(_text, [.. _tokens]));
            _tokens.Clear();
        }

        _depth = 0;
        _open = 0;
    }

    private int EndOfQuoted(char quote, bool escapes)
    {
        for (int i = _at + 1; i < _text.Length; i++)
        {
            if (escapes && _text[i] == '\\')
            {
                i++;
            }
            else if (_text[i] == quote)
            {
                if (i + 1 == _text.Length || _text[i + 1] != quote)
                {
                    return i + 1;
                }

                i++;
            }
        }

        return _text.Length;
    }

    /// <summary>Behind <c>$word$</c>; here where there is none.</summary>
    private int EndOfTag()
    {
        int end = _at + 1;
        while (end < _text.Length && IsOfName(_text[end]) && _text[end] != '$')
        {
            end++;
        }

        return end < _text.Length && _text[end] == '$' ? end + 1 : _at;
    }

    private int EndOf(Func<char, bool> belongs)
    {
        int end = _at;
        while (end < _text.Length && belongs(_text[end]))
        {
            end++;
        }

        return end;
    }

    private int Behind(string what, int from)
    {
        int at = _text.IndexOf(what, from, StringComparison.Ordinal);
        return at < 0 ? _text.Length : at + what.Length;
    }

    private bool Sees(string what) => _text.AsSpan(_at).StartsWith(what, StringComparison.Ordinal);

    private static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' || c >= 0x80;
}
