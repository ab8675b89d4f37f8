using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>What tests of restores have in common: a small database, what happens to it, and a look at all that it has.</summary>
public abstract class PostgreSqlRestoreCase(PostgreSqlFixture server)
{
    private protected const string Small = """
        CREATE SCHEMA s;
        CREATE TYPE s.mood AS ENUM ('sad', 'ok');
        CREATE TABLE s.parent (id int PRIMARY KEY, m s.mood DEFAULT 'ok'); INSERT INTO s.parent VALUES (1), (2);
        CREATE TABLE s.child (id serial PRIMARY KEY, p int REFERENCES s.parent); INSERT INTO s.child (p) VALUES (1), (2);
        CREATE VIEW s.v AS SELECT id FROM s.parent;
        SELECT lo_from_bytea(4711, '\x0102');
        """;

    private protected const string Changed = """
        DELETE FROM s.child WHERE id = 1; INSERT INTO s.parent VALUES (3); DROP VIEW s.v; CREATE TABLE s.later (id int); INSERT INTO s.later VALUES (5);
        SELECT lo_unlink(4711); SELECT setval('s.child_id_seq', 99);
        """;

    private protected PostgreSqlFixture Server { get; } = server;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected async Task<BackupSummary> CaptureAsync(SourceBench bench, params string[] databases) => await bench.CaptureAsync(new PostgreSqlSource(Server.Options(databases)));

    private protected static async Task<PostgreSqlRestorer> RestorerAsync(SourceBench bench, BackupSummary summary, PostgreSqlOptions options, Action<string>? before = null) =>
        new(await bench.IndexedAsync(), summary.Tree, options) { BeforeStatement = before };

    private protected static async Task<DatabaseRestoreReport> RestoreAsync(SourceBench bench, BackupSummary summary, PostgreSqlOptions options, DatabaseRestoreRequest request)
    {
        var progress = new DatabaseRestoreProgress();
        var restorer = new PostgreSqlRestorer(await bench.IndexedAsync(), summary.Tree, options) { Progress = progress };
        DatabaseRestoreReport report = await (await restorer.PlanAsync(request, Cancellation)).ExecuteAsync(Cancellation);
        progress.BytesDone.ShouldBe(progress.BytesTotal, "what it says while it loads ends at a hundred per cent");
        return report;
    }

    private protected async Task<string> FailsAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request, PostgreSqlOptions? options = null) =>
        (await Should.ThrowAsync<BackupException>(() => RestoreAsync(bench, summary, options ?? Server.Cluster.Options, request))).Message;

    /// <summary>Definitions and rows.</summary>
    private protected Task<string> DescribeAsync(string database) => Server.Cluster.DumpAsync("pg_dump", "-d", database);

    private protected static async Task NothingBesideAsync(PostgreSqlCluster cluster) =>
        (await cluster.SqlAsync("SELECT datname FROM pg_database WHERE datname LIKE '%holdfast%' OR NOT datallowconn AND datname <> 'template0'")).ShouldBeEmpty();
}
