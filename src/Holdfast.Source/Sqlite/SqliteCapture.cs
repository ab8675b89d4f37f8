using System.Diagnostics;
using System.Security.Cryptography;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Linux;

namespace Holdfast.Source;

/// <summary>One database on its way into a file of the snapshot, while a transaction holds its moment: docs/design.md, "SQLite".</summary>
internal sealed class SqliteCapture(SqliteOptions options, string path, string target)
{
    private const int ReadSize = 256 << 10;

    /// <summary>The page that begins here has no content, and is written never: SQLite's locks lie on it.</summary>
    private const long LockedByte = 0x40000000;

    /// <summary>Two readings of the log's index around the beginning of a transaction; somebody would have to commit in each of so many.</summary>
    private const int Attempts = 10_000;

    /// <exception cref="BackupException">Kind Source.</exception>
    internal async Task RunAsync(SourceWriter writer, CancellationToken cancellation)
    {
        // Closed after the database, whose locks would go with the first descriptor that this process closes.
        LinuxFile? file = null;
        WriteAheadLog? log = null;
        WriteAheadIndex? index = null;
        try
        {
            if (SqliteFile.FindTrouble(path) is { } trouble)
            {
                throw Failure(trouble);
            }

            using SqliteDatabase database = SqliteDatabase.Open(path, options.Timeout);
            using CancellationTokenRegistration stop = cancellation.Register(database.Interrupt);
            database.Execute("SELECT count(*) FROM sqlite_master");
            file = Open(database.FileName);
            log = IsLogged(database) ? new(Open(database.FileName + "-wal")) : null;
            index = log is null ? null : TryOpenIndex(database.FileName + "-shm");
            long pages = BeginMoment(database, log, index, cancellation);
            int pageSize = checked((int)database.ReadNumber("PRAGMA page_size"));
            if (log is { HasPages: true } && log.PageSize != pageSize)
            {
                throw Failure($"its log has pages of {log.PageSize} bytes, and the database of {pageSize}");
            }

            await CopyAsync(writer, file, log, pages, pageSize, cancellation).ConfigureAwait(false);
            Describe(writer, database);
            database.Execute("ROLLBACK");
        }
        catch (SqliteException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (SqliteException e)
        {
            throw SqliteFailure.Of(path, e, options.Timeout);
        }
        catch (InvalidDataException e)
        {
            throw Failure(e.Message, e);
        }
        finally
        {
            index?.Dispose();
            log?.Dispose();
            file?.Dispose();
        }
    }

    private static LinuxFile Open(string name)
    {
        (string path, byte[] last) = SqliteFile.Split(name);
        using DirectoryHandle folder = DirectoryHandle.Open(path);
        return folder.OpenFile(last);
    }

    /// <summary>
    /// The index that all share. Null where it cannot be opened as SQLite wants to: then SQLite has one of its own, made from the
    /// log, and nobody writes.
    /// </summary>
    private static WriteAheadIndex? TryOpenIndex(string name)
    {
        (string path, byte[] last) = SqliteFile.Split(name);
        using DirectoryHandle folder = DirectoryHandle.Open(path);
        try
        {
            return new(folder.OpenFileForWriting(last));
        }
        catch (LinuxException e) when (e.IsMissing || e.Error is Errno.ReadOnlyFileSystem or Errno.AccessDenied or Errno.NotPermitted)
        {
            return null;
        }
    }

    private static bool IsLogged(SqliteDatabase database) => database.Read("PRAGMA journal_mode")[0][0] == "wal";

    /// <summary>
    /// Begins a transaction whose moment is that of the log as it was read (D48); returns how many pages the database has. From
    /// then on neither the file nor the pages of the log change: a log that is begun anew is one that the file has all of.
    /// </summary>
    private long BeginMoment(SqliteDatabase database, WriteAheadLog? log, WriteAheadIndex? index, CancellationToken cancellation)
    {
        for (int i = 0; i < Attempts; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            byte[] before = Look();
            database.Execute("BEGIN");
            database.Execute("SELECT count(*) FROM sqlite_master");
            if (IsLogged(database) != log is not null)
            {
                throw Failure("its journal mode was changed just now; run this again");
            }

            // The transaction is of what was published before as well as after; the log is as far as that, and no further.
            if (before.SequenceEqual(Look()) && (log is null || index is null || (before.Length > 0 && IsReadTo(log, index))))
            {
                long pages = database.ReadNumber("PRAGMA page_count");
                if (log is not { HasPages: true } || log.DatabasePages == pages)
                {
                    return pages;
                }
            }

            database.Execute("ROLLBACK");
        }

        throw Failure("it is written to so often that no moment could be found, or its log is damaged; run this when less is going on");

        byte[] Look()
        {
            if (index is not null)
            {
                return index.TryRead() ? index.Header.ToArray() : [];
            }

            log?.Scan();
            return log is null ? [] : [.. log.Header, .. BitConverter.GetBytes(log.CommittedEnd)];
        }
    }

    /// <summary>Reads the log as far as it counts; false where it is not that log any more, or not all there.</summary>
    private static bool IsReadTo(WriteAheadLog log, WriteAheadIndex index)
    {
        if (index.Frames == 0)
        {
            log.Forget(); // what is in it is in the file, or not published yet
            return true;
        }

        log.Scan(index.Frames);
        return log.Salt.SequenceEqual(index.Salt) && log.CommittedFrames == index.Frames;
    }

    private async Task CopyAsync(SourceWriter writer, LinuxFile file, WriteAheadLog? log, long pages, int pageSize, CancellationToken cancellation)
    {
        using SourceFile copy = writer.CreateFile(target);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(Math.Max(ReadSize, pageSize));
        int most = buffer.Length / pageSize;
        for (long page = 0; page < pages; page += most)
        {
            Memory<byte> batch = buffer.AsMemory(0, (int)Math.Min(most, pages - page) * pageSize);
            Read(file, log, page, pageSize, batch.Span);
            hash.AppendData(batch.Span);
            await copy.WriteAsync(batch, cancellation).ConfigureAwait(false);
        }

        await copy.CompleteAsync().ConfigureAwait(false);
        writer.Add(new("database", path) { Path = target, Bytes = copy.Length, Checksum = Convert.ToHexStringLower(hash.GetHashAndReset()) });
    }

    private void Read(LinuxFile file, WriteAheadLog? log, long first, int pageSize, Span<byte> batch)
    {
        int read = file.ReadAt(batch, first * pageSize);
        bool any = false;
        for (int at = 0; at < batch.Length; at += pageSize)
        {
            if (log?.TryRead((uint)(first + (at / pageSize) + 1), batch.Slice(at, pageSize)) == true)
            {
                any = true;
            }
            else if (at + pageSize > read && (first * pageSize) + at == LockedByte)
            {
                batch.Slice(at, pageSize).Clear();
            }
            else if (at + pageSize > read)
            {
                throw Failure($"it ends within page {first + (at / pageSize) + 1}: it is damaged");
            }
        }

        if (any && !log!.IsCurrent())
        {
            // Nobody begins the log anew while a reader needs it: so this one does not, and the file has it all.
            log.Forget();
            Read(file, log, first, pageSize, batch);
        }
    }

    /// <summary>Says what is in the database, as of the same moment.</summary>
    private void Describe(SourceWriter writer, SqliteDatabase database)
    {
        if (options.Check && TryRead(database, "PRAGMA quick_check(3)", out IReadOnlyList<string?[]> said) && (said.Count != 1 || said[0][0] != "ok"))
        {
            throw Failure($"it is damaged: {string.Join("; ", said.Select(r => r[0]?.ReplaceLineEndings(" ")))}; `sqlite3 FILE .recover` saves what can be saved");
        }

        foreach (string?[] row in database.Read("SELECT type, name, sql LIKE 'create virtual%' FROM sqlite_master WHERE type <> 'index' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"))
        {
            (string type, string name) = (row[0]!, row[1]!);
            bool counted = options.Check && type == "table" && row[2] != "1"; // a virtual table has its rows in others
            string quoted = name.Replace("\"", "\"\"", StringComparison.Ordinal);
            writer.Add(new(type, $"{path}/{name}")
            {
                Rows = counted && TryRead(database, $"SELECT count(*) FROM \"{quoted}\"", out IReadOnlyList<string?[]> count)
                    ? long.Parse(count[0][0]!, System.Globalization.CultureInfo.InvariantCulture)
                    : null,
            });
        }
    }

    /// <summary>False where SQLite here lacks what the database was made with: a collation, a module. The copy is none the worse for it.</summary>
    private static bool TryRead(SqliteDatabase database, string sql, out IReadOnlyList<string?[]> rows)
    {
        try
        {
            rows = database.Read(sql);
            return true;
        }
        catch (SqliteException e) when (e.Code == SqliteException.Error)
        {
            rows = [];
            return false;
        }
    }

    private BackupException Failure(string why, Exception? cause = null) => SqliteFailure.Of(path, why, cause);
}
