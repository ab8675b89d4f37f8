using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast.Source;

/// <summary>
/// Names that all databases of a server share (databases, roles, tablespaces) are bytes, in the encoding of the database in which they were given;
/// a database of another encoding shows other letters. Here those become what they were: docs/design.md, "PostgreSQL".
/// </summary>
internal static class SharedNames
{
    /// <summary>
    /// A script about such names only, which a database of another encoding than UTF-8 wrote. Half of it is loaded in that database, which is told to
    /// take them as they are. A line that would be no UTF-8 stays as it is.
    /// </summary>
    internal static async Task<byte[]> OfScriptAsync(PsqlSession session, byte[] script, CancellationToken cancellation)
    {
        if (Ascii.IsValid(script))
        {
            return script;
        }

        string[] shown = Encoding.UTF8.GetString(script).Split('\n');
        IReadOnlyList<string> kept = await OfAsync(session, "pg_catalog.getdatabaseencoding()", shown, cancellation).ConfigureAwait(false);
        return kept.SequenceEqual(shown) ? script
            : Encoding.UTF8.GetBytes(string.Join('\n', kept).Replace("\nSET client_encoding = 'UTF8';\n", "\nSET client_encoding = 'SQL_ASCII';\n", StringComparison.Ordinal));
    }

    /// <param name="encoding">In SQL, that of the database that shows them.</param>
    /// <param name="shown">Texts as it shows them.</param>
    internal static async Task<IReadOnlyList<string>> OfAsync(PsqlSession session, string encoding, IReadOnlyList<string> shown, CancellationToken cancellation)
    {
        // The server knows all its encodings; the bytes of UTF-8 say whatever any of them has, also where this database has it not.
        string list = string.Join(", ", shown.Select(s => $"'\\x{Convert.ToHexString(Encoding.UTF8.GetBytes(s))}'::pg_catalog.bytea"));
        using JsonDocument kept = await session.ReadJsonAsync(
            $"""
            SELECT pg_catalog.json_agg(pg_catalog.encode(pg_catalog.convert(s.bytes, 'UTF8', {encoding}), 'hex') ORDER BY s.place)
            FROM pg_catalog.unnest(ARRAY[{list}]) WITH ORDINALITY s(bytes, place);
            """,
            cancellation).ConfigureAwait(false);
        return [.. kept.RootElement.EnumerateArray().Zip(shown, (k, s) => Convert.FromHexString(k.GetString() ?? string.Empty) is var bytes && Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : s)];
    }
}
