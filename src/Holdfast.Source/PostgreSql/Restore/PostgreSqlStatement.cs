using System.Text;

namespace Holdfast.Source;

/// <summary>One statement of a script.</summary>
/// <param name="script">The script's bytes, a character each.</param>
internal sealed class PostgreSqlStatement(string script, IReadOnlyList<PostgreSqlToken> tokens)
{
    internal IReadOnlyList<PostgreSqlToken> Tokens => tokens;

    internal int Start => tokens[0].Start;

    /// <summary>Behind its last token; the semicolon is not part of it.</summary>
    internal int End => tokens[^1].End;

    internal string Text => script[Start..End];

    /// <summary>Whether it begins with these keywords.</summary>
    internal bool Begins(params ReadOnlySpan<string> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (!Is(i, words[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a token is this keyword, or this character. The tools and the server write keywords in capitals, which no name without quotation marks has.</summary>
    internal bool Is(int at, string word) =>
        at >= 0 && at < tokens.Count && tokens[at].Kind is PostgreSqlTokenKind.Word or PostgreSqlTokenKind.Symbol
        && script.AsSpan(tokens[at].Start, tokens[at].End - tokens[at].Start).SequenceEqual(word);

    /// <summary>The place of a keyword outside parentheses; -1 where there is none.</summary>
    internal int Find(string word, int from = 0)
    {
        for (int i = from; i < tokens.Count; i++)
        {
            if (tokens[i].Depth == 0 && Is(i, word))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The last place of a keyword outside parentheses; -1 where there is none.</summary>
    internal int FindLast(string word)
    {
        for (int i = tokens.Count - 1; i >= 0; i--)
        {
            if (tokens[i].Depth == 0 && Is(i, word))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>The name at a place, without its quotation marks; null where there is none.</summary>
    internal string? NameAt(int at)
    {
        if (at < 0 || at >= tokens.Count || !tokens[at].IsName)
        {
            return null;
        }

        PostgreSqlToken token = tokens[at];
        return Decode(token.Kind == PostgreSqlTokenKind.Quoted
            ? script[(token.Start + 1)..(token.End - 1)].Replace("\"\"", "\"", StringComparison.Ordinal)
            : script[token.Start..token.End]);
    }

    /// <summary>The plain texts in it, as they are meant.</summary>
    internal IEnumerable<(PostgreSqlToken Token, string Text)> Texts() =>
        from token in tokens
        where token.Kind == PostgreSqlTokenKind.Text && script[token.Start] == '\''
        select (token, Decode(script[(token.Start + 1)..(token.End - 1)].Replace("''", "'", StringComparison.Ordinal)));

    /// <summary>The statement with other text in some places, in their order.</summary>
    internal string With(IEnumerable<(int From, int To, string Text)> changes)
    {
        var text = new StringBuilder();
        int at = Start;
        foreach ((int from, int to, string other) in changes)
        {
            text.Append(script, at, from - at).Append(other);
            at = to;
        }

        return text.Append(script, at, End - at).ToString();
    }

    /// <summary>Text of a script as it is read, from text as it is meant.</summary>
    internal static string Encode(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    internal static string Decode(string text) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text));
}
