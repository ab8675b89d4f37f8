using System.Text;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// Accounts of a snapshot beside those of a server: what is missing is made, and what was granted is granted again. An account that
/// is there keeps its password and whatever it has; one that administers the server is left alone altogether.
/// </summary>
internal sealed class MySqlAccountMerge
{
    private readonly HashSet<string> _there;
    private readonly HashSet<string> _protected;
    private readonly List<string> _made = [];
    private readonly List<string> _notes = [];

    private MySqlAccountMerge(HashSet<string> there, HashSet<string> isProtected)
    {
        _there = there;
        _protected = isProtected;
    }

    /// <summary>Accounts and roles that were made.</summary>
    internal IReadOnlyList<string> Made => _made;

    internal IReadOnlyList<string> Notes => _notes;

    /// <param name="open">Opens a session: a statement that fails ends the one it ran in.</param>
    internal static async Task<MySqlAccountMerge> RunAsync(MySqlClient client, byte[] users, Func<MySqlSession> open, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            "SELECT user, host, Super_priv = 'Y' OR Create_user_priv = 'Y' OR Grant_priv = 'Y' OR CONCAT(user, '@', host) = CURRENT_USER() FROM mysql.user;", cancellation).ConfigureAwait(false);
        string[] system = ["root", "mariadb.sys", "mysql.sys", "mysql.session", "mysql.infoschema"];
        var merge = new MySqlAccountMerge(
            [.. rows.Select(Name)], [.. rows.Where(r => r[2] == "1" || system.Contains(r[0])).Select(Name), .. system.Select(s => $"{MySqlName.Quote(s)}@`localhost`")]);
        MySqlSession session = open();
        string role = "SET ROLE NONE";
        try
        {
            foreach (string statement in SqlStatements.Of(users).Select(merge.Adapt).OfType<string>())
            {
                try
                {
                    await session.ExecuteAsync(statement, cancellation).ConfigureAwait(false);
                    role = statement.StartsWith("SET ROLE ", StringComparison.Ordinal) ? statement : role;
                }
                catch (BackupException e) when (statement.StartsWith("GRANT ", StringComparison.Ordinal) || statement.StartsWith("SET DEFAULT ROLE ", StringComparison.Ordinal))
                {
                    merge._notes.Add($"not granted: {e.Message}");
                    await session.DisposeAsync().ConfigureAwait(false);
                    session = open();

                    // The role that administers those of the snapshot while they are granted.
                    await session.ExecuteAsync(role, cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }

        return merge;

        static string Name(string[] row) => row[1].Length == 0 ? MySqlName.Quote(row[0]) : $"{MySqlName.Quote(row[0])}@{MySqlName.Quote(row[1])}";
    }

    /// <summary>The statement as it may run here; null for none.</summary>
    private string? Adapt(string statement)
    {
        byte[] text = Encoding.UTF8.GetBytes(statement);
        var words = new SqlWords(text);
        words.Read();
        bool creates = words.Is("CREATE"u8);
        bool grants = words.Is("GRANT"u8);
        if (!creates && !grants)
        {
            return words.Is("SET"u8) && statement.StartsWith("SET DEFAULT ROLE", StringComparison.Ordinal) && !_made.Contains(AccountAfter(ref words, "FOR"u8)) ? null : statement;
        }

        string account = AccountAfter(ref words, grants ? "TO"u8 : "EXISTS"u8);
        if (_protected.Contains(account))
        {
            return null;
        }

        if (creates && account != "`holdfast_load`" && account != "holdfast_load")
        {
            bool isNew = _there.Add(account);
            if (isNew)
            {
                _made.Add(account);
            }

            return isNew ? statement : null;
        }

        // What SHOW GRANTS says of a password or of limits would change those of an account that was here before.
        if (grants && !_made.Contains(account))
        {
            string tail = string.Empty;
            bool was = true;
            while (was)
            {
                tail = words.Is("GRANT"u8) ? " WITH GRANT OPTION" : words.Is("ADMIN"u8) ? " WITH ADMIN OPTION" : tail;
                was = words.Read();
            }

            return $"{UpToAccount(statement, account)}{tail}";
        }

        return statement;
    }

    private static string UpToAccount(string grant, string account) => grant[..(grant.LastIndexOf($" TO {account}", StringComparison.Ordinal) + 4 + account.Length)];

    /// <summary>The account after a keyword, in the form in which servers print it; leaves the reader behind it.</summary>
    private static string AccountAfter(ref SqlWords words, ReadOnlySpan<byte> keyword)
    {
        while (!words.Is(keyword))
        {
            if (!words.Read())
            {
                return string.Empty;
            }
        }

        words.Read();
        string name = words.IsQuoted ? MySqlName.Quote(words.Name()) : words.Name();
        words.Read();
        if (!words.Is("@"u8))
        {
            return name;
        }

        words.Read();
        name = $"{name}@{MySqlName.Quote(words.Name())}";
        words.Read();
        return name;
    }
}
