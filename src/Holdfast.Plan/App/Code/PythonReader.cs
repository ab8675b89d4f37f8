namespace Holdfast.Plan;

/// <summary>Finds what a Python file sets: names and their members.</summary>
internal sealed class PythonReader(string source) : CodeReader(source, new PythonLexer(source).Read(), ":")
{
    /// <summary>What changes a dictionary or a list.</summary>
    private static readonly string[] s_changes = ["update", "setdefault", "pop", "popitem", "clear", "append", "extend", "insert", "remove"];

    internal override IEnumerable<CodeAssignment> FindAssignments()
    {
        for (int i = 0; i < Tokens.Count; i++)
        {
            // Elsewhere a name before a sign is an argument.
            bool begins = i == 0 || Tokens[i - 1].Text is "\n" or ";" or ":";
            if (begins && Tokens[i].Kind == CodeTokenKind.Word && ReadTarget(i) is var (path, sign, isKnown))
            {
                CodeValue value = ReadValue(sign + 1);
                yield return new(path, isKnown && Token(sign).IsSign("=") ? value : new(value.Start) { Expression = Token(sign).IsSign(".") ? $".{Token(sign + 1).Text}(" : $"{Token(sign).Text} …" });
            }
        }
    }

    /// <summary><c>from … import *</c>.</summary>
    internal override IEnumerable<int> FindImports() =>
        Enumerable.Range(0, Tokens.Count).Where(i => Tokens[i].IsWord("import") && Token(i + 1).IsSign("*")).Select(i => Tokens[i].Start);

    protected override (string Close, int Length)? Opening(int at) =>
        Token(at) is { Kind: CodeTokenKind.Sign, Text: "{" or "[" or "(" } open ? (open.Text switch { "{" => "}", "[" => "]", _ => ")" }, 1) : null;

    protected override int JoinLength(int at) => Token(at).Kind == CodeTokenKind.Text ? 0 : -1;

    private (List<string> Path, int Sign, bool IsKnown)? ReadTarget(int at)
    {
        List<string> path = [Tokens[at++].Text];
        bool isKnown = true;
        while (Token(at).IsSign("["))
        {
            isKnown &= IsKey(Token(at + 1)) && Token(at + 2).IsSign("]");
            path.AddRange(isKnown ? [Token(at + 1).Text] : []);
            at = Partner(at) + 1;
        }

        if (Token(at).IsSign(":") && path.Count == 1 && Token(at + 1).Kind == CodeTokenKind.Word)
        {
            at += 2; // a hint of a type
        }

        bool isSet = Token(at) is { Kind: CodeTokenKind.Sign, Text: "=" or "+=" or "|=" };
        bool isChanged = Token(at).IsSign(".") && s_changes.Contains(Token(at + 1).Text) && Token(at + 2).IsSign("(");
        return isSet || isChanged ? (path, at, isKnown) : null;
    }
}
