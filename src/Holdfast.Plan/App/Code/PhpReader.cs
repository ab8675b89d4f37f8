namespace Holdfast.Plan;

/// <summary>Finds what a PHP file sets: constants, variables and their members, and the array that it returns.</summary>
internal sealed class PhpReader(string source) : CodeReader(source, new PhpLexer(source).Read(), "=>")
{
    /// <summary>What stands for a value beside which another file is read. No expression begins so.</summary>
    internal const string Unsure = "else ";

    private static readonly string[] s_includes = ["include", "include_once", "require", "require_once"];

    private static readonly string[] s_branches = ["if", "else", "elseif", "switch", "match", "for", "foreach", "while", "do", "try", "function", "fn", "return", "exit", "die", .. s_includes];

    private static readonly string[] s_shortCircuits = ["&&", "||", "?", "??", "and", "or", "xor"];

    internal override bool HasBranches => Tokens.Any(t => s_branches.Any(t.IsWord)) || HasShortCircuits();

    /// <summary>A file that is read for its value is an expression; any other may set what it likes.</summary>
    internal override IEnumerable<int> FindIncludes() =>
        Enumerable.Range(0, Tokens.Count).Where(i => s_includes.Any(Tokens[i].IsWord) && !(i > 0 && Tokens[i - 1].Text is "=" or "=>")).Select(i => Tokens[i].Start);

    internal override IEnumerable<CodeAssignment> FindAssignments()
    {
        int[] unsure = FindUnsure();
        return FindAll().Select(a => unsure[a.At] == 0 ? a.Set : a.Set with { Value = new(a.Set.Value.Start) { Expression = Unsure } });
    }

    private IEnumerable<(int At, CodeAssignment Set)> FindAll()
    {
        for (int i = 0; i < Tokens.Count; i++)
        {
            CodeToken token = Tokens[i];
            if ((token.IsWord("define") || token.IsWord("\\define")) && Token(i + 1).IsSign("(") && Token(i + 2).Kind == CodeTokenKind.Text && Token(i + 3).IsSign(","))
            {
                yield return (i, new([Token(i + 2).Text], ReadValue(i + 4), IsConstant: true));
            }
            else if (token.IsWord("const") && Token(i + 1).Kind == CodeTokenKind.Word && Token(i + 2).IsSign("="))
            {
                yield return (i, new([Token(i + 1).Text], ReadValue(i + 3), IsConstant: true));
            }
            else if (token.IsWord("return") && !Token(i + 1).IsSign(";"))
            {
                yield return (i, new([], ReadValue(i + 1)));
            }
            else if (token.Kind == CodeTokenKind.Variable && ReadTarget(i) is var (path, sign, isKnown))
            {
                CodeValue value = ReadValue(sign + 1);
                yield return (i, new(path, isKnown && Token(sign).IsSign("=") ? value : new(value.Start) { Expression = $"{Token(sign).Text} …" }));
            }
        }
    }

    /// <summary>Whether anything is set behind a sign that may end its statement before: <c>A &amp;&amp; $b = 1</c>.</summary>
    private bool HasShortCircuits()
    {
        int at = 0;
        bool isBehind = false;
        foreach ((int set, _) in FindAll())
        {
            for (; at < set; at++)
            {
                CodeToken token = Tokens[at];
                bool isEnd = token.Kind == CodeTokenKind.Sign && token.Text is ";" or "{" or "}";
                isBehind = !isEnd && (isBehind || (token.Kind is CodeTokenKind.Sign or CodeTokenKind.Word && s_shortCircuits.Contains(token.Text, StringComparer.OrdinalIgnoreCase)));
            }

            if (isBehind)
            {
                return true;
            }
        }

        return false;
    }

    protected override (string Close, int Length)? Opening(int at) =>
        Token(at).IsSign("[") ? ("]", 1) : Token(at).IsWord("array") && Token(at + 1).IsSign("(") ? (")", 2) : null;

    protected override int JoinLength(int at) => Token(at).IsSign(".") && Token(at + 1).Kind == CodeTokenKind.Text ? 1 : -1;

    /// <summary>
    /// Of each token, whether it stands in a branch beside one that reads another file: what is set here may be set there to something
    /// else, and only one of both happens.
    /// </summary>
    private int[] FindUnsure()
    {
        int[] includes = new int[Tokens.Count + 1], unsure = new int[Tokens.Count + 2];
        for (int i = 0; i < Tokens.Count; i++)
        {
            includes[i + 1] = includes[i] + (s_includes.Any(Tokens[i].IsWord) ? 1 : 0);
        }

        for (int i = 1; i < Tokens.Count; i++)
        {
            if (Tokens[i].IsWord("else") || Tokens[i].IsWord("elseif"))
            {
                int first = Tokens[i - 1].IsSign("}") && Partner(i - 1) < i ? Partner(i - 1) : i;
                int second = i + (Token(i + 1).IsWord("if") ? 2 : 1);
                second = Token(second).IsSign("(") ? Partner(second) + 1 : second;
                int end = Math.Min(Token(second).IsSign("{") ? Partner(second) : EndOfValue(second), Tokens.Count);
                if (includes[end] > includes[first])
                {
                    unsure[first]++;
                    unsure[end]--;
                }
            }
        }

        for (int i = 1; i < unsure.Length; i++)
        {
            unsure[i] += unsure[i - 1];
        }

        return unsure;
    }

    /// <summary>What is assigned to, where the sign stands, and whether all keys are known; null where nothing is. A member of an object is another variable.</summary>
    private (List<string> Path, int Sign, bool IsKnown)? ReadTarget(int at)
    {
        if (at > 0 && Tokens[at - 1].Text is "::" or "$")
        {
            return null;
        }

        List<string> path = [Tokens[at++].Text];
        bool isKnown = true;
        while (Token(at).IsSign("["))
        {
            bool isAdded = Token(at + 1).IsSign("]");
            isKnown &= isAdded || (IsKey(Token(at + 1)) && Token(at + 2).IsSign("]"));
            path.AddRange(!isKnown ? [] : isAdded ? ["[]"] : [Token(at + 1).Text]);
            at = Partner(at) + 1;
        }

        return Token(at).Kind == CodeTokenKind.Sign && Token(at).Text is "=" or ".=" or "??=" or "+=" ? (path, at, isKnown) : null;
    }
}
