using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>Why a database cannot be read, in words.</summary>
internal static class SqliteFailure
{
    internal static BackupException Of(string path, string why, Exception? cause) => new(BackupErrorKind.Source, $"sqlite {PathText.Printable(path)}: {why}", cause);

    /// <param name="patience">How long was waited for a lock.</param>
    internal static BackupException Of(string path, SqliteException e, TimeSpan patience) => Of(path, Explain(e, patience), e);

    private static string Explain(SqliteException e, TimeSpan patience) => e.Code switch
    {
        SqliteException.NotADatabase => "this is no SQLite database, or one that is encrypted",
        SqliteException.Busy => $"somebody has it locked, and still had after {patience.TotalSeconds:0} seconds (locking_mode=EXCLUSIVE, or a long transaction); give the plan a longer timeout, or stop who holds it",
        SqliteException.ReadOnly => "a writer died halfway, and its transaction has to be rolled back first: start its application, or run `sqlite3 FILE 'SELECT 1'`",
        SqliteException.Corrupt => $"it is damaged: {e.Message}",
        _ => $"SQLite says: {e.Message} (code {e.ExtendedCode})",
    };
}
