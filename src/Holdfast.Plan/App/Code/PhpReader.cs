namespace Holdfast.Plan;

/// <summary>Finds what a PHP file sets: constants, variables and their members, and the array that it returns.</summary>
internal sealed class PhpReader(string source) : CodeReader(source, new PhpLexer(source).Read(), "=>")
{
    internal override IEnumerable<CodeAssignment> FindAssignments()
    {
        for (int i = 0; i < Tokens.Count; i++)
        {
            CodeToken token = Tokens[i];
            if ((token.IsWord("define") || token.IsWord("\\define")) && Token(i + 1).IsSign("(") && Token(i + 2).Kind == CodeTokenKind.Text && Token(i + 3).IsSign(","))
            {
                yield return new([Token(i + 2).Text], ReadValue(i + 4), IsConstant: true);
            }
            else if (token.IsWord("const") && Token(i + 1).Kind == CodeTokenKind.Word && Token(i + 2).IsSign("="))
            {
                yield return new([Token(i + 1).Text], ReadValue(i + 3), IsConstant: true);
            }
            else if (token.IsWord("return") && Opening(i + 1) is not null)
            {
                yield return new([], ReadValue(i + 1));
            }
            else if (token.Kind == CodeTokenKind.Variable && ReadTarget(i) is var (path, sign))
            {
                CodeValue value = ReadValue(sign + 1);
                yield return new(path, Token(sign).IsSign("=") ? value : new(value.Start) { Expression = $"{Token(sign).Text} …" });
            }
        }
    }

    protected override (string Close, int Length)? Opening(int at) =>
        Token(at).IsSign("[") ? ("]", 1) : Token(at).IsWord("array") && Token(at + 1).IsSign("(") ? (")", 2) : null;

    protected override int JoinLength(int at) => Token(at).IsSign(".") && Token(at + 1).Kind == CodeTokenKind.Text ? 1 : -1;

    /// <summary>What is assigned to, and where the sign stands; null where nothing is. A member of an object is another variable.</summary>
    private (List<string> Path, int Sign)? ReadTarget(int at)
    {
        if (at > 0 && Tokens[at - 1].Text is "::" or "$")
        {
            return null;
        }

        List<string> path = [Tokens[at++].Text];
        while (Token(at).IsSign("[") && Token(at + 1).Kind is CodeTokenKind.Text or CodeTokenKind.Word && Token(at + 2).IsSign("]"))
        {
            path.Add(Token(at + 1).Text);
            at += 3;
        }

        return Token(at).Kind == CodeTokenKind.Sign && Token(at).Text is "=" or ".=" or "??=" or "+=" ? (path, at) : null;
    }
}
