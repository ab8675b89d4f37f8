using System.Text;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>
/// Accounts of a snapshot beside those of a server: what is missing is made, and what was granted is granted again. An account that
/// is there keeps its password and whatever it has; one that administers the server is left alone, but for the roles it administers that are new.
/// </summary>
internal sealed class MySqlAccountMerge
{
    private readonly HashSet<string> _there;
    private readonly HashSet<string> _protected;
    private readonly List<string> _made = [];
    private readonly HashSet<string> _madeRoles = [];
    private readonly List<string> _notes = [];
    private readonly HashSet<string> _failed = [];
    private string _account = string.Empty;

    private MySqlAccountMerge(HashSet<string> there, HashSet<string> isProtected)
    {
        _there = there;
        _protected = isProtected;
    }

    /// <summary>Accounts and roles that were made.</summary>
    internal IReadOnlyList<string> Made => _made;

    internal IReadOnlyList<string> Notes => _notes;

    internal static async Task<MySqlAccountMerge> CreateAsync(MySqlClient client, CancellationToken cancellation)
    {
        IReadOnlyList<string[]> rows = await client.QueryAsync(
            "SELECT user, host, Super_priv = 'Y' OR Create_user_priv = 'Y' OR Grant_priv = 'Y' OR CONCAT(user, '@', host) = CURRENT_USER() FROM mysql.user;", cancellation).ConfigureAwait(false);
        string[] system = ["root", "mariadb.sys", "mysql.sys", "mysql.session", "mysql.infoschema"];
        return new(
            [.. rows.Select(Name)], [.. rows.Where(r => r[2] == "1" || system.Contains(r[0])).Select(Name), .. system.Select(s => $"{MySqlName.Quote(s)}@`localhost`")]);

        static string Name(string[] row) => row[1].Length == 0 ? MySqlName.Quote(row[0]) : $"{MySqlName.Quote(row[0])}@{MySqlName.Quote(row[1])}";
    }

    /// <param name="users">The statements of the snapshot. One that fails is a note; what was made so far is in <see cref="Made"/> at any time.</param>
    /// <param name="open">Opens a session: a statement that fails ends the one it ran in.</param>
    internal async Task RunAsync(byte[] users, Func<CancellationToken, Task<MySqlSession>> open, CancellationToken cancellation)
    {
        MySqlSession session = await open(cancellation).ConfigureAwait(false);
        string role = "SET ROLE NONE";
        bool hasLoader = false;
        try
        {
            foreach (string statement in SqlStatements.Of(users).Select(Adapt).OfType<string>())
            {
                string verb = string.Join(' ', statement.Split(' ').Take(2));
                bool creates = verb.StartsWith("CREATE ", StringComparison.Ordinal);
                string name = creates ? $"{verb} {_account}" : verb.StartsWith("GRANT ", StringComparison.Ordinal) ? $"GRANT to {_account}" : statement;
                hasLoader |= creates && IsLoader(_account);
                try
                {
                    if (statement == "SET ROLE NONE" && hasLoader)
                    {
                        await AdministerAsync(session, cancellation).ConfigureAwait(false);
                    }

                    await session.ExecuteSecretAsync(name, statement, cancellation).ConfigureAwait(false);
                    role = verb == "SET ROLE" ? statement : role;
                    hasLoader &= verb != "DROP ROLE";
                }
                catch (BackupException e)
                {
                    if (creates)
                    {
                        _made.Remove(_account);
                        _madeRoles.Remove(_account);
                        _failed.Add(_account);
                    }

                    _notes.Add($"{(creates ? "not made" : "not granted")}: {e.Message}");
                    await session.DisposeAsync().ConfigureAwait(false);
                    session = await open(cancellation).ConfigureAwait(false);

                    // The role that administers those of the snapshot while they are granted.
                    await session.ExecuteAsync(role, cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await session.DisposeAsync().ConfigureAwait(false);
            if (hasLoader)
            {
                await DropLoaderAsync(open).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// A role that was made and has nobody who may grant it gets who restores, as it does of one who creates it. Those who administered it may not
    /// have come along, and a server lets nobody else grant it, root not excepted.
    /// </summary>
    private async Task AdministerAsync(MySqlSession session, CancellationToken cancellation)
    {
        IReadOnlyList<string> administered = _madeRoles.Count == 0 ? [] : await session.ExecuteAsync(
            "SELECT role FROM mysql.roles_mapping WHERE admin_option = 'Y' AND user <> 'holdfast_load'", cancellation).ConfigureAwait(false);
        foreach (string role in _madeRoles.Except(administered.Select(MySqlName.Quote)).Order(StringComparer.Ordinal))
        {
            await session.ExecuteAsync($"GRANT {role} TO CURRENT_USER WITH ADMIN OPTION", cancellation).ConfigureAwait(false);
            _notes.Add($"nobody who is here could grant the role {role}: who restored it can, now");
        }
    }

    /// <summary>It may grant all roles of the snapshot, and must not be left behind.</summary>
    private async Task DropLoaderAsync(Func<CancellationToken, Task<MySqlSession>> open)
    {
        try
        {
            MySqlSession session = await open(CancellationToken.None).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                await session.ExecuteAsync("DROP ROLE IF EXISTS holdfast_load", CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (BackupException e)
        {
            _notes.Add($"the role holdfast_load is left, which may grant others: drop it; {e.Message}");
        }
    }

    private static bool IsLoader(string account) => account is "`holdfast_load`" or "holdfast_load";

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
        _account = account;
        if (_failed.Contains(account))
        {
            return null;
        }

        if (_protected.Contains(account))
        {
            return grants && _there.Contains(account) && IsOfMadeRole(statement, account) ? statement : null;
        }

        if (creates && !IsLoader(account))
        {
            bool isNew = _there.Add(account);
            if (isNew)
            {
                _made.Add(account);
                if (statement.StartsWith("CREATE ROLE ", StringComparison.Ordinal))
                {
                    _madeRoles.Add(account);
                }
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

    /// <summary>Whether it makes an account the administrator of a role that was not here before.</summary>
    private bool IsOfMadeRole(string grant, string account) =>
        _madeRoles.Any(r => grant.StartsWith($"GRANT {r} TO {account} ", StringComparison.Ordinal) && grant.EndsWith(" WITH ADMIN OPTION", StringComparison.Ordinal));

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
