using Holdfast.Fixtures;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Source.Tests;

/// <summary>What a snapshot has takes the place of what a server has, whole or not at all.</summary>
[Collection("postgresql")]
public sealed class PostgreSqlRestoreTests(PostgreSqlFixture server)
{
    private const string Small = """
        CREATE SCHEMA s;
        CREATE TYPE s.mood AS ENUM ('sad', 'ok');
        CREATE TABLE s.parent (id int PRIMARY KEY, m s.mood DEFAULT 'ok'); INSERT INTO s.parent VALUES (1), (2);
        CREATE TABLE s.child (id serial PRIMARY KEY, p int REFERENCES s.parent); INSERT INTO s.child (p) VALUES (1), (2);
        CREATE VIEW s.v AS SELECT id FROM s.parent;
        SELECT lo_from_bytea(4711, '\x0102');
        """;

    private const string Changed = """
        DELETE FROM s.child WHERE id = 1; INSERT INTO s.parent VALUES (3); DROP VIEW s.v; CREATE TABLE s.later (id int); INSERT INTO s.later VALUES (5);
        SELECT lo_unlink(4711); SELECT setval('s.child_id_seq', 99);
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_was_lost_under_write_load_comes_back_to_the_recorded_moment()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary;
        PostgreSqlCluster lost = await PostgreSqlCluster.StartAsync();
        await using (lost)
        {
            await lost.LoadTextAsync(await File.ReadAllTextAsync($"{AppContext.BaseDirectory}/PostgreSql/everything.sql", Cancellation));
            await lost.SqlAsync("CREATE TABLE public.busy (id bigserial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(), v text)", "shop");
            using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            Task writing = WriteAsync(lost, over.Token);
            summary = await bench.CaptureAsync(new PostgreSqlSource(lost.Options));
            await over.CancelAsync();
            await writing;
        }

        string before = await bench.RestoreAsync(summary);
        await using PostgreSqlCluster target = await PostgreSqlCluster.StartAsync();
        DatabaseRestoreReport report = await RestoreAsync(bench, summary, target.Options, new() { Users = true });

        report.Databases.ShouldBe(6);
        report.Accounts.ShouldBe(["Owner \"q\"", "member", "readers"], ignoreOrder: true);
        report.Notes.ShouldContain("subscription shop/sub comes back disabled");
        BackupSummary again = await bench.CaptureAsync(new PostgreSqlSource(target.Options));
        ManifestSource then = (await bench.ManifestAsync(summary))!.Sources.Single(), now = (await bench.ManifestAsync(again))!.Sources.Single();
        now.Items.ShouldBe(then.Items, "every object, and every table's rows with their checksum");
        then.Items.Single(i => i.Name == "shop/public.busy" && i.Kind == "table").Rows!.Value.ShouldBeGreaterThan(0);
        (await PostgreSqlCluster.ShellAsync($"diff -r -x manifest.json {before} {await bench.RestoreAsync(again)} || true")).ShouldBeEmpty("definitions, rights, values of sequences, large objects");
        await NothingBesideAsync(target);
    }

    [Fact]
    public async Task A_changed_database_becomes_what_the_snapshot_has_and_those_who_are_in_it_are_cut_off()
    {
        await server.CreateAsync("changed", Small);
        await server.Cluster.SqlAsync("CREATE ROLE keeper; ALTER DATABASE changed SET work_mem = '5MB'; ALTER DATABASE changed OWNER TO keeper; ALTER DATABASE changed CONNECTION LIMIT 9");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "changed");
        string captured = await DescribeAsync("changed");
        await server.Cluster.SqlAsync(Changed, "changed");
        await server.Cluster.SqlAsync("ALTER DATABASE changed RESET work_mem; ALTER DATABASE changed OWNER TO postgres");

        await server.Cluster.SqlAsync("CREATE SUBSCRIPTION later_sub CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)", "changed");

        // Somebody stays in it, in a transaction.
        Task<string> sleeper = server.Cluster.SqlAsync("BEGIN; SELECT * FROM s.parent; SELECT pg_sleep(600)", "changed");
        while ((await server.Cluster.SqlAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = 'changed' AND wait_event = 'PgSleep'")).Trim() == "0")
        {
        }

        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options);
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "changed" }, Cancellation);
        plan.Describe().First().ShouldStartWith("replace database changed: 3 tables and sequences, 4 rows, ");
        plan.Describe().First().ShouldEndWith("it is closed to connections at the end, and who is connected then is cut off");
        plan.Describe().ShouldContain("note: connected to database changed now: 1; who still is at the end is cut off");
        DatabaseRestoreReport report = await plan.ExecuteAsync(Cancellation);

        (await Should.ThrowAsync<InvalidOperationException>(() => sleeper)).Message.ShouldContain("terminating connection due to administrator command");
        (report.Databases, report.Tables, report.Rows).ShouldBe((1, 3, 4));
        (await DescribeAsync("changed")).ShouldBe(captured);
        (await server.Cluster.SqlAsync("SELECT pg_get_userbyid(datdba), datconnlimit, datallowconn, setconfig FROM pg_database d JOIN pg_db_role_setting ON setdatabase = d.oid WHERE datname = 'changed'"))
            .ShouldBe("keeper|9|t|{work_mem=5MB}\n");
        await NothingBesideAsync(server.Cluster);
    }

    [Fact]
    public async Task A_database_comes_back_under_another_name_and_masked()
    {
        await server.CreateAsync("named", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "named");
        string mask = $"{bench.Folder}/mask.sql";
        await File.WriteAllTextAsync(mask, "BEGIN; UPDATE s.parent SET m = 'sad';", Cancellation);

        await RestoreAsync(bench, summary, server.Cluster.Options, new() { Database = "named", As = "Other \"name\"", Mask = mask });
        (await server.Cluster.SqlAsync("SELECT * FROM s.parent ORDER BY 1", PostgreSqlText.ConnectionString("Other \"name\""))).ShouldBe("1|sad\n2|sad\n");
        (await server.Cluster.SqlAsync("SELECT * FROM s.parent ORDER BY 1", "named")).ShouldBe("1|ok\n2|ok\n");

        await File.WriteAllTextAsync(mask, "UPDATE nothing_of_that_name SET m = 1;", Cancellation);
        (await FailsAsync(bench, summary, new() { Database = "named", Mask = mask })).ShouldContain("relation \"nothing_of_that_name\" does not exist");
        await File.WriteAllTextAsync(mask, "\\connect named\nDELETE FROM s.child;", Cancellation);
        (await FailsAsync(bench, summary, new() { Database = "named", Mask = mask })).ShouldContain("has \\connect: leave that out");
        (await server.Cluster.SqlAsync("SELECT count(*) FROM s.child", "named")).ShouldBe("2\n");
        await NothingBesideAsync(server.Cluster);
    }

    [Fact]
    public async Task A_restore_that_is_killed_at_any_statement_leaves_the_old_or_the_new_after_the_next_run()
    {
        await server.CreateAsync("killed", Small);
        await server.Cluster.SqlAsync("CREATE ROLE killed_owner");
        await server.Cluster.SqlAsync("ALTER TABLE s.child OWNER TO killed_owner", "killed");
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
            PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options, Kill);
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
                await (await RestorerAsync(bench, summary, server.Cluster.Options, Kill)).TurnBackAsync(Cancellation);
            }
            catch (KilledException)
            {
            }

            turned += (await (await RestorerAsync(bench, summary, server.Cluster.Options)).TurnBackAsync(Cancellation)).Count;
            string found = await DescribeAsync("killed");
            (found == changed || found == captured).ShouldBeTrue($"killed at {kills}: {found}");
            (await server.Cluster.SqlAsync("SELECT count(*) FROM pg_roles WHERE rolname = 'killed_owner'")).Trim().ShouldBe(found == captured ? "1" : "0", $"killed at {kills}");
            await NothingBesideAsync(server.Cluster);
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
                await server.Cluster.SqlAsync(sql, "killed");
            }

            await server.Cluster.SqlAsync("DROP ROLE killed_owner");
        }
    }

    [Fact]
    public async Task A_failure_at_any_statement_leaves_the_target_as_it_was_and_nothing_beside()
    {
        await server.CreateAsync("failing", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "failing");
        string captured = await DescribeAsync("failing");
        await server.Cluster.SqlAsync(Changed, "failing");
        string changed = await DescribeAsync("failing");
        int failures = 0;
        for (DatabaseRestoreReport? report = null; report is null;)
        {
            int left = 4 + (failures * 4);
            string at = "the end";
            PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options, statement =>
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
                await NothingBesideAsync(server.Cluster);
                failures++;
            }
        }

        failures.ShouldBeGreaterThan(5);
        (await DescribeAsync("failing")).ShouldBe(captured);
        await (await RestorerAsync(bench, summary, server.Cluster.Options)).TurnBackAsync(Cancellation);
        await NothingBesideAsync(server.Cluster);
    }

    [Fact]
    public async Task Damaged_rows_leave_the_target_untouched()
    {
        await server.CreateAsync("damaged", Small + "CREATE TABLE s.large AS SELECT g, md5(g::text) FROM generate_series(1, 5000) g;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "damaged");
        await server.Cluster.SqlAsync(Changed, "damaged");
        string before = await DescribeAsync("damaged");
        await bench.DamageAsync(summary, "postgresql", "damaged", "rows", "s.large.sql");

        (await FailsAsync(bench, summary, new() { Database = "damaged" })).ShouldContain("damaged", Case.Insensitive);
        (await FailsAsync(bench, summary, new() { Database = "damaged", Table = "s.large", AsSchema = "side" })).ShouldContain("damaged", Case.Insensitive);

        (await DescribeAsync("damaged")).ShouldBe(before);
        await NothingBesideAsync(server.Cluster);
    }

    [Fact]
    public async Task What_cannot_end_well_is_refused_before_anything_is_touched()
    {
        await server.CreateAsync("refused", Small);
        await server.Cluster.SqlAsync("""
            DROP ROLE IF EXISTS owner_of_it; CREATE ROLE owner_of_it; DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN;
            """);
        await server.Cluster.SqlAsync("ALTER TABLE s.child OWNER TO owner_of_it", "refused");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "refused");
        DatabaseRestoreRequest request = new() { Database = "refused" };
        string before = await DescribeAsync("refused");

        PostgreSqlOptions plain = server.Cluster.Options with { User = "plain" };
        (await FailsAsync(bench, summary, request, plain)).ShouldBe("plain may not create databases; run: ALTER ROLE \"plain\" CREATEDB;");
        await server.Cluster.SqlAsync("ALTER ROLE plain CREATEDB");
        (await FailsAsync(bench, summary, request, plain)).ShouldStartWith("plain does not own the database refused");
        (await FailsAsync(bench, summary, new() { Database = "none" })).ShouldContain("the snapshot has no database none of postgresql");
        (await FailsAsync(bench, summary, request with { As = new string('x', 50) })).ShouldContain("is too long: with more than 49 bytes");
        (await FailsAsync(bench, summary, request with { Server = "none" })).ShouldBe("the snapshot has no server none of PostgreSQL; it has one without a name");

        await server.Cluster.SqlAsync("CREATE DATABASE refused__holdfast_new");
        (await FailsAsync(bench, summary, request)).ShouldBe("the database refused__holdfast_new is in the way, and no restore made it: rename or drop it");
        (await server.Cluster.SqlAsync("SELECT count(*) FROM pg_database WHERE datname = 'refused__holdfast_new'")).ShouldBe("1\n");
        await server.Cluster.SqlAsync("DROP DATABASE refused__holdfast_new");
        (await DescribeAsync("refused")).ShouldBe(before);

        IDatabaseRestorePlan plan = await (await RestorerAsync(bench, summary, server.Cluster.Options)).PlanAsync(request with { As = "appeared" }, Cancellation);
        await server.CreateAsync("appeared", "CREATE TABLE theirs (id int);");
        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Message.ShouldStartWith("the database appeared was made since the restore was planned");
        (await server.Cluster.SqlAsync("SELECT count(*) FROM theirs", "appeared")).ShouldBe("0\n");

        await server.Cluster.SqlAsync("ALTER TABLE s.child OWNER TO postgres", "refused");
        await server.Cluster.SqlAsync("DROP ROLE owner_of_it");
        (await FailsAsync(bench, summary, request)).ShouldBe("refused needs roles that the target does not have: owner_of_it; make them, or let the restore make them (users)");
        await NothingBesideAsync(server.Cluster);
    }

    [Fact]
    public async Task Roles_that_are_there_stay_as_they_are_and_memberships_are_added()
    {
        await server.CreateAsync("roles", "CREATE TABLE t (id int);");
        await server.Cluster.SqlAsync("CREATE ROLE r_group; CREATE ROLE r_there PASSWORD 'then'; CREATE ROLE r_gone LOGIN PASSWORD 'then' IN ROLE r_group; GRANT r_gone TO r_there; CREATE ROLE r_boss SUPERUSER; GRANT r_gone TO r_boss");
        await server.Cluster.SqlAsync("GRANT SELECT ON t TO r_gone", "roles");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "roles");
        await server.Cluster.SqlAsync("DROP DATABASE roles");
        await server.Cluster.SqlAsync("DROP ROLE r_gone; ALTER ROLE r_there PASSWORD 'now' CREATEDB");
        string there = await server.Cluster.SqlAsync("SELECT rolname, rolpassword, rolcreatedb FROM pg_authid WHERE rolname IN ('r_there', 'r_boss', 'postgres') ORDER BY 1");

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, server.Cluster.Options, new() { Database = "roles", Users = true });

        report.Accounts.ShouldBe(["r_gone"]);
        (await server.Cluster.SqlAsync("SELECT rolname, rolpassword, rolcreatedb FROM pg_authid WHERE rolname IN ('r_there', 'r_boss', 'postgres') ORDER BY 1")).ShouldBe(there);
        (await server.Cluster.SqlAsync("SELECT pg_has_role('r_gone', 'r_group', 'MEMBER'), pg_has_role('r_there', 'r_gone', 'MEMBER'), (SELECT count(*) FROM pg_auth_members WHERE member = 'r_boss'::regrole)"))
            .ShouldBe("t|t|0\n");
        (await server.Cluster.SqlAsync("SELECT has_table_privilege('r_gone', 't', 'SELECT')", "roles")).ShouldBe("t\n");
    }

    [Fact]
    public async Task A_missing_tablespace_is_noted_and_a_missing_extension_or_an_older_server_too()
    {
        await server.Cluster.AsOwnerAsync($"mkdir {server.Cluster.Folder}/lost");
        await server.Cluster.SqlAsync($"CREATE TABLESPACE lost LOCATION '{server.Cluster.Folder}/lost'");
        await server.CreateAsync("spaced", "CREATE TABLE a (id int PRIMARY KEY USING INDEX TABLESPACE lost) TABLESPACE lost; INSERT INTO a VALUES (1); CREATE TABLE b (id int); CREATE EXTENSION file_fdw;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "spaced");
        await server.Cluster.SqlAsync("DROP DATABASE spaced");
        await server.Cluster.SqlAsync("DROP TABLESPACE lost");

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, server.Cluster.Options, new() { Database = "spaced" });
        report.Notes.ShouldBe(["the target has no tablespace lost: what is in it goes into the default one"]);
        await RestoreAsync(bench, summary, server.Cluster.Options, new() { Database = "spaced", Table = "public.a", AsSchema = "side" });
        (await server.Cluster.SqlAsync("SELECT * FROM a; SELECT * FROM side.a; SELECT count(*) FROM pg_class WHERE reltablespace NOT IN (0, 1664)", "spaced")).ShouldBe("1\n1\n0\n");

        PostgreSqlSnapshot snapshot = await PostgreSqlSnapshot.OpenAsync(await bench.IndexedAsync(), summary.Tree, null, Cancellation);
        using var target = new PostgreSqlTarget(server.Cluster.Options, null);
        PostgreSqlTargetFacts facts = await target.ReadFactsAsync(Cancellation);
        (await Should.ThrowAsync<BackupException>(() => PlanAsync(facts with { Extensions = new HashSet<string>() }))).Message
            .ShouldBe("database spaced needs the extension file_fdw, which the target does not have: install postgresql-contrib or, on Debian, postgresql-15");
        (await PlanAsync(facts with { Version = 130002 })).Notes
            .ShouldContain("the target, PostgreSQL 13, is older than the server in the snapshot, 15: what it does not know fails the restore, and nothing is changed then");

        Task<PostgreSqlRestorePlan> PlanAsync(PostgreSqlTargetFacts other) =>
            new PostgreSqlRestorePlanner(snapshot, other, new() { Database = "spaced" }).PlanAsync(server.Cluster.Options, null, Cancellation);
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
            killed |= statement.StartsWith("SELECT pg_terminate_backend", StringComparison.Ordinal);
            if (killed)
            {
                throw new KilledException();
            }
        });
        await Should.ThrowAsync<KilledException>(async () => await (await restorer.PlanAsync(new(), Cancellation)).ExecuteAsync(Cancellation));
        (await Should.ThrowAsync<InvalidOperationException>(() => cluster.SqlAsync("SELECT 1"))).Message.ShouldContain("not currently accepting connections");

        (await (await RestorerAsync(bench, summary, cluster.Options)).TurnBackAsync(Cancellation)).ShouldBe(["postgres", "template1"]);
        (await cluster.DumpAsync("pg_dump", "-d", "postgres")).ShouldBe(changed);
        await NothingBesideAsync(cluster);
        await RestoreAsync(bench, summary, cluster.Options, new());
        (await cluster.DumpAsync("pg_dump", "-d", "postgres")).ShouldBe(captured);
        (await cluster.SqlAsync("SELECT datname FROM pg_database WHERE datistemplate ORDER BY 1")).ShouldBe("template0\ntemplate1\n");
        await NothingBesideAsync(cluster);
    }

    [Fact]
    public async Task With_the_rights_of_the_guide_the_owner_of_a_database_restores_it()
    {
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN; DROP ROLE IF EXISTS restorer; CREATE ROLE restorer LOGIN");
        string guide = await File.ReadAllTextAsync($"{AppContext.BaseDirectory}/PostgreSql/postgresql.md", Cancellation);
        foreach (string grant in (string[])["ALTER ROLE restorer CREATEDB;", "GRANT app TO restorer;", "GRANT pg_signal_backend TO restorer;"])
        {
            guide.ShouldContain(grant);
            await server.Cluster.SqlAsync(grant);
        }

        await server.CreateAsync("owned", "ALTER DATABASE owned OWNER TO app; SET ROLE app;" + Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "owned");
        string captured = await DescribeAsync("owned");
        await server.Cluster.SqlAsync(Changed, "owned");

        await RestoreAsync(bench, summary, server.Cluster.Options with { User = "restorer" }, new() { Database = "owned" });

        (await DescribeAsync("owned")).ShouldBe(captured);
        (await server.Cluster.SqlAsync("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'owned'")).ShouldBe("app\n");
        await NothingBesideAsync(server.Cluster);
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
        await server.CreateAsync("twice", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "twice");
        using var target = new PostgreSqlTarget(server.Cluster.Options, null);
        await using (await target.OpenNotesAsync(Cancellation))
        {
            (await FailsAsync(bench, summary, new() { Database = "twice" })).ShouldContain("is under way: wait for its end");
        }

        await (await RestorerAsync(bench, summary, server.Cluster.Options)).TurnBackAsync(Cancellation);
        await NothingBesideAsync(server.Cluster);
    }

    private async Task<BackupSummary> CaptureAsync(SourceBench bench, params string[] databases) => await bench.CaptureAsync(new PostgreSqlSource(server.Options(databases)));

    private static async Task<PostgreSqlRestorer> RestorerAsync(SourceBench bench, BackupSummary summary, PostgreSqlOptions options, Action<string>? before = null) =>
        new(await bench.IndexedAsync(), summary.Tree, options) { BeforeStatement = before };

    private static async Task<DatabaseRestoreReport> RestoreAsync(SourceBench bench, BackupSummary summary, PostgreSqlOptions options, DatabaseRestoreRequest request)
    {
        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, options);
        return await (await restorer.PlanAsync(request, Cancellation)).ExecuteAsync(Cancellation);
    }

    private async Task<string> FailsAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request, PostgreSqlOptions? options = null) =>
        (await Should.ThrowAsync<BackupException>(() => RestoreAsync(bench, summary, options ?? server.Cluster.Options, request))).Message;

    /// <summary>Definitions and rows.</summary>
    private Task<string> DescribeAsync(string database) => server.Cluster.DumpAsync("pg_dump", "-d", database);

    private static async Task NothingBesideAsync(PostgreSqlCluster cluster) =>
        (await cluster.SqlAsync("SELECT datname FROM pg_database WHERE datname LIKE '%holdfast%' OR NOT datallowconn AND datname <> 'template0'")).ShouldBeEmpty();

    /// <summary>Inserts one row after another, each in a transaction, until told to stop.</summary>
    private static async Task WriteAsync(PostgreSqlCluster cluster, CancellationToken cancellation)
    {
        await cluster.SqlAsync("INSERT INTO public.busy (v) VALUES ('first')", "shop");
        while (!cancellation.IsCancellationRequested)
        {
            await cluster.SqlAsync("INSERT INTO public.busy (v) SELECT md5(g::text) FROM generate_series(1, 50) g; UPDATE public.busy SET v = v || 'x' WHERE id % 7 = 0; DELETE FROM public.busy WHERE id % 11 = 0", "shop");
        }
    }
}
