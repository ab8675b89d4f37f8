using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Source.Tests;

public sealed class SqliteRefusalTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_no_database_fails_the_run_by_name()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/a.db";
        await RefusesAsync(bench, path, "a.db: there is no such file");
        await RefusesAsync(bench, $"{bench.Folder}/*.db", "no file matches");
        var random = new byte[8192];
        new Random(7).NextBytes(random);
        await File.WriteAllBytesAsync(path, random, Cancellation);
        await RefusesAsync(bench, path, "no SQLite database, or one that is encrypted");
    }

    [Fact]
    public async Task A_damaged_database_fails_the_run()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/a.db";
        await SqliteSourceTests.SqlAsync(path, "CREATE TABLE t (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT hex(randomblob(20)) FROM n;");
        byte[] content = await File.ReadAllBytesAsync(path, Cancellation);
        byte[] damaged = [.. content];
        damaged.AsSpan(10 * 4096, 4096).Fill(0xEE);
        await File.WriteAllBytesAsync(path, damaged, Cancellation);
        await RefusesAsync(bench, path, "it is damaged: ");
        await File.WriteAllBytesAsync(path, content[..^6000], Cancellation);
        await RefusesAsync(bench, path, "damaged");
    }

    [Fact]
    public async Task Somebody_who_locks_it_for_good_fails_the_run()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/a.db";
        await SqliteSourceTests.SqlAsync(path, "CREATE TABLE t (x)");
        await using (await LockAsync(path))
        {
            await RefusesAsync(bench, path, "somebody has it locked, and still had after 0 seconds");
        }
    }

    [Fact]
    public async Task A_transaction_that_a_dead_writer_left_fails_the_run()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/a.db", left = $"{bench.Folder}/left.db";
        await SqliteSourceTests.SqlAsync(path, "CREATE TABLE t (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t SELECT hex(randomblob(20)) FROM n;");
        ToolProcess user = ToolProcess.Start(new("sqlite3", [path]) { TakesInput = true });
        await using (user)
        {
            await user.Input.WriteAsync("PRAGMA cache_size=5;\nBEGIN;\nUPDATE t SET x = 'half';\n.print written\n"u8.ToArray(), Cancellation);
            await user.Input.FlushAsync(Cancellation);
            await new StreamReader(user.Output).ReadLineAsync(Cancellation);
            File.Copy(path, left);
            File.Copy(path + "-journal", left + "-journal");
        }

        await RefusesAsync(bench, left, "a writer died halfway");
        (await SqliteSourceTests.SqlAsync(left, "SELECT count(*) FROM t WHERE x = 'half'")).ShouldBe("0");
        await bench.CaptureAsync(SqliteSourceTests.Source(left));
    }

    [Theory]
    [InlineData("a.db", "", "a.db: this is no file")]
    [InlineData("pipe", "ln -s pipe a.db", "a.db: this is no file")]
    [InlineData("a.db-wal", "sqlite3 real.db 'CREATE TABLE t (x)'; mv real.db a.db", "what lies beside it as -wal is no file")]
    [InlineData("a.db-journal", "sqlite3 real.db 'CREATE TABLE t (x)'; mv a.db-journal real.db-journal; ln -s real.db a.db", "what lies beside it as -journal is no file")]
    [InlineData("x", "ln -s a.db a.db", "a.db: this is no file")]
    public async Task A_pipe_in_place_of_a_file_is_not_opened(string pipe, string then, string why)
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        await ToolProcess.ReadAsync(new("bash", ["-ec", $"cd \"$0\"; mkfifo {pipe}; {then}", bench.Folder]), Cancellation);
        await RefusesAsync(bench, $"{bench.Folder}/a.db", why);
    }

    [Fact]
    public async Task Of_what_a_pattern_finds_only_files_count_and_names_of_any_bytes_do()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        await ToolProcess.ReadAsync(new("bash", ["-ec", "cd \"$0\"; sqlite3 a.db 'CREATE TABLE t (x)'; cp a.db $'caf\\xe9.db'; mkdir folder.db; mkfifo pipe.db; ln -s a.db link.db", bench.Folder]), Cancellation);

        BackupSummary summary = await bench.CaptureAsync(SqliteSourceTests.Source($"{bench.Folder}/*.db"));

        (await bench.ManifestAsync(summary))!.Sources.Single().Items.Count(i => i.Kind == "database").ShouldBe(2);
    }

    [Fact]
    public async Task Who_cancels_does_not_wait_for_a_lock_of_others()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/a.db";
        await SqliteSourceTests.SqlAsync(path, "CREATE TABLE t (x)");
        await using (await LockAsync(path))
        {
            using SqliteDatabase database = SqliteDatabase.Open(path, TimeSpan.FromHours(1));
            Task reading = Task.Run(() => database.Execute("SELECT count(*) FROM sqlite_master"), Cancellation);
            database.Interrupt();
            await Should.ThrowAsync<SqliteException>(() => reading.WaitAsync(TimeSpan.FromMinutes(1), Cancellation));
        }
    }

    [Fact]
    public async Task What_a_query_answers_is_passed_over_and_a_row_that_fails_late_counts()
    {
        using var folder = new TempFolder();
        string path = folder["a.db"];
        await SqliteSourceTests.SqlAsync(path, "CREATE TABLE t (x)");
        const string Rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT";
        long before = GC.GetAllocatedBytesForCurrentThread();
        SqliteQuery.Run(path, $"{Rows} i, printf('%1000d', i) FROM n", TimeSpan.FromSeconds(1), Cancellation);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
        Should.Throw<BackupException>(() => SqliteQuery.Run(path, $"{Rows} abs(CASE i WHEN 90000 THEN -9223372036854775807 - 1 ELSE i END) FROM n", TimeSpan.FromSeconds(1), Cancellation))
            .Message.ShouldContain("integer overflow");
    }

    private static Task RefusesAsync(SourceBench bench, string path, string why) =>
        Refusals.ShouldBeAsync(bench, new SqliteSource(new() { Paths = [path], Timeout = TimeSpan.FromMilliseconds(200) }), why);

    /// <summary>Somebody with a lock that nobody reads beside, until this is disposed of.</summary>
    private static async Task<ToolProcess> LockAsync(string path)
    {
        ToolProcess user = ToolProcess.Start(new("sqlite3", [path]) { TakesInput = true });
        await user.Input.WriteAsync("BEGIN EXCLUSIVE;\n.print locked\n"u8.ToArray(), Cancellation);
        await user.Input.FlushAsync(Cancellation);
        await new StreamReader(user.Output).ReadLineAsync(Cancellation);
        return user;
    }
}
