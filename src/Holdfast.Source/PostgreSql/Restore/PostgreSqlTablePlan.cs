using System.Globalization;
using Holdfast.Backend;

namespace Holdfast.Source;

/// <summary>A restore of one table: what it would do. All of it is one transaction, so that nothing needs to be turned back.</summary>
internal sealed class PostgreSqlTablePlan(
    PostgreSqlOptions options, Action<string>? before, PostgreSqlSnapshot snapshot, PostgreSqlSnapshotTable table, string database, string schema) : IDatabaseRestorePlan
{
    /// <summary>The schema in which the table is made; no other session ever sees it.</summary>
    internal const string Beside = "holdfast_new";

    internal DatabaseRestoreProgress? Progress { get; set; }

    /// <summary>Whether a table is there that goes.</summary>
    public required bool Exists { get; init; }

    public IReadOnlyList<string> Replaced => [];

    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>In place of these, the default one is taken.</summary>
    public required IReadOnlyList<string> MissingTablespaces { get; init; }

    private PostgreSqlTableName Place => table.Name with { Schema = schema };

    public IEnumerable<string> Describe()
    {
        string verb = Exists ? "replace" : "create";
        yield return string.Create(CultureInfo.InvariantCulture, $"{verb} table {Place} in database {database}: {table.Item.Rows ?? 0} rows, {table.Item.Bytes ?? 0} bytes of rows");
        foreach (string note in Notes)
        {
            yield return $"note: {note}";
        }
    }

    public async Task<DatabaseRestoreReport> ExecuteAsync(CancellationToken cancellation)
    {
        using var target = new PostgreSqlTarget(options, before);
        PsqlSession session = await target.OpenAsync(database, cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            long rows;
            try
            {
                // D47
                await session.RunAsync("BEGIN;", cancellation).ConfigureAwait(false);
                rows = await LoadAsync(session, cancellation).ConfigureAwait(false);
                await MoveAsync(session, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException e)
            {
                throw new InterruptedException("interrupted; the table is as it was before", e);
            }

            // Who interrupts from here on could not be told whether it came.
            await session.RunAsync("COMMIT;", CancellationToken.None).ConfigureAwait(false);
            return new() { Databases = 1, Tables = 1 + table.Script.Sequences, Rows = rows, Accounts = [], Notes = Notes };
        }
    }

    private async Task<long> LoadAsync(PsqlSession session, CancellationToken cancellation)
    {
        // Whoever granted a right on the table grants it again, in his own name, and must get at it; and what gets an owner must be where he may create it.
        await session.RunAsync($"CREATE SCHEMA {Beside}; GRANT USAGE, CREATE ON SCHEMA {Beside} TO PUBLIC;", cancellation).ConfigureAwait(false);
        await RunAsync(table.Script.Before).ConfigureAwait(false);
        PostgreSqlTableName made = table.Name with { Schema = Beside };
        if (table.Rows is { } file)
        {
            Progress?.Begin($"loading {table.Name}");
            Progress?.Load(await snapshot.CountAsync([file], cancellation).ConfigureAwait(false));
            await session.LoadAsync(file, CopyAsync, cancellation).ConfigureAwait(false);
        }

        await RunAsync(table.Script.Values.Concat(table.Script.After)).ConfigureAwait(false);
        CatalogueTable counted = new(made.Schema, made.Name) { Bytes = 0, Columns = string.Empty, Key = string.Empty, Correlation = null, Condition = string.Empty };
        return table.Rows is null ? 0 : await PostgreSqlComparison.CountAsync(session, counted, table.Item, cancellation).ConfigureAwait(false);

        async Task RunAsync(IEnumerable<PostgreSqlStatement> statements)
        {
            foreach (PostgreSqlStatement statement in statements)
            {
                bool isMissing = statement.Begins("SET", "default_tablespace") && MissingTablespaces.Contains(statement.NameAt(3) ?? string.Empty);
                await session.RunAsync(isMissing ? "SET default_tablespace = '';" : $"{table.Script.In(Beside, statement)};", cancellation).ConfigureAwait(false);
            }
        }

        async Task CopyAsync(Stream stream, CancellationToken token)
        {
            Stream renamed = new ReplacedHead(stream, $"COPY {table.Name}", $"COPY {made}");
            await using (renamed.ConfigureAwait(false))
            {
                using var counted = new CountedStream(renamed, bytes => Progress?.Loaded(bytes));
                await snapshot.CopyAsync(file, counted, token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Its sequences and indexes move with it, statistics do not. From the DROP on, others wait, until the transaction ends.</summary>
    private async Task MoveAsync(PsqlSession session, CancellationToken cancellation)
    {
        string place = PostgreSqlText.Identifier(schema);

        // A new schema is the table's owner's, who would not get at it otherwise.
        string owner = table.Script.Owner is { } role ? $" AUTHORIZATION {PostgreSqlText.Identifier(role)}" : string.Empty;
        string make = Exists ? $"DROP TABLE {Place};" : $"CREATE SCHEMA IF NOT EXISTS {place}{owner};";
        await session.RunAsync(make, cancellation).ConfigureAwait(false);
        await session.RunAsync($"ALTER TABLE {table.Name with { Schema = Beside }} SET SCHEMA {place};", cancellation).ConfigureAwait(false);
        foreach (PostgreSqlTableName statistics in table.Script.Statistics)
        {
            await session.RunAsync($"ALTER STATISTICS {statistics with { Schema = Beside }} SET SCHEMA {place};", cancellation).ConfigureAwait(false);
        }

        await session.RunAsync($"DROP SCHEMA {Beside};", cancellation).ConfigureAwait(false);
    }
}
