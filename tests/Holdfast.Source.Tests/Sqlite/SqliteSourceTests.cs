using System.Globalization;
using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

public sealed class SqliteSourceTests
{
    private const string Root = "/.holdfast/databases/sqlite";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("wal", 1000)]
    [InlineData("wal", 5)]
    [InlineData("delete", 1000)]
    [InlineData("truncate", 1000)]
    public async Task Each_capture_is_of_one_moment_while_somebody_writes(string journal, int checkpointPages)
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/bank.db";
        await SqlAsync(path, $"""
            PRAGMA journal_mode={journal};
            CREATE TABLE debit (id INTEGER PRIMARY KEY, v INT, fill TEXT); CREATE TABLE credit (id INTEGER PRIMARY KEY, v INT, fill TEXT);
            CREATE TABLE log (id INTEGER PRIMARY KEY, x TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000) INSERT INTO debit SELECT i, 1000, hex(randomblob(150)) FROM n;
            INSERT INTO credit SELECT * FROM debit;
            """);
        string transfer = "BEGIN IMMEDIATE; UPDATE debit SET v = v - 1 WHERE id = (SELECT 1 + abs(random() % 8000)); INSERT INTO log (x) VALUES (hex(randomblob(300))); "
            + "UPDATE credit SET v = v + 1 WHERE id = (SELECT 1 + abs(random() % 8000)); DELETE FROM log WHERE id % 3 = 0; COMMIT;";
        ToolProcess writer = ToolProcess.Start(new("bash", ["-c",
            $"yes '{transfer}' | sqlite3 -cmd '.timeout 30000' -cmd 'PRAGMA synchronous=OFF' -cmd 'PRAGMA wal_autocheckpoint={checkpointPages}' \"$0\" > /dev/null", path]));
        var moments = new HashSet<string>();
        await using (writer)
        {
            for (int i = 0; i < 12; i++)
            {
                BackupSummary summary = await bench.CaptureAsync(Source(path));
                string copy = await bench.RestoreAsync(summary) + Root + path;
                File.Exists(copy + "-wal").ShouldBeFalse();
                ManifestSource manifest = (await bench.ManifestAsync(summary))!.Sources.Single();
                manifest.Items.Single(i => i.Kind == "database").Bytes.ShouldBe(new FileInfo(copy).Length);
                (await SqlAsync(copy, "PRAGMA integrity_check")).ShouldBe("ok");
                (await SqlAsync(copy, "SELECT (SELECT sum(v) FROM debit) + (SELECT sum(v) FROM credit)")).ShouldBe("16000000");
                string rows = await SqlAsync(copy, "SELECT count(*) FROM log");
                rows.ShouldBe(manifest.Items.Single(i => i.Name == $"{path}/log").Rows?.ToString(CultureInfo.InvariantCulture));
                moments.Add(await SqlAsync(copy, "SELECT sum(v) FROM debit"));
            }
        }

        moments.Count.ShouldBeGreaterThan(6, "they were writing all the time");
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public async Task What_lies_in_the_log_alone_is_captured(int pageSize)
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/with log.db";
        ToolProcess user = ToolProcess.Start(new("sqlite3", [path]) { TakesInput = true });
        await using (user)
        {
            await user.Input.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"""
                PRAGMA page_size={pageSize}; PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0;
                CREATE TABLE t (id INTEGER PRIMARY KEY, x); CREATE VIEW w AS SELECT x FROM t; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i, hex(randomblob(20)) FROM n;
                UPDATE t SET x = 'last' WHERE id = 77;
                BEGIN; INSERT INTO t VALUES (9999, 'never committed');
                .print ready

                """), Cancellation);
            await user.Input.FlushAsync(Cancellation);
            var said = new StreamReader(user.Output);
            (await said.ReadLineAsync(Cancellation), await said.ReadLineAsync(Cancellation), await said.ReadLineAsync(Cancellation)).ShouldBe(("wal", "0", "ready"));
            new FileInfo(path + "-wal").Length.ShouldBeGreaterThan(new FileInfo(path).Length);

            BackupSummary summary = await bench.CaptureAsync(Source(path));

            string copy = await bench.RestoreAsync(summary) + Root + path;
            (await SqlAsync(copy, "SELECT count(*), max(CASE id WHEN 77 THEN x END) FROM t; PRAGMA integrity_check; PRAGMA page_size")).ShouldBe($"5000|last\nok\n{pageSize}");
            (await bench.ManifestAsync(summary))!.Sources.Single().Items.Select(i => (i.Kind, i.Name, i.Rows)).ShouldBe(
                [("database", path, null), ("table", $"{path}/t", 5000), ("trigger", $"{path}/r", null), ("view", $"{path}/w", null)]);
        }
    }

    [Fact]
    public async Task Patterns_find_databases_and_one_changed_row_adds_little()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string folder = Directory.CreateDirectory($"{bench.Folder}/apps/one").FullName;
        await SqlAsync($"{folder}/a.sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY, x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) INSERT INTO t SELECT i, hex(randomblob(40)) FROM n;");
        await SqlAsync($"{bench.Folder}/apps/b.sqlite", "CREATE TABLE t (x)");
        await File.WriteAllTextAsync($"{folder}/c.txt", "no database", Cancellation);
        var source = new SqliteSource(new() { Paths = [$"{bench.Folder}/apps/**/*.sqlite*", $"{folder}/a.sqlite"] });

        BackupSummary first = await bench.CaptureAsync(source);

        (await bench.ManifestAsync(first))!.Sources.Single().Items.Where(i => i.Kind == "database").Select(i => i.Name).ShouldBe([$"{bench.Folder}/apps/b.sqlite", $"{folder}/a.sqlite"]);
        first.Counters.DataAddedPacked.ShouldBeGreaterThan(2_000_000);
        await SqlAsync($"{folder}/a.sqlite", "UPDATE t SET x = 'changed' WHERE id = 30000");
        // At most two chunks of 256 KiB, of which half is left when packed: the row's page, and the first, which counts changes.
        (await bench.CaptureAsync(source)).Counters.DataAddedPacked.ShouldBeLessThan(300_000);
    }

    [Fact]
    public async Task Modules_and_collations_that_are_not_here_do_not_matter()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string path = $"{bench.Folder}/strange.db";
        await SqlAsync(path, """
            CREATE TABLE "a ""b"" c" (x); INSERT INTO "a ""b"" c" VALUES (1), (2);
            CREATE VIRTUAL TABLE f USING fts5(text); INSERT INTO f VALUES ('word');
            PRAGMA writable_schema=1; INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING nonesuch(x)');
            """);

        BackupSummary summary = await bench.CaptureAsync(Source(path));

        IReadOnlyList<ManifestItem> items = (await bench.ManifestAsync(summary))!.Sources.Single().Items;
        items.Single(i => i.Name == $"{path}/a \"b\" c").Rows.ShouldBe(2);
        items.Single(i => i.Name == $"{path}/v").Rows.ShouldBeNull();
        (await SqlAsync(await bench.RestoreAsync(summary) + Root + path, "SELECT text FROM f WHERE f MATCH 'word'")).ShouldBe("word");
    }

    internal static SqliteSource Source(string path) => new(new() { Paths = [path], Timeout = TimeSpan.FromSeconds(20) });

    internal static async Task<string> SqlAsync(string path, string sql) => (await ToolProcess.ReadAsync(new("sqlite3", [path, sql]), Cancellation)).TrimEnd();
}
