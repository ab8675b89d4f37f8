using System.Text;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>A database or a table of a snapshot as plain SQL for psql.</summary>
public static class PostgreSqlDump
{
    private const string Settings = """
        SET client_encoding = 'UTF8';
        SET standard_conforming_strings = on;
        SELECT pg_catalog.set_config('search_path', '', false);

        """;

    /// <param name="server">The server's name in the snapshot; null where there is one.</param>
    /// <param name="table">With its schema; null for the whole database, which is created. One table goes into the database that psql is in.</param>
    /// <exception cref="BackupException">Kind NotFound, or Corrupt; what was written so far is right.</exception>
    public static async Task WriteAsync(
        IndexedRepository repository, TreeId snapshotRoot, string? server, string database, string? table, Stream target, CancellationToken cancellation)
    {
        PostgreSqlSnapshot snapshot = await PostgreSqlSnapshot.OpenAsync(repository, snapshotRoot, server, cancellation).ConfigureAwait(false);
        if (!snapshot.Databases.Contains(database))
        {
            throw new BackupException(BackupErrorKind.NotFound, $"the snapshot has no database {database}");
        }

        if (table is not null)
        {
            PostgreSqlSnapshotTable one = await PostgreSqlSnapshotTable.FindAsync(snapshot, database, table, cancellation).ConfigureAwait(false);
            await WriteAsync(snapshot, one, target, cancellation).ConfigureAwait(false);
            return;
        }

        foreach (string file in snapshot.FilesOf(database))
        {
            await snapshot.CopyAsync(file, target, cancellation).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(PostgreSqlSnapshot snapshot, PostgreSqlSnapshotTable table, Stream target, CancellationToken cancellation)
    {
        await WriteTextAsync(Settings).ConfigureAwait(false);
        await WriteTextAsync(Text(table.Script.Before)).ConfigureAwait(false);
        if (table.Rows is { } rows)
        {
            await snapshot.CopyAsync(rows, target, cancellation).ConfigureAwait(false);
        }

        await WriteTextAsync(Text(table.Script.Values.Concat(table.Script.After))).ConfigureAwait(false);

        string Text(IEnumerable<PostgreSqlStatement> statements) => string.Concat(statements.Select(s => $"{table.Script.In(null, s)};\n"));

        Task WriteTextAsync(string text) => target.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation).AsTask();
    }
}
