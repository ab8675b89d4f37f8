using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Linux;

/// <summary>
/// A SQLite database, opened for reading. One thread at a time, apart from <see cref="Interrupt"/>. SQLite's locks are those of
/// the process (fcntl), so until this is disposed of, nobody in this process may close another descriptor of the same file.
/// </summary>
public sealed unsafe class SqliteDatabase : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>What SQLite waits for a lock before it is asked again: it knows no interruption meanwhile.</summary>
    private const int Patience = 100;

    private readonly long _tries;
    private volatile bool _interrupted;

    private SqliteDatabase(nint raw, TimeSpan patience)
        : base(ownsHandle: true)
    {
        SetHandle(raw);
        _tries = (long)Math.Max(1, patience.TotalMilliseconds / Patience);
    }

    /// <summary>The version of the library.</summary>
    /// <exception cref="NativeLibraryMissingException"/>
    public static string LibraryVersion
    {
        get
        {
            LibSqlite.Load();
            return Marshal.PtrToStringUTF8(LibSqlite.LibraryVersion()) ?? string.Empty;
        }
    }

    /// <summary>The file itself, links followed; beside it lie <c>-wal</c> and <c>-shm</c>.</summary>
    public string FileName
    {
        get
        {
            byte* name = LibSqlite.FileName(handle, "main");
            return name is null ? string.Empty : PathText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
        }
    }

    /// <summary>Opens a database that is there; nothing in it is changed. What is no database shows when it is first read.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="patience">How long each statement waits for a lock of others.</param>
    /// <exception cref="NativeLibraryMissingException"/>
    /// <exception cref="SqliteException"/>
    public static SqliteDatabase Open(string path, TimeSpan patience)
    {
        LibSqlite.Load();
        nint raw;
        int result;
        fixed (byte* name = (byte[])[.. PathText.Encode(path), 0])
        {
            result = LibSqlite.Open(name, &raw, LibSqlite.OpenReadOnly | LibSqlite.OpenFullMutex, 0);
        }

        var database = new SqliteDatabase(raw, patience); // there is one where it failed, too, for the message
        if (result != LibSqlite.Ok)
        {
            using (database)
            {
                database.Require(result);
            }
        }

        _ = LibSqlite.ExtendedResultCodes(raw, 1);
        _ = LibSqlite.BusyTimeout(raw, (int)Math.Min(patience.TotalMilliseconds, Patience));
        return database;
    }

    /// <summary>Runs one statement to its end; its rows are passed over.</summary>
    /// <exception cref="SqliteException"/>
    public void Execute(string sql) => Run(sql, null);

    /// <summary>The first column of the first row, as a number.</summary>
    /// <exception cref="SqliteException"/>
    public long ReadNumber(string sql) => long.Parse(Read(sql)[0][0] ?? "0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>All rows of one statement, as text; null for NULL.</summary>
    /// <exception cref="SqliteException"/>
    public IReadOnlyList<string?[]> Read(string sql)
    {
        var rows = new List<string?[]>();
        Run(sql, rows);
        return rows;
    }

    /// <param name="rows">Where they go; null for nowhere.</param>
    private void Run(string sql, List<string?[]>? rows)
    {
        for (long i = 1; ; i++)
        {
            try
            {
                RunOnce(sql, rows);
                return;
            }
            catch (SqliteException e) when (e.Code == SqliteException.Busy && i < _tries && !_interrupted)
            {
                // Nothing was done yet: what needs a lock gets it first.
            }
        }
    }

    private void RunOnce(string sql, List<string?[]>? rows)
    {
        rows?.Clear();
        nint statement;
        fixed (byte* text = (byte[])[.. Encoding.UTF8.GetBytes(sql), 0])
        {
            Require(LibSqlite.Prepare(handle, text, -1, &statement, 0));
        }

        try
        {
            int result;
            while ((result = LibSqlite.Step(statement)) == LibSqlite.Row)
            {
                rows?.Add(ReadRow(statement));
            }

            Require(result == LibSqlite.Done ? LibSqlite.Ok : result);
        }
        finally
        {
            _ = LibSqlite.Finish(statement);
        }
    }

    /// <summary>Makes a statement that runs in another thread fail soon.</summary>
    public void Interrupt()
    {
        _interrupted = true;
        if (!IsClosed)
        {
            LibSqlite.Interrupt(handle);
        }
    }

    protected override bool ReleaseHandle() => LibSqlite.Close(handle) == LibSqlite.Ok;

    private static string?[] ReadRow(nint statement)
    {
        var row = new string?[LibSqlite.ColumnCount(statement)];
        for (int i = 0; i < row.Length; i++)
        {
            byte* text = LibSqlite.ColumnText(statement, i);
            row[i] = text is null ? null : Encoding.UTF8.GetString(text, LibSqlite.ColumnBytes(statement, i));
        }

        return row;
    }

    private void Require(int result)
    {
        if (result != LibSqlite.Ok)
        {
            throw new SqliteException(result, Marshal.PtrToStringUTF8(LibSqlite.ErrorMessage(handle)) ?? $"error {result}");
        }
    }
}
