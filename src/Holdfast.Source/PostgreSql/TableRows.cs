using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Archiver;

namespace Holdfast.Source;

/// <summary>
/// Captures the rows of a database's tables, two at a time: one in the session that holds the locks, one in a session beside it with the
/// same snapshot.
/// </summary>
internal sealed class TableRows(DumpFiles files, string database, string folder, DatabaseCatalogue catalogue)
{
    /// <summary>Below this, a second session costs more than it saves.</summary>
    private const long WorthTwo = 8 << 20;

    /// <summary>What is sorted in the server's memory; see docs/design.md for larger tables.</summary>
    private const long SortsInMemory = 32 << 20;

    private const double InOrder = 0.95;

    private readonly ConcurrentQueue<CatalogueTable> _waiting = new(catalogue.Tables.Where(t => !t.Excluded).OrderByDescending(t => t.Bytes).ThenBy(t => t.QualifiedName, StringComparer.Ordinal));
    private readonly ConcurrentQueue<CatalogueTable> _left = [];

    internal string PathOf(CatalogueTable table) => $"{folder}/rows/{ObjectFileName.Table(table.Schema, table.Name)}";

    /// <param name="holder">The session that read the catalogue.</param>
    /// <param name="open">Opens a session in the same database.</param>
    internal async Task CaptureAsync(PsqlSession holder, Func<CancellationToken, Task<PsqlSession>> open, CancellationToken cancellation)
    {
        if (_waiting.Count < 2 || _waiting.Sum(t => t.Bytes) < WorthTwo)
        {
            await DrainAsync(holder, _waiting, cancellation).ConfigureAwait(false);
            return;
        }

        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task beside = CancelOnFailureAsync(() => CaptureBesideAsync(open, both.Token), both);
        Task first = CancelOnFailureAsync(() => DrainAsync(holder, _waiting, both.Token), both);
        await Task.WhenAll(beside, first).ConfigureAwait(false);
        await DrainAsync(holder, _left, cancellation).ConfigureAwait(false);
    }

    private static async Task CancelOnFailureAsync(Func<Task> work, CancellationTokenSource both)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch
        {
            await both.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task DrainAsync(PsqlSession session, ConcurrentQueue<CatalogueTable> tables, CancellationToken cancellation)
    {
        while (tables.TryDequeue(out CatalogueTable? table))
        {
            await CopyAsync(session, table, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes each table's lock without waiting: whoever waits for that table waits for the session that holds it, and this one
    /// would wait behind. Such a table is left to the holder.
    /// </summary>
    private async Task CaptureBesideAsync(Func<CancellationToken, Task<PsqlSession>> open, CancellationToken cancellation)
    {
        PsqlSession session = await open(cancellation).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            // D37
            await session.RunAsync($"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {PostgreSqlText.Literal(catalogue.Snapshot)};", cancellation).ConfigureAwait(false);
            while (_waiting.TryDequeue(out CatalogueTable? table))
            {
                const string LockNotAvailable = "55P03";
                string? state = await session.TryAsync($"SAVEPOINT one;\nLOCK TABLE ONLY {table.QualifiedName} IN ACCESS SHARE MODE NOWAIT;", cancellation).ConfigureAwait(false);
                if (state == LockNotAvailable)
                {
                    await session.RunAsync("ROLLBACK TO SAVEPOINT one;", cancellation).ConfigureAwait(false);
                    _left.Enqueue(table);
                }
                else if (state is not null)
                {
                    throw session.Failure($"table {table.QualifiedName} cannot be locked: SQLSTATE {state}");
                }
                else
                {
                    await CopyAsync(session, table, cancellation).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task CopyAsync(PsqlSession session, CatalogueTable table, CancellationToken cancellation)
    {
        string name = PathOf(table);
        string encoding = $"WITH (ENCODING {PostgreSqlText.Literal(catalogue.Encoding)});";
        string columns = table.Columns.Length > 0 ? $" ({table.Columns})" : string.Empty;
        string order = table.Key.Length > 0 && IsInOrder(table) ? $" ORDER BY {table.Key}" : string.Empty;
        using SourceFile file = files.Writer.CreateFile(files.PathOf(name));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long rows = 0, bytes = 0;
        await file.WriteAsync(Encoding.UTF8.GetBytes($"COPY {table.QualifiedName}{columns} FROM stdin {encoding}\n"), cancellation).ConfigureAwait(false);
        await session.CopyAsync(
            $"COPY (SELECT {table.Columns} FROM ONLY {table.QualifiedName} {table.Condition}{order}) TO STDOUT {encoding}",
            async part =>
            {
                // A line's end within a value is escaped, in this format: each that there is ends a row.
                rows += part.Span.Count((byte)'\n');
                bytes += part.Length;
                hash.AppendData(part.Span);
                await file.WriteAsync(part, cancellation).ConfigureAwait(false);
            },
            cancellation).ConfigureAwait(false);
        await file.WriteAsync("\\.\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        await file.CompleteAsync().ConfigureAwait(false);
        files.Writer.Add(new("table", $"{database}/{table.ShownName}")
        {
            Path = files.PathOf(name), Rows = rows, Bytes = bytes, Checksum = Convert.ToHexStringLower(hash.GetHashAndReset()),
        });
    }

    private static bool IsInOrder(CatalogueTable table) => table.Bytes < SortsInMemory || table.Correlation is not { } correlation || Math.Abs(correlation) >= InOrder;
}
