using System.Runtime.InteropServices;

namespace Holdfast.Linux;

/// <summary>libsqlite3: what is needed to read a database that others write.</summary>
internal static unsafe partial class LibSqlite
{
    internal const int Ok = 0, Row = 100, Done = 101;

    internal const int OpenReadOnly = 0x1, OpenFullMutex = 0x10000;

    private const string Library = "libsqlite3.so.0";

    private static readonly Lazy<nint> FirstCall =
        NativeLibraryMissingException.Guard(Library, "libsqlite3-0 (Debian, Ubuntu) or sqlite-libs (RHEL)", static () => LibraryVersion());

    [LibraryImport(Library, EntryPoint = "sqlite3_libversion")]
    internal static partial nint LibraryVersion();

    [LibraryImport(Library, EntryPoint = "sqlite3_open_v2")]
    internal static partial int Open(byte* path, nint* database, int flags, nint vfs);

    [LibraryImport(Library, EntryPoint = "sqlite3_close_v2")]
    internal static partial int Close(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_extended_result_codes")]
    internal static partial int ExtendedResultCodes(nint database, int on);

    [LibraryImport(Library, EntryPoint = "sqlite3_busy_timeout")]
    internal static partial int BusyTimeout(nint database, int milliseconds);

    [LibraryImport(Library, EntryPoint = "sqlite3_interrupt")]
    internal static partial void Interrupt(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    internal static partial nint ErrorMessage(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_db_filename", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte* FileName(nint database, string schema);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v2")]
    internal static partial int Prepare(nint database, byte* sql, int length, nint* statement, nint tail);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    internal static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    internal static partial int Finish(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_count")]
    internal static partial int ColumnCount(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_text")]
    internal static partial byte* ColumnText(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes")]
    internal static partial int ColumnBytes(nint statement, int column);

    /// <summary>Fails early, in words, where the library is missing.</summary>
    internal static void Load() => _ = FirstCall.Value;
}
