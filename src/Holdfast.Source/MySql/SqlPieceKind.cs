namespace Holdfast.Source;

/// <summary>What a piece of a dump is.</summary>
internal enum SqlPieceKind
{
    /// <summary>A comment between two statements, without the end of its line.</summary>
    Comment,

    /// <summary>A statement, without its delimiter.</summary>
    Statement,

    /// <summary>The beginning of a statement with rows: <c>INSERT INTO `t` VALUES</c>.</summary>
    InsertHead,

    /// <summary>A row in its parentheses, or the last part of one.</summary>
    Row,

    /// <summary>A part, not the last, of a row that is larger than <see cref="SqlReader.LargeRow"/>.</summary>
    RowPart,

    /// <summary>The end of a statement with rows.</summary>
    InsertEnd,
}
