using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Source;

/// <summary>Names of databases, schemas and tables as names of files. No two names give the same file.</summary>
internal static class ObjectFileName
{
    /// <summary>Bytes that a part may have: two of them, a dot and an ending fit into the 255 that a name in a file system has.</summary>
    private const int Longest = 120;

    /// <summary>Names that stand beside the folders of databases.</summary>
    private static readonly string[] s_taken = ["files", "globals.sql"];

    internal static string Database(string name) => s_taken.Contains(name, StringComparer.Ordinal) ? EncodeAt(name[0]) + name[1..] : Part(name, dots: false);

    internal static string Table(string schema, string table) => $"{Part(schema, dots: true)}.{Part(table, dots: true)}.sql";

    private static string Part(string name, bool dots)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            bool plain = c is not ('/' or '%') && !char.IsControl(c) && !(c == '.' && (dots || text.Length == 0));
            _ = plain ? text.Append(c) : text.Append(EncodeAt(c));
        }

        string part = text.ToString();
        if (Encoding.UTF8.GetByteCount(part) <= Longest)
        {
            return part;
        }

        // Only a name of many characters that need escapes gets here: servers stop at 63 bytes. "%~" is in no other name.
        return $"%~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";
    }

    private static string EncodeAt(char c) => string.Concat(Encoding.UTF8.GetBytes([c]).Select(b => "%" + b.ToString("X2", CultureInfo.InvariantCulture)));
}
