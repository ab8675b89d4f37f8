using System.Globalization;
using System.Text;

namespace Holdfast.Plan;

/// <summary>Reads the literals in source code. What is none stays as the text it is; nothing is ever evaluated.</summary>
/// <param name="arrow">Between key and value: <c>=></c> in PHP, a colon in Python.</param>
internal abstract class CodeReader(string source, IReadOnlyList<CodeToken> tokens, string arrow)
{
    /// <summary>Brackets inside brackets; more is no setting.</summary>
    private const int MaxDepth = 64;

    /// <summary>Of an expression, as many characters as a message can need.</summary>
    private const int MaxExpression = 100;

    private readonly CodeBrackets _brackets = new(tokens);

    protected IReadOnlyList<CodeToken> Tokens => tokens;

    /// <summary>Where names come from another file that are not said here.</summary>
    internal virtual IEnumerable<int> FindImports() => [];

    /// <summary>Where another file is read for what it sets.</summary>
    internal virtual IEnumerable<int> FindIncludes() => [];

    /// <summary>Whether there is anything but one statement after another.</summary>
    internal virtual bool HasBranches => false;

    /// <summary>All places that set something, in the order of the source.</summary>
    internal abstract IEnumerable<CodeAssignment> FindAssignments();

    /// <summary>The value that begins with a token.</summary>
    protected CodeValue ReadValue(int at) => ReadValue(ref at, 0);

    /// <summary>The token that closes the bracket which opens here, or that opens the one which closes here; the number of tokens where there is none.</summary>
    protected int Partner(int at) => _brackets.Partner(at);

    /// <summary>The first token behind the value that begins here.</summary>
    protected int EndOfValue(int at) => _brackets.EndOfValue(at);

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

        at = _brackets.EndOfValue(first);
        int start = Token(first).Start;
        return new(start) { Expression = at > first ? source[start..Math.Min(tokens[at - 1].End, start + MaxExpression)] : string.Empty };
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
        var text = new StringBuilder(Token(at++).Text);
        while (JoinLength(at) is >= 0 and int between)
        {
            at += between;
            text.Append(Token(at++).Text);
        }

        return new(start) { Text = text.ToString() };
    }

    private CodeValue? ReadMembers(ref int at, string close, int start, int depth)
    {
        var members = new List<KeyValuePair<string, CodeValue>>();
        bool hasComma = false;
        while (!Token(at).IsSign(close))
        {
            string key = members.Count.ToString(CultureInfo.InvariantCulture);
            if (IsKey(Token(at)) && Token(at + 1).IsSign(arrow))
            {
                key = Token(at).Text;
                at += 2;
            }
            else if (Token(at) is { Kind: CodeTokenKind.Sign, Text: "..." or "**" or "*" } || _brackets.HasBefore(arrow, at, _brackets.EndOfValue(at)))
            {
                return null; // whatever comes in here may be any member
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

    /// <summary>A text or a number, so that what it names is known.</summary>
    protected static bool IsKey(CodeToken token) => token.Kind == CodeTokenKind.Text || (token.Kind == CodeTokenKind.Word && char.IsAsciiDigit(token.Text[0]));

    private static bool IsEnd(CodeToken token) => CodeBrackets.IsEnd(token);
}
