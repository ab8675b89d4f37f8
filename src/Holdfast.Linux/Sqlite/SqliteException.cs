namespace Holdfast.Linux;

/// <summary>SQLite refused. The message is its own.</summary>
public sealed class SqliteException : Exception
{
    /// <summary>Result codes of sqlite3.h.</summary>
    public const int Error = 1, Busy = 5, ReadOnly = 8, Interrupted = 9, InputOutput = 10, Corrupt = 11, CannotOpen = 14, NotADatabase = 26;

    internal SqliteException(int code, string message)
        : base(message) => ExtendedCode = code;

    /// <summary>What went wrong, as far as the lowest byte of SQLite's code tells.</summary>
    public int Code => ExtendedCode & 0xFF;

    public int ExtendedCode { get; }
}
