using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>What keeps a restore from its end leaves the old or the new, whole.</summary>
[Collection("postgresql")]
public sealed class PostgreSqlRestoreFailureTests(PostgreSqlFixture server) : PostgreSqlRestoreCase(server)
{
    [Fact]
    public async Task Who_interrupts_a_restore_is_told_that_all_is_as_it_was_or_it_is_done()
    {
        await Server.CreateAsync("interrupted", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "interrupted");
        string captured = await DescribeAsync("interrupted");
        await Server.Cluster.LoadTextAsync(Changed, "interrupted");
        string changed = await DescribeAsync("interrupted");

        (await Assert.ThrowsAsync<InterruptedException>(() => RunAsync(s => s.Contains(" RENAME TO ", StringComparison.Ordinal), null)))
            .Message.ShouldBe("interrupted; the databases are as they were before");
        (await DescribeAsync("interrupted")).ShouldBe(changed);
        await NothingBesideAsync(Server.Cluster);

        (await Assert.ThrowsAsync<InterruptedException>(() => RunAsync(s => s.StartsWith("DROP TABLE", StringComparison.Ordinal), "s.child"))).Message.ShouldBe("interrupted; the table is as it was before");
        (await DescribeAsync("interrupted")).ShouldBe(changed);

        // Once the new ones have their names, it is a restore; what is left to remove the next one removes.
        bool isDone = false;
        (await RunAsync(s => (isDone |= s.Contains("\"done\":true", StringComparison.Ordinal)) && s == "COMMIT;", null)).Notes
            .ShouldBe(["all is restored, and what was replaced could not be removed: interrupted; the next restore to this server removes it"]);
        (await DescribeAsync("interrupted")).ShouldBe(captured);
        await (await RestorerAsync(bench, summary, Server.Cluster.Options)).TurnBackAsync([], Cancellation);
        await NothingBesideAsync(Server.Cluster);

        async Task<DatabaseRestoreReport> RunAsync(Func<string, bool> interrupts, string? table)
        {
            using var ended = new CancellationTokenSource();
            PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, Server.Cluster.Options, s =>
            {
                if (interrupts(s))
                {
                    ended.Cancel();
                }
            });
            return await (await restorer.PlanAsync(new() { Database = "interrupted", Table = table }, Cancellation)).ExecuteAsync(ended.Token);
        }
    }

    [Fact]
    public async Task A_restore_that_is_killed_at_any_statement_leaves_the_old_or_the_new_after_the_next_run()
    {
        await Server.CreateAsync("killed", Small);
        await Server.Cluster.SqlAsync("CREATE ROLE killed_owner");
        await Server.Cluster.SqlAsync("ALTER TABLE s.child OWNER TO killed_owner", "killed");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "killed");
        string captured = await DescribeAsync("killed");
        string[] killing = [Changed, "ALTER TABLE s.child OWNER TO postgres"];
        await ChangeAsync();
        string changed = await DescribeAsync("killed");
        changed.ShouldNotBe(captured);
        int kills = 0, old = 0, turned = 0;
        for (bool killed = true; ; kills++)
        {
            int left = kills;
            killed = false;
            PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, Server.Cluster.Options, Kill);
            try
            {
                await (await restorer.PlanAsync(new() { Database = "killed", Users = true }, Cancellation)).ExecuteAsync(Cancellation);
            }
            catch (KilledException)
            {
            }

            if (!killed)
            {
                break;
            }

            // The next run is killed as well, somewhere, and the one after that comes to its end.
            left = kills % 7;
            killed = false;
            try
            {
                await (await RestorerAsync(bench, summary, Server.Cluster.Options, Kill)).TurnBackAsync([], Cancellation);
            }
            catch (KilledException)
            {
            }

            turned += (await (await RestorerAsync(bench, summary, Server.Cluster.Options)).TurnBackAsync([], Cancellation)).Count;
            string found = await DescribeAsync("killed");
            (found == changed || found == captured).ShouldBeTrue($"killed at {kills}: {found}");
            (await Server.Cluster.SqlAsync("SELECT count(*) FROM pg_roles WHERE rolname = 'killed_owner'")).Trim().ShouldBe(found == captured ? "1" : "0", $"killed at {kills}");
            await NothingBesideAsync(Server.Cluster);
            old += found == changed ? 1 : 0;
            if (found == captured)
            {
                await ChangeAsync();
            }

            void Kill(string statement)
            {
                killed |= left-- <= 0;
                if (killed)
                {
                    throw new KilledException();
                }
            }
        }

        old.ShouldBeGreaterThan(20);
        turned.ShouldBeGreaterThan(5);
        (kills - old).ShouldBeGreaterThan(3);
        (await DescribeAsync("killed")).ShouldBe(captured);

        async Task ChangeAsync()
        {
            foreach (string sql in killing)
            {
                await Server.Cluster.SqlAsync(sql, "killed");
            }

            await Server.Cluster.SqlAsync("DROP ROLE killed_owner");
        }
    }

    [Fact]
    public async Task A_failure_at_any_statement_leaves_the_target_as_it_was_and_nothing_beside()
    {
        await Server.CreateAsync("failing", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "failing");
        string captured = await DescribeAsync("failing");
        await Server.Cluster.SqlAsync(Changed, "failing");
        string changed = await DescribeAsync("failing");
        int failures = 0;
        for (DatabaseRestoreReport? report = null; report is null;)
        {
            int left = 4 + (failures * 4);
            string at = "the end";
            PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, Server.Cluster.Options, statement =>
            {
                if (left-- == 0)
                {
                    at = statement;
                    throw new BackupException(BackupErrorKind.Source, "no more");
                }
            });
            IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "failing" }, Cancellation);
            try
            {
                report = await plan.ExecuteAsync(Cancellation);
            }
            catch (BackupException e)
            {
                e.Message.ShouldBe("no more");
                (await DescribeAsync("failing")).ShouldBe(changed, $"it failed at {at}");
                await NothingBesideAsync(Server.Cluster);
                failures++;
            }
        }

        failures.ShouldBeGreaterThan(5);
        (await DescribeAsync("failing")).ShouldBe(captured);
        await (await RestorerAsync(bench, summary, Server.Cluster.Options)).TurnBackAsync([], Cancellation);
        await NothingBesideAsync(Server.Cluster);
    }

    [Fact]
    public async Task Damaged_rows_leave_the_target_untouched()
    {
        await Server.CreateAsync("damaged", Small + "CREATE TABLE s.large AS SELECT g, md5(g::text) FROM generate_series(1, 5000) g;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "damaged");
        await Server.Cluster.SqlAsync(Changed, "damaged");
        string before = await DescribeAsync("damaged");
        await bench.DamageAsync(summary, "postgresql", "damaged", "rows", "s.large.sql");

        (await FailsAsync(bench, summary, new() { Database = "damaged" })).ShouldContain("damaged", Case.Insensitive);
        (await FailsAsync(bench, summary, new() { Database = "damaged", Table = "s.large", AsSchema = "side" })).ShouldContain("damaged", Case.Insensitive);

        (await DescribeAsync("damaged")).ShouldBe(before);
        await NothingBesideAsync(Server.Cluster);
    }

    [Fact]
    public async Task What_cannot_end_well_is_refused_before_anything_is_touched()
    {
        await Server.CreateAsync("refused", Small);
        await Server.Cluster.SqlAsync("""
            DROP ROLE IF EXISTS owner_of_it; CREATE ROLE owner_of_it; DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN;
            """);
        await Server.Cluster.SqlAsync("ALTER TABLE s.child OWNER TO owner_of_it", "refused");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "refused");
        DatabaseRestoreRequest request = new() { Database = "refused" };
        string before = await DescribeAsync("refused");

        PostgreSqlOptions plain = Server.Cluster.Options with { User = "plain" };
        (await FailsAsync(bench, summary, request, plain)).ShouldBe("plain may not create databases; run: ALTER ROLE \"plain\" CREATEDB;");
        await Server.Cluster.SqlAsync("ALTER ROLE plain CREATEDB");
        (await FailsAsync(bench, summary, request, plain)).ShouldStartWith("plain does not own the database refused");
        (await FailsAsync(bench, summary, new() { Database = "none" })).ShouldContain("the snapshot has no database none of postgresql");
        (await FailsAsync(bench, summary, request with { As = new string('x', 50) })).ShouldContain("is too long: with more than 49 bytes");
        (await FailsAsync(bench, summary, request with { Server = "none" })).ShouldBe("the snapshot has no server none of PostgreSQL; it has one without a name");

        await Server.Cluster.SqlAsync("CREATE DATABASE refused__holdfast_new");
        (await FailsAsync(bench, summary, request)).ShouldBe("the database refused__holdfast_new is in the way, and no restore made it: rename or drop it");
        (await Server.Cluster.SqlAsync("SELECT count(*) FROM pg_database WHERE datname = 'refused__holdfast_new'")).ShouldBe("1\n");
        await Server.Cluster.SqlAsync("DROP DATABASE refused__holdfast_new");
        (await DescribeAsync("refused")).ShouldBe(before);

        IDatabaseRestorePlan plan = await (await RestorerAsync(bench, summary, Server.Cluster.Options)).PlanAsync(request with { As = "appeared" }, Cancellation);
        await Server.CreateAsync("appeared", "CREATE TABLE theirs (id int);");
        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Message.ShouldStartWith("the database appeared was made since the restore was planned");
        (await Server.Cluster.SqlAsync("SELECT count(*) FROM theirs", "appeared")).ShouldBe("0\n");

        await Server.Cluster.SqlAsync("ALTER TABLE s.child OWNER TO postgres", "refused");
        await Server.Cluster.SqlAsync("DROP ROLE owner_of_it");
        (await FailsAsync(bench, summary, request)).ShouldBe("refused needs roles that the target does not have: owner_of_it; make them, or restore with --users, which makes them");
        await NothingBesideAsync(Server.Cluster);
    }

    [Fact]
    public async Task The_database_that_everybody_connects_to_first_comes_back_after_a_kill_that_left_it_closed()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await cluster.LoadTextAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(cluster.Options));
        string captured = await cluster.DumpAsync("pg_dump", "-d", "postgres");
        await cluster.LoadTextAsync(Changed);
        string changed = await cluster.DumpAsync("pg_dump", "-d", "postgres");
        bool killed = false;
        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, cluster.Options, statement =>
        {
            // Of the old one: those in the new one are cut off before it is loaded.
            killed |= statement.StartsWith("SELECT pg_terminate_backend", StringComparison.Ordinal) && statement.Contains("'postgres'", StringComparison.Ordinal);
            if (killed)
            {
                throw new KilledException();
            }
        });
        await Should.ThrowAsync<KilledException>(async () => await (await restorer.PlanAsync(new(), Cancellation)).ExecuteAsync(Cancellation));
        (await Should.ThrowAsync<InvalidOperationException>(() => cluster.SqlAsync("SELECT 1"))).Message.ShouldContain("not currently accepting connections");

        (await (await RestorerAsync(bench, summary, cluster.Options)).TurnBackAsync([], Cancellation)).ShouldBe(["postgres", "template1"]);
        (await cluster.DumpAsync("pg_dump", "-d", "postgres")).ShouldBe(changed);
        await NothingBesideAsync(cluster);
        await RestoreAsync(bench, summary, cluster.Options, new());
        (await cluster.DumpAsync("pg_dump", "-d", "postgres")).ShouldBe(captured);
        (await cluster.SqlAsync("SELECT datname FROM pg_database WHERE datistemplate ORDER BY 1")).ShouldBe("template0\ntemplate1\n");
        await NothingBesideAsync(cluster);
    }

    [Fact]
    public async Task What_a_restore_left_is_not_captured_and_somebodys_own_is()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync("CREATE DATABASE my__holdfast_new");
        (await ChooseAsync()).ShouldBe(["my__holdfast_new", "postgres", "template1"], ignoreOrder: true);
        await cluster.SqlAsync("CREATE DATABASE __holdfast_restore");
        (await ChooseAsync()).ShouldBe(["postgres", "template1"], ignoreOrder: true);

        async Task<List<string>> ChooseAsync()
        {
            using var login = new PostgreSqlLogin(cluster.Options);
            return (await ServerFacts.ReadAsync(login, new(), cluster.Options, Cancellation)).Choose(cluster.Options, "it");
        }
    }

    [Fact]
    public async Task Another_restore_under_way_is_said()
    {
        await Server.CreateAsync("twice", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "twice");
        using var target = new PostgreSqlTarget(Server.Cluster.Options, null);
        await using (await target.OpenNotesAsync(Cancellation))
        {
            (await FailsAsync(bench, summary, new() { Database = "twice" })).ShouldContain("is under way: wait for its end");
        }

        await (await RestorerAsync(bench, summary, Server.Cluster.Options)).TurnBackAsync([], Cancellation);
        await NothingBesideAsync(Server.Cluster);
    }
}
