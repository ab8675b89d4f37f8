using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>Asks a database that others use meanwhile.</summary>
public static class SqliteQuery
{
    /// <summary>Runs one statement; the database is open for reading only. Its rows are made, and kept nowhere.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="patience">How long to wait for a lock.</param>
    /// <exception cref="BackupException">Kind Source: there is no such database, or the statement failed.</exception>
    public static void Run(string path, string sql, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            if (SqliteFile.FindTrouble(path) is { } trouble)
            {
                throw SqliteFailure.Of(path, trouble, null);
            }

            using SqliteDatabase database = SqliteDatabase.Open(path, patience);
            using CancellationTokenRegistration stop = cancellation.Register(database.Interrupt);
            database.Execute(sql);
        }
        catch (SqliteException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Of(path, e, patience);
        }
        catch (Exception e) when (e is LinuxException or NativeLibraryMissingException)
        {
            throw new BackupException(BackupErrorKind.Source, e.Message, e);
        }
    }
}
