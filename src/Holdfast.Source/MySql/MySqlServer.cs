using System.Text.RegularExpressions;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A MySQL or MariaDB server as it is now: what it has, and whether it can be backed up.</summary>
public sealed partial class MySqlServer : ISqlServer
{
    private readonly MySqlOptions _options;

    public MySqlServer(MySqlOptions options)
    {
        options.Validate();
        _options = options;
    }

    public string Name => _options.ServerName;

    /// <summary>Its databases with their tables, without the server's own.</summary>
    /// <exception cref="BackupException">Kind Source: it cannot be asked.</exception>
    public async Task<IReadOnlyList<DatabaseListing>> ListAsync(CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        MySqlCatalogue catalogue = await MySqlCatalogue.ReadAsync(new(_options, login), cancellation).ConfigureAwait(false);
        ILookup<string, MySqlTable> tables = catalogue.Tables.ToLookup(t => t.Key.Database, t => t.Value);
        return
        [
            .. catalogue.Databases.Select(d => new DatabaseListing(d, tables[d].Sum(t => t.Bytes),
                [.. tables[d].OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => new TableListing(t.Name, t.Kind, t.Rows, t.Bytes))])),
        ];
    }

    /// <summary>Each right that a backup with these options needs.</summary>
    /// <exception cref="BackupException">Kind Source: the server cannot be asked.</exception>
    public async Task<IReadOnlyList<RightListing>> TestAsync(CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        var client = new MySqlClient(_options, login);
        MySqlCatalogue catalogue = await MySqlCatalogue.ReadAsync(client, cancellation).ConfigureAwait(false);
        IReadOnlyList<RightListing> rights = await TestAsync(client, _options, catalogue, cancellation).ConfigureAwait(false);

        // Without a right on it, an account does not see that a database is there.
        if (!rights.Any(r => r.IsMissing))
        {
            RequireDatabases(_options, catalogue);
        }

        return rights;
    }

    /// <exception cref="BackupException">One that is to be captured is not there.</exception>
    internal static void RequireDatabases(MySqlOptions options, MySqlCatalogue catalogue)
    {
        string[] missing = [.. options.Databases.Except(catalogue.Databases)];
        if (missing.Length > 0)
        {
            throw new BackupException(BackupErrorKind.Source, $"{options.ServerName}: there is no database {string.Join(", ", missing)}; take it out of the plan if that is meant");
        }
    }

    /// <inheritdoc/>
    public async Task<string> IdentifyAsync(CancellationToken cancellation)
    {
        // Each alone may be equal for two servers: a copied data folder has the same UUID, two containers the same host, port and folder.
        using MySqlLogin login = MySqlLogin.Create(_options);
        IReadOnlyList<string[]> rows = await new MySqlClient(_options, login).QueryAsync(
            "SELECT @@hostname, @@port, @@datadir; SHOW GLOBAL VARIABLES WHERE variable_name IN ('server_uid', 'server_uuid');", cancellation).ConfigureAwait(false);
        return string.Join('\n', rows.SelectMany(r => r));
    }

    /// <inheritdoc/>
    public async Task QueryAsync(string database, string sql, CancellationToken cancellation)
    {
        using MySqlLogin login = MySqlLogin.Create(_options);
        await new MySqlClient(_options, login).RunAsync(database, $"SET SESSION TRANSACTION READ ONLY;\n{sql}", cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// A server shows an account only what it has rights on. So what is missing without them is missing from the lists that the
    /// dump is compared with as well, and has to be asked for beforehand (D30).
    /// </summary>
    internal static async Task<IReadOnlyList<RightListing>> TestAsync(
        MySqlClient client, MySqlOptions options, MySqlCatalogue catalogue, CancellationToken cancellation)
    {
        MySqlGrants grants = await MySqlGrants.ReadAsync(client, cancellation).ConfigureAwait(false);
        IReadOnlyList<RightListing> functions = await TestViewsAsync(client, options, catalogue, grants, cancellation).ConfigureAwait(false);
        string?[] scopes = options.Databases.Count == 0 ? [null] : [.. options.Databases];
        return
        [
            .. scopes.SelectMany(s => (RightListing[])
            [
                grants.Check("SELECT", s, "tables and their rows"),
                grants.Check("SHOW VIEW", s, "views"),
                grants.Check("TRIGGER", s, "triggers"),
                grants.Check("EVENT", s, "events"),
            ]),
            .. !options.Accounts ? scopes.Select(s => grants.Check("EXECUTE", s, "routines")) // who may run one is shown it
                : options.Databases.Count == 0 ? [] : (RightListing[])[grants.Check("SELECT", "mysql", "routines, and accounts with their grants")],
            .. functions,
        ];
    }

    /// <summary>
    /// To dump a view is to look at its columns, for which the server asks whether the account may call the functions in it; whether
    /// as this account or as the view's definer follows from all views below. So it is tried; of several functions in one view the first is told.
    /// </summary>
    private static async Task<IReadOnlyList<RightListing>> TestViewsAsync(
        MySqlClient client, MySqlOptions options, MySqlCatalogue catalogue, MySqlGrants grants, CancellationToken cancellation)
    {
        const int Batch = 500;
        IEnumerable<MySqlObject> views = catalogue.Objects.Where(o => o.Kind == MySqlKind.View && (options.Databases.Count == 0 || options.Databases.Contains(o.Database)))
            .OrderBy(v => v.Path, StringComparer.Ordinal);
        var functions = new HashSet<RightListing>();
        foreach (MySqlObject[] batch in views.Chunk(Batch))
        {
            IReadOnlyList<string> errors = await client.TryAsync(batch.Select(v => $"SHOW FIELDS FROM {MySqlName.Quote(v.Database)}.{MySqlName.Quote(v.Name)};"), cancellation).ConfigureAwait(false);

            // Other errors, such as of a view whose table is gone, are told by the dump tool, with the view.
            functions.UnionWith(
                from error in errors
                let denied = DeniedRoutine().Match(error)
                where denied.Success
                select grants.Missing("EXECUTE", "FUNCTION", denied.Groups[1].Value, denied.Groups[2].Value, "the views that call it"));
        }

        return [.. functions];
    }

    [GeneratedRegex(@"execute command denied to user .+ for routine '([^.]+)\.(.+?)'")]
    private static partial Regex DeniedRoutine();
}
