using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>What tests of restores have in common: a small database, what happens to it, and a look at all that it has.</summary>
public abstract class MySqlRestoreCase(MySqlServers servers) : IAsyncLifetime
{
    private protected const string Small = """
        CREATE DATABASE shop COLLATE utf8mb4_unicode_ci; USE shop;
        CREATE SEQUENCE numbers START WITH 10;
        CREATE TABLE numbered (id INT DEFAULT NEXTVAL(numbers) PRIMARY KEY, v INT, w INT AS (v * 2) STORED);
        INSERT INTO numbered (v) VALUES (1), (2), (3);
        CREATE TABLE parent (id INT PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
        CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id)); INSERT INTO child VALUES (1, 1), (2, 2);
        CREATE TABLE log (t TEXT);
        CREATE TRIGGER on_child AFTER INSERT ON child FOR EACH ROW INSERT INTO log VALUES ('it fired; ;; ');
        CREATE FUNCTION twice (x INT) RETURNS INT DETERMINISTIC RETURN x * 2;
        CREATE VIEW b_view AS SELECT id, twice(id) AS t FROM parent; CREATE VIEW a_view AS SELECT id FROM b_view WHERE id > 0 WITH CHECK OPTION;
        CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' DO DELETE FROM log;

        """;

    private protected const string Changed = """
        USE shop; INSERT INTO parent VALUES (3); INSERT INTO child VALUES (3, 3); DROP TABLE numbered; CREATE TABLE later (a INT PRIMARY KEY); INSERT INTO later VALUES (5);
        DROP VIEW a_view; CREATE VIEW later_view AS SELECT a FROM later; DROP FUNCTION twice; CREATE FUNCTION twice (x INT) RETURNS INT DETERMINISTIC RETURN x + x;
        CREATE TRIGGER later_trigger BEFORE DELETE ON later FOR EACH ROW SET @x = 'y'; DROP EVENT nightly; ALTER DATABASE shop COLLATE utf8mb4_bin;
        CREATE EVENT later_event ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' DO DELETE FROM later;
        CREATE EVENT latest_event ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' DO DELETE FROM later;
        """;

    private protected MariaDb Server => Servers.Target;

    private protected MySqlServers Servers { get; } = servers;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Servers.ResetAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    /// <summary>All that a database has, without its name.</summary>
    private protected async Task<string> DescribeAsync(string database)
    {
        string text = await Server.RunAsync($"""
            SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = '{database}';
            SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = '{database}' ORDER BY 1;
            SELECT trigger_name, event_object_table, action_statement FROM information_schema.triggers WHERE trigger_schema = '{database}' ORDER BY 1;
            SELECT routine_name, routine_definition FROM information_schema.routines WHERE routine_schema = '{database}' ORDER BY 1;
            SELECT event_name, event_definition FROM information_schema.events WHERE event_schema = '{database}' ORDER BY 1;
            SELECT constraint_name, table_name, referenced_table_name, unique_constraint_schema FROM information_schema.referential_constraints WHERE constraint_schema = '{database}' ORDER BY 1;
            """);
        string tables = await Server.RunAsync($"SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = '{database}' ORDER BY 1");
        string ask = string.Concat(tables.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')).Select(t =>
            $"SHOW CREATE TABLE {t[0]}; {(t[1] == "BASE TABLE" ? $"CHECKSUM TABLE {t[0]} EXTENDED;" : $"SELECT * FROM {t[0]};")}"));
        return (text + await Server.RunAsync(ask, database)).Replace(database, "DB", StringComparison.Ordinal);
    }

    private protected static Task<BackupSummary> CaptureAsync(SourceBench bench, MariaDb server) => bench.CaptureAsync(new MySqlSource(server.Options));

    private protected static async Task<MySqlRestorer> RestorerAsync(SourceBench bench, BackupSummary summary, MySqlOptions options, Action<string>? before = null) =>
        new(await bench.IndexedAsync(), summary.Tree, options) { BeforeStatement = before };

    private protected async Task<DatabaseRestoreReport> RestoreAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request)
    {
        var progress = new DatabaseRestoreProgress();
        var restorer = new MySqlRestorer(await bench.IndexedAsync(), summary.Tree, Server.Options) { Progress = progress };
        DatabaseRestoreReport report = await (await restorer.PlanAsync(request, Cancellation)).ExecuteAsync(Cancellation);
        progress.BytesDone.ShouldBe(progress.BytesTotal, "what it says while it loads ends at a hundred per cent");
        return report;
    }

    private protected async Task<string> FailsAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request) =>
        (await Should.ThrowAsync<BackupException>(() => RestoreAsync(bench, summary, request))).Message;
}
