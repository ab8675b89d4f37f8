using Holdfast.Fixtures;
using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

/// <summary>What others on a server can prepare does not reach a restore, nor what a mask says another place; and testers keep what is theirs.</summary>
[Collection("postgresql")]
public sealed class PostgreSqlRestoreTrustTests(PostgreSqlFixture server)
{
    private const string Small = "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'Ann'), (2, 'Bob');";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notes_that_somebody_else_made_are_not_followed()
    {
        await server.CreateAsync("trusting", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "trusting");
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN CREATEDB; DROP ROLE IF EXISTS prey; CREATE ROLE prey");
        await server.Cluster.SqlAsync("CREATE DATABASE prey__holdfast_old");
        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options);
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "trusting" }, Cancellation);
        await server.Cluster.SqlAsync("CREATE DATABASE __holdfast_restore", user: "stranger");
        await CommentAsync("""{"databases":["prey"],"closed":[],"roles":[],"done":true}""");

        const string Belongs = "the database __holdfast_restore on the server belongs to stranger, who may not tell postgres what to remove: "
            + "if a restore by stranger was cut short, the next one by stranger turns it back; otherwise rename or drop it";
        (await FailsAsync(() => plan.ExecuteAsync(Cancellation))).ShouldContain(Belongs);
        (await FailsAsync(() => restorer.TurnBackAsync([], Cancellation))).ShouldBe(Belongs);
        (await FailsAsync(() => restorer.PlanAsync(new() { Database = "trusting" }, Cancellation))).ShouldBe(Belongs);
        await CommentAsync("""{"databases":[],"closed":[],"roles":["prey"],"done":false}""");
        (await FailsAsync(() => restorer.TurnBackAsync([], Cancellation))).ShouldBe(Belongs);
        await server.Cluster.SqlAsync("COMMENT ON DATABASE __holdfast_restore IS NULL", user: "stranger");
        (await FailsAsync(() => restorer.TurnBackAsync([], Cancellation))).ShouldBe(Belongs);
        (await server.Cluster.SqlAsync("SELECT datname FROM pg_database WHERE datname LIKE '%holdfast%' ORDER BY 1; SELECT rolname FROM pg_roles WHERE rolname = 'prey'"))
            .ShouldBe("__holdfast_restore\nprey__holdfast_old\nprey\n");

        await server.Cluster.SqlAsync("DROP DATABASE prey__holdfast_old");
        await server.Cluster.SqlAsync("DROP DATABASE __holdfast_restore");
        await restorer.PlanAsync(new() { Database = "trusting" }, Cancellation);

        Task CommentAsync(string notes) => server.Cluster.SqlAsync($"COMMENT ON DATABASE __holdfast_restore IS '{notes}'", user: "stranger");
    }

    [Fact]
    public async Task Nobody_else_gets_at_the_lock_of_a_restore_and_its_notes_are_its_makers()
    {
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN CREATEDB");
        using var target = new PostgreSqlTarget(server.Cluster.Options, null);
        using var other = new PostgreSqlTarget(server.Cluster.Options with { User = "stranger" }, null);
        await using (await target.OpenNotesAsync(Cancellation))
        {
            (await Should.ThrowAsync<InvalidOperationException>(() => server.Cluster.SqlAsync("SELECT 1", "__holdfast_restore", "stranger"))).Message.ShouldContain("permission denied for database");
            (await FailsAsync(() => other.OpenNotesAsync(Cancellation))).ShouldBe(
                "the database __holdfast_restore on the server belongs to postgres: if a restore by postgres was cut short, the next one by postgres turns it back, or one by another superuser");
        }

        await target.RemoveNotesAsync(Cancellation);
        (await server.Cluster.SqlAsync("SELECT count(*) FROM pg_database WHERE datname = '__holdfast_restore'")).ShouldBe("0\n");
    }

    [Fact]
    public async Task An_operator_of_the_databases_owner_does_not_run_in_our_name()
    {
        await server.CreateAsync("hostile", """
            CREATE SCHEMA evil; CREATE TABLE evil.seen (who text);
            CREATE FUNCTION evil.same(text, text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN INSERT INTO evil.seen VALUES (current_user); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
            CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
            ALTER DATABASE hostile SET search_path = evil, pg_catalog;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        await CaptureAsync(bench, "hostile");
        (await server.Cluster.SqlAsync("SELECT * FROM evil.seen", "hostile")).ShouldBeEmpty();
        await server.Cluster.SqlAsync("DROP DATABASE hostile");
    }

    [Fact]
    public async Task A_database_that_autovacuum_is_in_is_replaced_by_who_is_no_superuser()
    {
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS vacuumed; CREATE ROLE vacuumed LOGIN CREATEDB; GRANT pg_signal_backend TO vacuumed");
        await server.CreateAsync("vacuum", $"ALTER DATABASE vacuum OWNER TO vacuumed; SET ROLE vacuumed; {Small}");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "vacuum");
        await server.Cluster.SqlAsync("""
            ALTER TABLE t SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0);
            INSERT INTO t SELECT g FROM generate_series(10, 200000) g; DELETE FROM t WHERE id % 2 = 0;
            """, "vacuum");
        await server.Cluster.SqlAsync("ALTER SYSTEM SET autovacuum_naptime = '1s'");
        await server.Cluster.SqlAsync("SELECT pg_reload_conf()");
        while ((await server.Cluster.SqlAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = 'vacuum' AND backend_type = 'autovacuum worker'")).Trim() == "0")
        {
        }

        // Somebody's session is still cut off: whether it is one, who is no superuser sees by its role alone.
        Task<string> sleeper = server.Cluster.SqlAsync("SELECT pg_sleep(600)", "vacuum", "vacuumed");
        while ((await server.Cluster.SqlAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = 'vacuum' AND wait_event = 'PgSleep'")).Trim() == "0")
        {
        }

        bool isThere = false;
        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options with { User = "vacuumed" }, statement =>
        {
            if (statement.StartsWith("SELECT pg_terminate_backend", StringComparison.Ordinal))
            {
                // Waited for here, because the restore must stand still at this statement while we look.
                isThere |= server.Cluster.SqlAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = 'vacuum' AND backend_type = 'autovacuum worker'").GetAwaiter().GetResult().Trim() != "0";
            }
        });
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "vacuum" }, Cancellation);
        plan.Describe().ShouldContain("note: connected to database vacuum now: 1; who still is at the end is cut off");
        await plan.ExecuteAsync(Cancellation);

        isThere.ShouldBeTrue();
        (await Should.ThrowAsync<InvalidOperationException>(() => sleeper)).Message.ShouldContain("terminating connection due to administrator command");
        (await server.Cluster.SqlAsync("SELECT * FROM t", "vacuum")).ShouldBe("1|Ann\n2|Bob\n");
        await server.Cluster.SqlAsync("ALTER SYSTEM RESET autovacuum_naptime");
        await server.Cluster.SqlAsync("SELECT pg_reload_conf()");
    }

    [Fact]
    public async Task Who_connects_before_a_new_database_is_closed_is_cut_off_before_it_is_loaded()
    {
        await server.CreateAsync("slipped", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "slipped");
        const string Inside = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'slipped__holdfast_new' AND wait_event = 'PgSleep'";
        Task<string>? sleeper = null;
        string? left = null;
        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options, statement =>
        {
            // Waited for here, because the restore must stand still at these statements while we look.
            if (statement.StartsWith("REVOKE CONNECT ON DATABASE \"slipped__holdfast_new\"", StringComparison.Ordinal))
            {
                sleeper = server.Cluster.SqlAsync("SELECT pg_sleep(600)", "slipped__holdfast_new");
                while (server.Cluster.SqlAsync(Inside).GetAwaiter().GetResult().Trim() == "0")
                {
                }
            }
            else if (statement.StartsWith("SELECT pg_terminate_backend", StringComparison.Ordinal) && statement.Contains("'slipped'", StringComparison.Ordinal))
            {
                left ??= server.Cluster.SqlAsync(Inside).GetAwaiter().GetResult().Trim();
            }
        });
        await (await restorer.PlanAsync(new() { Database = "slipped" }, Cancellation)).ExecuteAsync(Cancellation);
        left.ShouldBe("0");
        await Should.ThrowAsync<InvalidOperationException>(() => sleeper.ShouldNotBeNull());
    }

    [Fact]
    public async Task A_mask_is_what_was_checked_and_stays_in_its_place()
    {
        await server.CreateAsync("masked", Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "masked");
        string mask = $"{bench.Folder}/mask.sql";
        DatabaseRestoreRequest request = new() { Database = "masked", As = "masked_test", Mask = mask };
        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options);
        string bad = $"{bench.Folder}/bad";
        (string Script, string What)[] refusals =
        [
            .. ((string[])["connect", "c", "i", "ir", "include", "include_relative", "!", "edit"]).Select(c => ($"SELECT '\n';\\{c} masked", $"\\{c}")),
            ($"\n\\o |touch {bad}", "\\o |"), ($"\\set p '|touch {bad}'\n\\out :p", "\\out :"), ($"\nSELECT 1 \\g |touch {bad}", "\\g |"),
            ($"\nSELECT 1 \\gx (border=1) |touch {bad}", "\\gx (border=1) |"), ($"\n\\w |touch {bad}", "\\w |"), ($"\n\\set x `touch {bad}`", "\\set x `"),
            ($"\nSELECT 1; \\echo a `touch {bad}`", "\\echo a `"), ("\n\\copy t TO Program 'cat'", "\\copy t TO Program"), ("\nCOPY t\nfrom  program 'cat'", "COPY t from program"),
            ("\nDROP DATABASE masked;", "DROP DATABASE"), ("\nalter /* no */ Database masked RENAME TO x;", "alter /* no */ Database"), ("\nCREATE -- a\n\tDATABASE x;", "CREATE -- a DATABASE"),
            ("\n\\set ON_ERROR_STOP off\nSELECT 1 FROM none;", "\\set ON_ERROR_STOP off"), ("\n\\set 'ON_ERROR_STOP' 0", "\\set 'ON_ERROR_STOP' 0"),
            ("\n\\unset ON_ERROR_STOP", "\\unset ON_ERROR_STOP"), ("\\set n ON_ERROR_STOP\n\\set :n off", "\\set :"),
        ];
        foreach ((string script, string what) in refusals)
        {
            await File.WriteAllTextAsync(mask, $"{script}\nDELETE FROM t;", Cancellation);
            BackupException refused = await Should.ThrowAsync<BackupException>(() => restorer.PlanAsync(request, Cancellation), customMessage: script);
            (refused.Kind, refused.Message).ShouldBe((
                BackupErrorKind.Refused,
                $"the mask {mask} has {what} in line 2: leave that out, it runs in a database beside the one that is replaced and nowhere else, and ends where a statement fails"));
        }

        File.Exists(bad).ShouldBeFalse();
        await File.WriteAllTextAsync(mask, """
            \set ON_ERROR_STOP on
            \set ON_ERROR_STOP
            SELECT 'copy to a program, drop the database; `this`', regexp_replace('a|b', '\w\|', E'\n'), 'databases' AS database \g
            \set word 'x'
            \if true
            CREATE TEMP TABLE names (id int, name text);
            COPY names FROM stdin;
            1	O'Hara
            2	\N
            \.
            \endif
            \copy (SELECT 1) to stdout
            UPDATE t SET name = coalesce(names.name, :'word') FROM names WHERE t.id = names.id;
            """, Cancellation);
        IDatabaseRestorePlan plan = await restorer.PlanAsync(request, Cancellation);
        plan.Describe().ShouldContain($"run {mask} in each database before it takes its place");
        await File.WriteAllTextAsync(mask, "\\connect masked\nDELETE FROM t;", Cancellation);
        await plan.ExecuteAsync(Cancellation);

        (await server.Cluster.SqlAsync("SELECT * FROM t ORDER BY 1", "masked_test")).ShouldBe("1|O'Hara\n2|x\n");
        (await server.Cluster.SqlAsync("SELECT * FROM t ORDER BY 1", "masked")).ShouldBe("1|Ann\n2|Bob\n");

        await File.WriteAllTextAsync(mask, "DELETE FROM t; SELECT 'a text that does not end", Cancellation);
        (await FailsAsync(async () => await (await restorer.PlanAsync(request, Cancellation)).ExecuteAsync(Cancellation))).ShouldContain($"the mask {mask} failed: psql ended with exit status");
        (string End, string Why)[] ends =
        [
            ("\\q\nDELETE FROM t;", "ends before its last line"), ("COPY t FROM stdin;", "failed: psql"),
            ("/* a comment\nDELETE FROM t;", "failed: psql"), ("\\if false\nDELETE FROM t;", "failed: psql"),
        ];
        foreach ((string end, string why) in ends)
        {
            await File.WriteAllTextAsync(mask, $"UPDATE t SET name = 'half';\n{end}", Cancellation);
            (await FailsAsync(async () => await (await restorer.PlanAsync(request, Cancellation)).ExecuteAsync(Cancellation))).ShouldContain($"the mask {mask} {why}", customMessage: end);
        }

        (await server.Cluster.SqlAsync("SELECT * FROM t ORDER BY 1", "masked_test")).ShouldBe("1|O'Hara\n2|x\n");
    }

    [Fact]
    public async Task A_database_that_gets_the_rows_of_another_stays_whose_it_is()
    {
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS \"Live owner\"; CREATE ROLE \"Live owner\"; DROP ROLE IF EXISTS \"Test owner\"; CREATE ROLE \"Test owner\"; DROP ROLE IF EXISTS tester; CREATE ROLE tester");
        await server.CreateAsync("live", $"{Small} ALTER DATABASE live OWNER TO \"Live owner\"; ALTER DATABASE live SET work_mem = '9MB'; ALTER ROLE \"Live owner\" IN DATABASE live SET work_mem = '8MB';");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "live");
        await server.CreateAsync("live_test", """
            ALTER DATABASE live_test OWNER TO "Test owner"; REVOKE ALL ON DATABASE live_test FROM PUBLIC; GRANT CONNECT, CREATE ON DATABASE live_test TO tester WITH GRANT OPTION;
            COMMENT ON DATABASE live_test IS 'the testers'' \ own'; ALTER DATABASE live_test CONNECTION LIMIT 7;
            ALTER DATABASE live_test SET search_path = "$user", "A ""b", public; ALTER DATABASE live_test SET "app.mode" = 'it''s a test, "so"';
            ALTER ROLE tester IN DATABASE live_test SET search_path = ''; ALTER ROLE tester IN DATABASE live_test SET work_mem = '7MB';
            """);
        string before = await PropertiesAsync("live_test");

        // Roles that only the other database is for are not needed.
        await server.Cluster.SqlAsync("DROP DATABASE live");
        await server.Cluster.SqlAsync("DROP ROLE \"Live owner\"");
        PostgreSqlRestorer restorer = await RestorerAsync(bench, summary, server.Cluster.Options);
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "live", As = "live_test" }, Cancellation);
        plan.Describe().ShouldContain("keep owner, rights and settings of database live_test");
        await plan.ExecuteAsync(Cancellation);

        (await PropertiesAsync("live_test")).ShouldBe(before);
        (await server.Cluster.SqlAsync("SELECT count(*) FROM public.t", "live_test")).ShouldBe("2\n");

        // One that has the rights of everybody keeps those.
        await server.CreateAsync("live_test", "SELECT 1");
        before = await PropertiesAsync("live_test");
        await (await restorer.PlanAsync(new() { Database = "live", As = "live_test" }, Cancellation)).ExecuteAsync(Cancellation);
        (await PropertiesAsync("live_test")).ShouldBe(before);
        (await server.Cluster.SqlAsync("SELECT has_database_privilege('tester', 'live_test', 'CONNECT')")).ShouldBe("t\n");
    }

    /// <summary>What belongs to the database itself, as pg_dump prints it.</summary>
    private async Task<string> PropertiesAsync(string database) =>
        await server.Cluster.DumpAsync("pg_dump", "-C", "-s", "--exclude-schema=*", "-d", database);

    private async Task<BackupSummary> CaptureAsync(SourceBench bench, params string[] databases) => await bench.CaptureAsync(new PostgreSqlSource(server.Options(databases)));

    private static async Task<PostgreSqlRestorer> RestorerAsync(SourceBench bench, BackupSummary summary, PostgreSqlOptions options, Action<string>? before = null) =>
        new(await bench.IndexedAsync(), summary.Tree, options) { BeforeStatement = before };

    private static async Task<string> FailsAsync(Func<Task> act) => (await Should.ThrowAsync<BackupException>(act)).Message;
}
