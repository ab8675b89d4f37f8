using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A MySQL or MariaDB server as it is now: what it has, and whether it can be backed up.</summary>
public sealed class MySqlServer
{
    private readonly MySqlOptions _options;

    public MySqlServer(MySqlOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>Its databases with their tables, without the server's own.</summary>
    /// <exception cref="BackupException">Kind Source: it cannot be asked.</exception>
    public async Task<IReadOnlyList<MySqlDatabase>> ListAsync(CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        MySqlCatalogue catalogue = await MySqlCatalogue.ReadAsync(new(_options, login), cancellation).ConfigureAwait(false);
        ILookup<string, MySqlTable> tables = catalogue.Tables.ToLookup(t => t.Key.Database, t => t.Value);
        return [.. catalogue.Databases.Select(d => new MySqlDatabase(d, [.. tables[d].OrderBy(t => t.Name, StringComparer.Ordinal)]))];
    }

    /// <summary>Each right that a backup with these options needs.</summary>
    /// <exception cref="BackupException">Kind Source: the server cannot be asked.</exception>
    public async Task<IReadOnlyList<MySqlRight>> TestAsync(CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        return await TestAsync(new(_options, login), _options, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// A server shows an account only what it has rights on. So what is missing without them is missing from the lists that the
    /// dump is compared with as well, and has to be asked for beforehand (D30).
    /// </summary>
    internal static async Task<IReadOnlyList<MySqlRight>> TestAsync(MySqlClient client, MySqlOptions options, CancellationToken cancellation)
    {
        MySqlGrants grants = await MySqlGrants.ReadAsync(client, cancellation).ConfigureAwait(false);
        string?[] scopes = options.Databases.Count == 0 ? [null] : [.. options.Databases];
        return
        [
            .. scopes.SelectMany(s => (MySqlRight[])
            [
                grants.Check("SELECT", s, "tables and their rows"),
                grants.Check("SHOW VIEW", s, "views"),
                grants.Check("TRIGGER", s, "triggers"),
                grants.Check("EVENT", s, "events"),
            ]),
            .. options.Databases.Count == 0 ? [] : (MySqlRight[])[grants.Check("SELECT", "mysql", "routines, and accounts with their grants")],
        ];
    }
}
