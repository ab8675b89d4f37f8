using System.Security.Cryptography;
using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>Captures one database of a server, at one moment.</summary>
internal sealed class DatabaseCapture(PostgreSqlLogin login, PostgreSqlTools tools, PostgreSqlOptions options, DumpFiles files, RestrictKey key, string database)
{
    /// <summary>How often a new snapshot is taken because a table was rewritten between the snapshot and its lock.</summary>
    private const int MostAttempts = 5;

    private readonly string _server = PostgreSqlLogin.NameOf(options);
    private readonly string _folder = ObjectFileName.Database(database);

    /// <summary>What the manifest's details call the encoding of a database that is not UTF-8.</summary>
    internal static string EncodingOf(string database) => $"encoding {database}";

    /// <summary>What the manifest's details call the user mappings whose options are not in the snapshot.</summary>
    internal static string HiddenMappings(string database) => $"user mappings {database}";

    internal async Task RunAsync(CancellationToken cancellation)
    {
        PsqlSession holder = await OpenAsync(cancellation).ConfigureAwait(false);
        await using (holder.ConfigureAwait(false))
        {
            DatabaseCatalogue catalogue = Marked(await BeginAsync(holder, cancellation).ConfigureAwait(false));
            await WithToolsAsync(holder, catalogue, cancellation).ConfigureAwait(false);
            var rows = new TableRows(files, database, _folder, catalogue);
            await rows.CaptureAsync(holder, OpenAsync, cancellation).ConfigureAwait(false);
            await WriteTextAsync("sequences.sql", Encoding.UTF8.GetBytes(await catalogue.ReadSequencesAsync(holder, cancellation).ConfigureAwait(false)), cancellation).ConfigureAwait(false);

            Order(catalogue, rows);
            Describe(catalogue);
        }
    }

    private Task<PsqlSession> OpenAsync(CancellationToken cancellation) => PsqlSession.OpenAsync(login, tools, _server, database, cancellation);

    private async Task<DatabaseCatalogue> BeginAsync(PsqlSession holder, CancellationToken cancellation)
    {
        for (int attempt = 1; attempt <= MostAttempts; attempt++)
        {
            await holder.RunAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;", cancellation).ConfigureAwait(false);
            if (await DatabaseCatalogue.ReadAsync(holder, cancellation).ConfigureAwait(false) is { } catalogue)
            {
                return catalogue;
            }

            await holder.RunAsync("ROLLBACK;", cancellation).ConfigureAwait(false);
        }

        throw new BackupException(BackupErrorKind.Source, $"{_server}, database {database}: tables were truncated or altered {MostAttempts} times while the backup began; try again when that is over");
    }

    /// <summary>With what the options leave out.</summary>
    private DatabaseCatalogue Marked(DatabaseCatalogue catalogue) =>
        catalogue with { Tables = [.. catalogue.Tables.Select(t => t with { Excluded = options.Exclude.Contains($"{database}/{t.ShownName}", StringComparer.Ordinal) })] };

    /// <summary>What pg_dump writes. It comes first, so that hardly anybody can have begun to wait for our locks, behind whom it would have to wait.</summary>
    private async Task WithToolsAsync(PsqlSession holder, DatabaseCatalogue catalogue, CancellationToken cancellation)
    {
        try
        {
            await WriteDefinitionsAsync(holder, catalogue, cancellation).ConfigureAwait(false);
            if (catalogue.LargeObjects > 0)
            {
                await WriteLargeObjectsAsync(catalogue, cancellation).ConfigureAwait(false);
            }
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Source)
        {
            throw PostgreSqlFailure.Of($"{_server}, database {database}", e.Message);
        }
    }

