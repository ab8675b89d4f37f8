using System.Globalization;

namespace Holdfast.Plan;

/// <summary>Reads the literals in source code. What is none stays as the text it is; nothing is ever evaluated.</summary>
/// <param name="arrow">Between key and value: <c>=></c> in PHP, a colon in Python.</param>
internal abstract class CodeReader(string source, IReadOnlyList<CodeToken> tokens, string arrow)
{
    /// <summary>Brackets inside brackets; more is no setting.</summary>
    private const int MaxDepth = 64;

    protected IReadOnlyList<CodeToken> Tokens => tokens;

    /// <summary>All places that set something, in the order of the source.</summary>
    internal abstract IEnumerable<CodeAssignment> FindAssignments();

    /// <summary>The value that begins with a token.</summary>
    protected CodeValue ReadValue(int at) => ReadValue(ref at, 0);

    protected CodeToken Token(int at) => at < tokens.Count ? tokens[at] : new(CodeTokenKind.Sign, ";", source.Length, source.Length);

    /// <summary>An array or dictionary that begins here: the sign that ends it, and how many tokens open it; null where none does.</summary>
    protected abstract (string Close, int Length)? Opening(int at);

    /// <summary>How many tokens stand between two strings that are one; -1 where they are two.</summary>
    protected abstract int JoinLength(int at);

    private CodeValue ReadValue(ref int at, int depth)
    {
        int first = at;
        CodeValue? literal = depth < MaxDepth ? ReadLiteral(ref at, depth) : null;
        if (literal is not null && IsEnd(Token(at)))
        {
            return literal;
        }

        at = first;
        for (int open = 0; at < tokens.Count && (open > 0 || !IsEnd(tokens[at])); at++)
        {
            open += tokens[at].Kind != CodeTokenKind.Sign ? 0 : tokens[at].Text is "(" or "[" or "{" ? 1 : tokens[at].Text is ")" or "]" or "}" ? -1 : 0;
        }

        int start = Token(first).Start;
        return new(start) { Expression = at > first ? source[start..tokens[at - 1].End] : string.Empty };
    }

    private CodeValue? ReadLiteral(ref int at, int depth)
    {
        CodeToken token = Token(at);
        if (token.Kind == CodeTokenKind.Text)
        {
            return ReadText(ref at);
        }

        if (Opening(at) is var (close, length))
        {
            at += length;
            return ReadMembers(ref at, close, token.Start, depth + 1);
        }

        at++;
        return token.Kind != CodeTokenKind.Word ? null
            : char.IsAsciiDigit(token.Text[0]) || token.IsWord("true") || token.IsWord("false") ? new(token.Start) { Text = token.Text }
            : token.IsWord("null") || token.IsWord("none") ? new(token.Start) { Text = string.Empty }
            : null;
    }

    private CodeValue ReadText(ref int at)
    {
        int start = Token(at).Start;
        string text = Token(at++).Text;
        while (JoinLength(at) is >= 0 and int between)
        {
            at += between;
            text += Token(at++).Text;
        }

        return new(start) { Text = text };
    }

    private CodeValue? ReadMembers(ref int at, string close, int start, int depth)
    {
        var members = new List<KeyValuePair<string, CodeValue>>();
        bool hasComma = false;
        while (!Token(at).IsSign(close))
        {
            string key = members.Count.ToString(CultureInfo.InvariantCulture);
            if (Token(at).Kind is CodeTokenKind.Text or CodeTokenKind.Word && Token(at + 1).IsSign(arrow))
            {
                key = Token(at).Text;
                at += 2;
            }

            members.Add(new(key, ReadValue(ref at, depth)));
            if (Token(at).IsSign(","))
            {
                hasComma = true;
                at++;
            }
            else if (!Token(at).IsSign(close))
            {
                return null;
            }
        }

        at++;
        bool isInParentheses = arrow == ":" && close == ")" && !hasComma && members.Count == 1;
        return isInParentheses ? members[0].Value : new(start) { Members = members };
    }

    private static bool IsEnd(CodeToken token) => token.Kind == CodeTokenKind.Sign && token.Text is "," or ";" or ")" or "]" or "}" or "\n";
}
