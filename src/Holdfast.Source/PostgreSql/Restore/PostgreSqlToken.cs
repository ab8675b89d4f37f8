namespace Holdfast.Source;

/// <summary>A part of a statement.</summary>
/// <param name="Depth">Parentheses around it.</param>
internal readonly record struct PostgreSqlToken(PostgreSqlTokenKind Kind, int Start, int End, int Depth)
{
    internal bool IsName => Kind is PostgreSqlTokenKind.Word or PostgreSqlTokenKind.Quoted;
}