    private async Task WriteDefinitionsAsync(PsqlSession holder, DatabaseCatalogue catalogue, CancellationToken cancellation)
    {
        SchemaArchive archive = await SchemaArchive.DumpAsync(login, tools, database, catalogue.Snapshot, cancellation).ConfigureAwait(false);
        archive.Verify(catalogue.Objects);
        bool isThere = database is "postgres" or "template1";
        byte[] create = await archive.WriteDatabaseAsync(database, isThere, cancellation).ConfigureAwait(false);
        create = key.Apply(catalogue.IsUtf8 ? create : await SharedNames.OfScriptAsync(holder, create, cancellation).ConfigureAwait(false));
        // Names of databases are kept in the encoding of the one that they are created from: not in that of whatever was loaded before.
        await WriteTextAsync("database.sql", [.. Encoding.UTF8.GetBytes($"\\connect {(isThere ? database : "postgres")}\n\n"), .. create], cancellation).ConfigureAwait(false);
        await WriteTextAsync("pre-data.sql", key.Apply(await archive.WriteSectionAsync("pre-data", cancellation).ConfigureAwait(false)), cancellation).ConfigureAwait(false);
        await WriteTextAsync("post-data.sql", key.Apply(await archive.WriteSectionAsync("post-data", cancellation).ConfigureAwait(false)), cancellation).ConfigureAwait(false);
    }

    private async Task WriteLargeObjectsAsync(DatabaseCatalogue catalogue, CancellationToken cancellation)
    {
        string name = $"{_folder}/large-objects.sql";
        using SourceFile file = files.Writer.CreateFile(files.PathOf(name));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ToolProcess dump = ToolProcess.Start(SchemaArchive.Dump(login, tools, database, catalogue.Snapshot, "--section=data", "--exclude-table-data=*.*"));
        await using (dump.ConfigureAwait(false))
        {
            await key.ApplyAsync(
                dump.Output,
                part =>
                {
                    hash.AppendData(part.Span);
                    return file.WriteAsync(part, cancellation);
                },
                cancellation).ConfigureAwait(false);
            await dump.EndAsync(cancellation).ConfigureAwait(false);
        }

        await file.CompleteAsync().ConfigureAwait(false);
        files.Writer.Add(new("large-objects", database)
        {
            Path = files.PathOf(name), Rows = catalogue.LargeObjects, Bytes = file.Length, Checksum = Convert.ToHexStringLower(hash.GetHashAndReset()),
        });
    }

    private Task WriteTextAsync(string name, byte[] content, CancellationToken cancellation) => files.WriteAsync($"{_folder}/{name}", content, cancellation);

    private void Order(DatabaseCatalogue catalogue, TableRows rows)
    {
        files.AddToOrder($"{_folder}/database.sql");
        files.AddToOrder($"{_folder}/pre-data.sql");
        foreach (string path in catalogue.Tables.Where(t => !t.Excluded).Select(rows.PathOf).Order(StringComparer.Ordinal))
        {
            files.AddToOrder(path);
        }

        files.AddToOrder($"{_folder}/sequences.sql");
        if (catalogue.LargeObjects > 0)
        {
            files.AddToOrder($"{_folder}/large-objects.sql");
        }

        files.AddToOrder($"{_folder}/post-data.sql");
    }

    private void Describe(DatabaseCatalogue catalogue)
    {
        SourceWriter writer = files.Writer;
        writer.Add(new("database", database) { Path = files.PathOf(_folder) });
        HashSet<string> withRows = [.. catalogue.Tables.Select(t => t.ShownName)];
        foreach (CatalogueObject item in catalogue.Objects.Where(o => o.Kind != "table" || !withRows.Contains(o.Name)))
        {
            writer.Add(new(item.Kind, $"{database}/{item.Name}"));
        }

        foreach (string unknown in options.Exclude.Where(e => e.StartsWith($"{database}/", StringComparison.Ordinal)).Except(catalogue.Tables.Select(t => $"{database}/{t.ShownName}")))
        {
            writer.Note($"{_server}: there is no plain table {unknown}, which is to be left out");
        }

        foreach (CatalogueTable table in catalogue.Tables.Where(t => t.Excluded))
        {
            writer.Add(new("table", $"{database}/{table.ShownName}") { SchemaOnly = true });
        }

        writer.Add(new("comments", database) { Rows = catalogue.Comments });
        writer.Add(new("default-privileges", database) { Rows = catalogue.DefaultPrivileges });
        writer.Describe($"wal {database}", catalogue.Wal);
        writer.Describe($"time {database}", catalogue.Time);
        if (!catalogue.IsUtf8)
        {
            writer.Describe(EncodingOf(database), catalogue.Encoding);
        }

        if (catalogue.HiddenMappings > 0)
        {
            string hidden = $"{catalogue.HiddenMappings} without options: they have none, or only a superuser may see them";
            writer.Describe(HiddenMappings(database), hidden);
            writer.Note($"user mappings of database {database}: {hidden}");
        }
    }
}
