using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>What a snapshot has takes the place of what a server has, whole or not at all.</summary>
[Collection("postgresql")]
public sealed class PostgreSqlRestoreTests(PostgreSqlFixture server) : PostgreSqlRestoreCase(server)
{
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

    [Theory]
    [InlineData(null)]
    [InlineData("public.\"Audit\"")]
    public async Task D64_rows_that_the_backup_leaves_out_are_not_lost_to_a_restore(string? table)
    {
        const string Why = "table audited/\"public\".\"Audit\" has rows on the target, and the backup leaves its rows out: they would be lost; restore under another name with --as, or give --empty-excluded if they may go";
        await Server.CreateAsync("audited", "CREATE TABLE \"Audit\" (a int); INSERT INTO \"Audit\" VALUES (1); CREATE TABLE t (a int); INSERT INTO t VALUES (1);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(Server.Options("audited") with { Exclude = ["audited/public.Audit"] }));
        await Server.Cluster.SqlAsync("UPDATE t SET a = 2", "audited");
        var request = new DatabaseRestoreRequest { Database = "audited", Table = table };

        (await FailsAsync(bench, summary, request)).ShouldBe(Why);
        (await Server.Cluster.SqlAsync("SELECT a FROM \"Audit\" UNION ALL SELECT a FROM t", "audited")).ShouldBe("1\n2\n");
        await RestoreAsync(bench, summary, Server.Cluster.Options, request with { EmptyExcluded = true });
        (await Server.Cluster.SqlAsync("SELECT a FROM \"Audit\" UNION ALL SELECT a FROM t", "audited")).ShouldBe(table is null ? "1\n" : "2\n");
        await Server.Cluster.SqlAsync("INSERT INTO \"Audit\" VALUES (2)", "audited");
        await Server.Cluster.SqlAsync("DELETE FROM \"Audit\"", "audited");
        await RestoreAsync(bench, summary, Server.Cluster.Options, request); // an empty one may go, whatever room it takes
    }

    [Fact]
    public async Task A_changed_database_becomes_what_the_snapshot_has_and_those_who_are_in_it_are_cut_off()
    {
        await Server.CreateAsync("changed", Small);
        await Server.Cluster.SqlAsync("CREATE ROLE keeper; ALTER DATABASE changed SET work_mem = '5MB'; ALTER DATABASE changed OWNER TO keeper; ALTER DATABASE changed CONNECTION LIMIT 9");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "changed");
        string captured = await DescribeAsync("changed");
        await Server.Cluster.SqlAsync(Changed, "changed");
        await Server.Cluster.SqlAsync("ALTER DATABASE changed RESET work_mem; ALTER DATABASE changed OWNER TO postgres");

        await Server.Cluster.SqlAsync("CREATE SUBSCRIPTION later_sub CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)", "changed");

        // Somebody stays in it, in a transaction.
        Task<string> sleeper = Server.Cluster.SqlAsync("BEGIN; SELECT * FROM s.parent; SELECT pg_sleep(600)", "changed");
        while ((await Server.Cluster.SqlAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = 'changed' AND wait_event = 'PgSleep'")).Trim() == "0")
        {
        }

        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, Server.Cluster.Options);
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "changed" }, Cancellation);
        plan.Describe().First().ShouldStartWith("replace database changed: 3 tables and sequences, 4 rows, ");
        plan.Describe().First().ShouldEndWith("it is closed to connections at the end, and who is connected then is cut off");
        plan.Describe().ShouldContain("note: connected to database changed now: 1; who still is at the end is cut off");
        DatabaseRestoreReport report = await plan.ExecuteAsync(Cancellation);

