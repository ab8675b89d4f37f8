namespace Holdfast.Plan;

/// <summary>Where brackets and values end, found once: a file may have a million of them inside each other.</summary>
internal sealed class CodeBrackets
{
    private readonly IReadOnlyList<CodeToken> _tokens;
    private readonly int[] _partners;
    private readonly int[] _ends;

    internal CodeBrackets(IReadOnlyList<CodeToken> tokens)
    {
        _tokens = tokens;
        _partners = new int[tokens.Count];
        Array.Fill(_partners, tokens.Count);
        var open = new Stack<int>();
        for (int i = 0; i < tokens.Count; i++)
        {
            if (IsOpening(tokens[i]))
            {
                open.Push(i);
            }
            else if (IsClosing(tokens[i]) && open.TryPop(out int partner))
            {
                (_partners[i], _partners[partner]) = (partner, i);
            }
        }

        _ends = new int[tokens.Count];
        for (int i = tokens.Count - 1; i >= 0; i--)
        {
            _ends[i] = IsEnd(tokens[i]) ? i : EndOfValue(IsOpening(tokens[i]) ? _partners[i] + 1 : i + 1);
        }
    }

    internal static bool IsEnd(CodeToken token) => token.Kind == CodeTokenKind.Sign && token.Text is "," or ";" or ")" or "]" or "}" or "\n";

    internal int Partner(int at) => at < _partners.Length ? _partners[at] : _partners.Length;

    /// <summary>The first token behind the value that begins here.</summary>
    internal int EndOfValue(int at) => at < _ends.Length ? _ends[at] : _ends.Length;

    /// <summary>Whether a sign stands between two tokens, and in no bracket there.</summary>
    internal bool HasBefore(string sign, int at, int end)
    {
        for (; at < end; at = IsOpening(_tokens[at]) ? Partner(at) + 1 : at + 1)
        {
            if (_tokens[at].IsSign(sign))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOpening(CodeToken token) => token.Kind == CodeTokenKind.Sign && token.Text is "(" or "[" or "{";

    private static bool IsClosing(CodeToken token) => token.Kind == CodeTokenKind.Sign && token.Text is ")" or "]" or "}";
}
