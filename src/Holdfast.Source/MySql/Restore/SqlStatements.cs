using System.Text;

namespace Holdfast.Source;

/// <summary>The statements of a file that fits into memory.</summary>
internal static class SqlStatements
{
    internal static IReadOnlyList<string> Of(byte[] file)
    {
        var reader = new SqlReader();
        var statements = new List<string>();
        for (ReadOnlyMemory<byte> rest = file; !rest.IsEmpty;)
        {
            Memory<byte> free = reader.Free;
            int count = Math.Min(free.Length, rest.Length);
            rest[..count].CopyTo(free);
            reader.Added(count);
            rest = rest[count..];
            Read();
        }

        reader.End();
        Read();
        return statements;

        void Read()
        {
            while (reader.TryRead(out SqlPiece piece))
            {
                if (piece.Kind == SqlPieceKind.Statement)
                {
                    statements.Add(Encoding.UTF8.GetString(piece.Text.Span));
                }
            }
        }
    }
}
