namespace Holdfast.Source;

/// <summary>A piece of a dump, as the tool wrote it. Its text is good until the reader is given more to read.</summary>
internal readonly record struct SqlPiece(SqlPieceKind Kind, ReadOnlyMemory<byte> Text);