        (await Should.ThrowAsync<InvalidOperationException>(() => sleeper)).Message.ShouldContain("terminating connection due to administrator command");
        (report.Databases, report.Tables, report.Rows).ShouldBe((1, 3, 4));
        (await DescribeAsync("changed")).ShouldBe(captured);
        (await Server.Cluster.SqlAsync("SELECT pg_get_userbyid(datdba), datconnlimit, datallowconn, setconfig FROM pg_database d JOIN pg_db_role_setting ON setdatabase = d.oid WHERE datname = 'changed'"))
            .ShouldBe("keeper|9|t|{work_mem=5MB}\n");
        await NothingBesideAsync(Server.Cluster);
    }

    [Fact]
    public async Task A_database_comes_back_under_another_name_and_masked()
    {
        await Server.CreateAsync("named", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "named");
        string mask = $"{bench.Folder}/mask.sql";
        await File.WriteAllTextAsync(mask, "BEGIN; UPDATE s.parent SET m = 'sad';", Cancellation);

        await RestoreAsync(bench, summary, Server.Cluster.Options, new() { Database = "named", As = "Other \"name\"", Mask = mask });
        (await Server.Cluster.SqlAsync("SELECT * FROM s.parent ORDER BY 1", PostgreSqlText.ConnectionString("Other \"name\""))).ShouldBe("1|sad\n2|sad\n");
        (await Server.Cluster.SqlAsync("SELECT * FROM s.parent ORDER BY 1", "named")).ShouldBe("1|ok\n2|ok\n");

        await File.WriteAllTextAsync(mask, "UPDATE nothing_of_that_name SET m = 1;", Cancellation);
        (await FailsAsync(bench, summary, new() { Database = "named", Mask = mask })).ShouldContain("relation \"nothing_of_that_name\" does not exist");
        await File.WriteAllTextAsync(mask, "\\connect named\nDELETE FROM s.child;", Cancellation);
        (await FailsAsync(bench, summary, new() { Database = "named", Mask = mask })).ShouldContain("has \\connect in line 1: leave that out");
        (await Server.Cluster.SqlAsync("SELECT count(*) FROM s.child", "named")).ShouldBe("2\n");
        await NothingBesideAsync(Server.Cluster);
    }

    [Fact]
    public async Task Roles_that_are_there_stay_as_they_are_and_memberships_are_added()
    {
        await Server.CreateAsync("roles", "CREATE TABLE t (id int);");
        await Server.Cluster.SqlAsync("CREATE ROLE r_group; CREATE ROLE r_there PASSWORD 'then'; CREATE ROLE r_gone LOGIN PASSWORD 'then' IN ROLE r_group; GRANT r_gone TO r_there; CREATE ROLE r_boss SUPERUSER; GRANT r_gone TO r_boss; CREATE ROLE r_not_needed; GRANT r_gone TO r_not_needed");
        await Server.Cluster.SqlAsync("GRANT SELECT ON t TO r_gone", "roles");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "roles");
        await Server.Cluster.SqlAsync("DROP DATABASE roles");
        await Server.Cluster.SqlAsync("DROP ROLE r_gone; DROP ROLE r_group; DROP ROLE r_not_needed; ALTER ROLE r_there PASSWORD 'now' CREATEDB");
        string there = await Server.Cluster.SqlAsync("SELECT rolname, rolpassword, rolcreatedb FROM pg_authid WHERE rolname IN ('r_there', 'r_boss', 'postgres') ORDER BY 1");

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, Server.Cluster.Options, new() { Database = "roles", Users = true });

        report.Accounts.ShouldBe(["r_gone", "r_group"], "what the database needs, and the groups of those");
        (await Server.Cluster.SqlAsync("SELECT rolname, rolpassword, rolcreatedb FROM pg_authid WHERE rolname IN ('r_there', 'r_boss', 'postgres') ORDER BY 1")).ShouldBe(there);
        (await Server.Cluster.SqlAsync("SELECT pg_has_role('r_gone', 'r_group', 'MEMBER'), pg_has_role('r_there', 'r_gone', 'MEMBER'), (SELECT count(*) FROM pg_auth_members WHERE member = 'r_boss'::regrole)"))
            .ShouldBe("t|t|0\n");
        (await Server.Cluster.SqlAsync("SELECT has_table_privilege('r_gone', 't', 'SELECT')", "roles")).ShouldBe("t\n");
    }

    [Fact]
    public async Task A_missing_tablespace_is_noted_and_a_missing_extension_or_an_older_server_too()
    {
        await Server.Cluster.AsOwnerAsync($"mkdir {Server.Cluster.Folder}/lost");
        await Server.Cluster.SqlAsync($"CREATE TABLESPACE lost LOCATION '{Server.Cluster.Folder}/lost'");
        await Server.CreateAsync("spaced", "CREATE TABLE a (id int PRIMARY KEY USING INDEX TABLESPACE lost) TABLESPACE lost; INSERT INTO a VALUES (1); CREATE TABLE b (id int); CREATE EXTENSION file_fdw;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "spaced");
        await Server.Cluster.SqlAsync("DROP DATABASE spaced");
        await Server.Cluster.SqlAsync("DROP TABLESPACE lost");

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, Server.Cluster.Options, new() { Database = "spaced" });
        report.Notes.ShouldBe(["the target has no tablespace lost: what is in it goes into the default one"]);
        await RestoreAsync(bench, summary, Server.Cluster.Options, new() { Database = "spaced", Table = "public.a", AsSchema = "side" });
        (await Server.Cluster.SqlAsync("SELECT * FROM a; SELECT * FROM side.a; SELECT count(*) FROM pg_class WHERE reltablespace NOT IN (0, 1664)", "spaced")).ShouldBe("1\n1\n0\n");

        PostgreSqlSnapshot snapshot = await PostgreSqlSnapshot.OpenAsync(await bench.IndexedAsync(), summary.Tree, null, Cancellation);
        using var target = new PostgreSqlTarget(Server.Cluster.Options, null);
        PostgreSqlTargetFacts facts = await target.ReadFactsAsync(Cancellation);
        (await Should.ThrowAsync<BackupException>(() => PlanAsync(facts with { Extensions = new HashSet<string>() }))).Message
            .ShouldBe("database spaced needs the extension file_fdw, which the target does not have: install postgresql-contrib or, on Debian, postgresql-15");
        (await PlanAsync(facts with { Version = 130002 })).Notes
            .ShouldContain("the target, PostgreSQL 13, is older than the server in the snapshot, 15: what it does not know fails the restore, and nothing is changed then");

        Task<PostgreSqlRestorePlan> PlanAsync(PostgreSqlTargetFacts other) =>
            new PostgreSqlRestorePlanner(snapshot, other, new() { Database = "spaced" }).PlanAsync(Server.Cluster.Options, null, Cancellation);
    }

    [Fact]
    public async Task With_the_rights_of_the_guide_the_owner_of_a_database_restores_it()
    {
        await Server.Cluster.SqlAsync("DROP DATABASE IF EXISTS pa"); // of other tests, with things of app
        await Server.Cluster.SqlAsync("DROP ROLE IF EXISTS app; CREATE ROLE app LOGIN; DROP ROLE IF EXISTS restorer; CREATE ROLE restorer LOGIN");
        string guide = await File.ReadAllTextAsync($"{AppContext.BaseDirectory}/PostgreSql/postgresql.md", Cancellation);
        foreach (string grant in (string[])["ALTER ROLE restorer CREATEDB;", "GRANT app TO restorer;", "GRANT pg_signal_backend TO restorer;"])
        {
            guide.ShouldContain(grant);
            await Server.Cluster.SqlAsync(grant);
        }

        await Server.CreateAsync("owned", "ALTER DATABASE owned OWNER TO app; SET ROLE app;" + Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "owned");
        string captured = await DescribeAsync("owned");
        await Server.Cluster.SqlAsync(Changed, "owned");

        await RestoreAsync(bench, summary, Server.Cluster.Options with { User = "restorer" }, new() { Database = "owned" });

        (await DescribeAsync("owned")).ShouldBe(captured);
        (await Server.Cluster.SqlAsync("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'owned'")).ShouldBe("app\n");
        await NothingBesideAsync(Server.Cluster);
    }

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
