namespace Holdfast.Plan;

/// <summary>Finds what a Python file sets: names and their members.</summary>
internal sealed class PythonReader(string source) : CodeReader(source, new PythonLexer(source).Read(), ":")
{
    internal override IEnumerable<CodeAssignment> FindAssignments()
    {
        for (int i = 0; i < Tokens.Count; i++)
        {
            // Elsewhere a name before a sign is an argument.
            bool begins = i == 0 || Tokens[i - 1].Text is "\n" or ";" or ":";
            if (begins && Tokens[i].Kind == CodeTokenKind.Word && ReadTarget(i) is var (path, sign))
            {
                CodeValue value = ReadValue(sign + 1);
                yield return new(path, Token(sign).IsSign("=") ? value : new(value.Start) { Expression = $"{Token(sign).Text} …" });
            }
        }
    }

    protected override (string Close, int Length)? Opening(int at) =>
        Token(at) is { Kind: CodeTokenKind.Sign, Text: "{" or "[" or "(" } open ? (open.Text switch { "{" => "}", "[" => "]", _ => ")" }, 1) : null;

    protected override int JoinLength(int at) => Token(at).Kind == CodeTokenKind.Text ? 0 : -1;

    private (List<string> Path, int Sign)? ReadTarget(int at)
    {
        List<string> path = [Tokens[at++].Text];
        while (Token(at).IsSign("[") && Token(at + 1).Kind is CodeTokenKind.Text or CodeTokenKind.Word && Token(at + 2).IsSign("]"))
        {
            path.Add(Token(at + 1).Text);
            at += 3;
        }

        if (Token(at).IsSign(":") && path.Count == 1 && Token(at + 1).Kind == CodeTokenKind.Word)
        {
            at += 2; // a hint of a type
        }

        return Token(at).Kind == CodeTokenKind.Sign && Token(at).Text is "=" or "+=" or "|=" ? (path, at) : null;
    }
}
