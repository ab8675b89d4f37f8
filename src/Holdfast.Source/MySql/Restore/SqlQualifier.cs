using System.Buffers;
using System.Text;

namespace Holdfast.Source;

/// <summary>
/// Changes the databases that statements name, in the form in which servers print tables and views: every name in backquotes. Text
/// and comments stay as they are.
/// </summary>
/// <param name="names">From the one name to the other.</param>
/// <param name="referenced">Where foreign keys point that name no database; null to leave them.</param>
internal sealed class SqlQualifier(IReadOnlyDictionary<string, string> names, string? referenced)
{
    internal byte[] Rewrite(ReadOnlySpan<byte> sql)
    {
        var text = new ArrayBufferWriter<byte>(sql.Length + 256);
        string? own = null;
        int from = 0, at = 0;
        while (at < sql.Length)
        {
            int end = EndOf(sql, at);
            if (sql[at] == '`' && end - at > 2)
            {
                string name = Encoding.UTF8.GetString(sql[(at + 1)..(end - 1)]).Replace("``", "`", StringComparison.Ordinal);
                bool isQualifier = end < sql.Length && sql[end] == '.';
                string before = Encoding.UTF8.GetString(sql[from..at]);
                if (isQualifier && !before.EndsWith('.') && names.TryGetValue(name, out string? other))
                {
                    text.Write(sql[from..at]);
                    text.Write(Encoding.UTF8.GetBytes(MySqlName.Quote(other)));
                    from = end;
                }
                else if (referenced is not null && !isQualifier && name != own && before.EndsWith(" REFERENCES ", StringComparison.Ordinal))
                {
                    text.Write(sql[from..at]);
                    text.Write(Encoding.UTF8.GetBytes($"{MySqlName.Quote(referenced)}."));
                    from = at;
                }
                else
                {
                    own = before.EndsWith("CREATE TABLE ", StringComparison.Ordinal) ? name : own;
                    text.Write(sql[from..at]);
                    from = at;
                }
            }

            at = end;
        }

        text.Write(sql[from..]);
        return text.WrittenSpan.ToArray();
    }

    private static int EndOf(ReadOnlySpan<byte> sql, int at)
    {
        byte quote = sql[at];
        if (quote is not ((byte)'`' or (byte)'\'' or (byte)'"'))
        {
            return at + 1;
        }

        for (int i = at + 1; i < sql.Length; i++)
        {
            if (sql[i] == '\\' && quote != '`')
            {
                i++;
            }
            else if (sql[i] == quote)
            {
                if (i + 1 == sql.Length || sql[i + 1] != quote)
                {
                    return i + 1;
                }

                i++;
            }
        }

        return sql.Length;
    }
}
