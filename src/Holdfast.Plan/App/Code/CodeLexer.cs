namespace Holdfast.Plan;

/// <summary>What the readers of source code have in common: a place in it, and what was found so far.</summary>
internal abstract class CodeLexer(string source)
{
    private readonly List<CodeToken> _tokens = [];

    protected string Source => source;

    protected int At { get; set; }

    protected bool IsAtEnd => At >= source.Length;

    protected IReadOnlyList<CodeToken> Tokens => _tokens;

    /// <summary>The whole source as tokens. It never fails: what makes no sense becomes signs.</summary>
    internal IReadOnlyList<CodeToken> Read()
    {
        while (!IsAtEnd)
        {
            ReadToken();
        }

        return _tokens;
    }

    protected abstract void ReadToken();

    protected bool IsHere(string text) => string.CompareOrdinal(source, At, text, 0, text.Length) == 0;

    protected void Add(CodeTokenKind kind, string text, int start) => _tokens.Add(new(kind, text, start, At));

    /// <summary>Goes to the next of these texts, and behind it where that is asked for; to the end where there is none.</summary>
    protected void SkipTo(string text, bool behind)
    {
        int found = source.IndexOf(text, At, StringComparison.Ordinal);
        At = found < 0 ? source.Length : behind ? found + text.Length : found;
    }

    /// <summary>A name or a number. A point belongs to a number only.</summary>
    protected void ReadWord(Func<char, bool> isPart, CodeTokenKind kind = CodeTokenKind.Word)
    {
        int start = At;
        int sign = kind == CodeTokenKind.Variable ? 1 : 0; // the dollar before it
        bool isNumber = char.IsAsciiDigit(source[At]);
        while (!IsAtEnd && (isPart(source[At]) || (isNumber && source[At] == '.')))
        {
            At++;
        }

        Add(kind, source[start..At], start - sign);
    }

    protected void ReadSign(string[] longer)
    {
        int start = At;
        string sign = longer.FirstOrDefault(IsHere) ?? source[At].ToString();
        At += sign.Length;
        Add(CodeTokenKind.Sign, sign, start);
    }
}
