using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Source;

/// <summary>A database or a table of a snapshot as plain SQL, for whatever client.</summary>
public static class MySqlDump
{
    /// <param name="server">The server's name in the snapshot; null where there is one.</param>
    /// <param name="table">Null for the whole database; one table names no database, and goes into the one that is chosen.</param>
    /// <exception cref="BackupException">Kind NotFound, or Corrupt; what was written so far is right.</exception>
    public static async Task WriteAsync(
        IndexedRepository repository, TreeId snapshotRoot, string? server, string database, string? table, Stream target, CancellationToken cancellation)
    {
        MySqlSnapshot snapshot = await MySqlSnapshot.OpenAsync(repository, snapshotRoot, server, cancellation).ConfigureAwait(false);
        string[] files = [.. snapshot.FilesOf(database, table)];
        if (files.Length == 0)
        {
            throw new BackupException(BackupErrorKind.NotFound, $"the snapshot has no {(table is null ? $"database {database}" : $"table {database}/{table}")}");
        }

        // The end comes only when all came: who reads it can tell that nothing is missing.
        foreach (string file in (string[])[MySqlLayout.Header, .. files, MySqlLayout.Footer])
        {
            await snapshot.CopyAsync(file, target, cancellation).ConfigureAwait(false);
        }
    }
}
