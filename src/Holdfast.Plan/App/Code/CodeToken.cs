namespace Holdfast.Plan;

/// <summary>A piece of source code. Comments are none.</summary>
/// <param name="Text">For a string its content.</param>
/// <param name="Start">Where it begins in the source.</param>
/// <param name="End">Where the next may begin.</param>
internal readonly record struct CodeToken(CodeTokenKind Kind, string Text, int Start, int End)
{
    internal bool IsSign(string sign) => Kind == CodeTokenKind.Sign && Text == sign;

    internal bool IsWord(string word) => Kind == CodeTokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
