using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;

namespace Holdfast.Source.Tests;

/// <summary>What a snapshot has takes the place of what a server has, whole or not at all.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlRestoreTests(MySqlServers servers) : IAsyncLifetime
{
    private MariaDb Server => servers.Target;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => servers.ResetAsync();

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task A_whole_server_comes_back_equal_on_an_empty_one()
    {
        await servers.Source.RunAsync(Zoo.Sql);
        string[] expected = await servers.Source.DescribeAsync();
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, servers.Source);

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new() { Users = true });

        string[] found = await Server.DescribeAsync();
        string.Join('\n', expected.Except(found).Select(l => "- " + l).Concat(found.Except(expected).Select(l => "+ " + l))).ShouldBeEmpty();
        found.ShouldBe(expected);
        report.Databases.ShouldBe(5);
        report.Tables.ShouldBe(17);
        report.Rows.ShouldBeGreaterThan(300);
        report.Accounts.ShouldContain("`u1`@`localhost`");
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task A_changed_server_becomes_what_the_snapshot_has_and_keeps_what_is_not_in_it()
    {
        await Server.RunAsync(Zoo.Sql);
        string[] expected = await Server.DescribeAsync();
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        await Server.RunAsync("""
            USE shop; DROP VIEW a_view_of_view; DROP TABLE large; DELETE FROM parent; UPDATE history SET x = 9; ALTER TABLE parts ADD COLUMN w INT;
            CREATE TABLE later (a INT PRIMARY KEY); CREATE VIEW later_view AS SELECT a FROM later; CREATE TRIGGER later_trigger AFTER INSERT ON parent FOR EACH ROW SET @z = 1;
            CREATE PROCEDURE later_procedure () SELECT 1; DROP PROCEDURE backslash; DROP EVENT daily; SELECT NEXTVAL(numbers); ALTER DATABASE shop COLLATE utf8mb4_bin;
            CREATE VIEW broken AS SELECT a FROM later; DROP TABLE later;
            """);

        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server.Options);
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "shop" }, Cancellation);
        plan.Describe().ShouldContain("note: view shop/broken of the target names what is not there: it may not come back if the restore failed");
        plan.Describe().First().ShouldStartWith("replace database shop: 13 tables, 3");
        await plan.ExecuteAsync(Cancellation);

        string[] found = await Server.DescribeAsync();
        string.Join('\n', expected.Except(found).Select(l => "- " + l).Concat(found.Except(expected).Select(l => "+ " + l))).ShouldBeEmpty();
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task A_database_comes_back_under_another_name()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);

        await RestoreAsync(bench, summary, new() { Database = "shop", As = "shop_test" });

        (await DescribeAsync("shop_test")).ShouldBe(await DescribeAsync("shop"));
        (await Server.RunAsync("SELECT column_default FROM information_schema.columns WHERE table_schema = 'shop_test' AND table_name = 'numbered' AND column_name = 'id'"))
            .ShouldBe("nextval(`shop_test`.`numbers`)\n");
        (await Server.RunAsync("SELECT COUNT(*) FROM information_schema.referential_constraints WHERE constraint_schema = 'shop_test' AND unique_constraint_schema = 'shop_test'")).ShouldBe("1\n");
    }

    [Fact]
    public async Task One_table_comes_back_in_its_place_and_beside_it()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        string before = await DescribeAsync("shop");
        await Server.RunAsync("DELETE FROM shop.child; DROP TRIGGER shop.on_child; INSERT INTO shop.numbered (v) VALUES (99);");

        await RestoreAsync(bench, summary, new() { Database = "shop", Table = "child" });
        await RestoreAsync(bench, summary, new() { Database = "shop", Table = "numbered" });
        await RestoreAsync(bench, summary, new() { Database = "shop", Table = "parent", As = "side" });

        (await DescribeAsync("shop")).ShouldBe(before);
        (await Server.RunAsync("SELECT * FROM side.parent; SHOW TABLES FROM side")).ShouldBe("1\n2\nparent\n");
        await servers.NothingBesideAsync();

        (await FailsAsync(bench, summary, new() { Database = "shop", Table = "parent" })).ShouldContain("a foreign key of shop/child names shop/parent");
        (await FailsAsync(bench, summary, new() { Database = "shop", Table = "none" })).ShouldBe("the snapshot has no table shop/none");
        (await FailsAsync(bench, summary, new() { Database = "none" })).ShouldContain("the snapshot has no database none");
    }

    [Fact]
    public async Task A_restore_that_is_killed_at_any_statement_leaves_the_old_or_the_new_after_the_next_run()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        string captured = await DescribeAsync("shop");
        await Server.RunAsync(Changed);
        string changed = await DescribeAsync("shop");
        changed.ShouldNotBe(captured);
        int kills = 0, turned = 0;
        for (bool killed = true; killed; kills++)
        {
            int left = kills;
            killed = false;
            MySqlRestorer restorer = await RestorerAsync(bench, summary, Server.Options, Kill);
            try
            {
                await (await restorer.PlanAsync(new() { Database = "shop" }, Cancellation)).ExecuteAsync(Cancellation);
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
            try
            {
                await (await RestorerAsync(bench, summary, Server.Options, Kill)).TurnBackAsync(Cancellation);
            }
            catch (KilledException)
            {
            }

            turned += (await (await RestorerAsync(bench, summary, Server.Options)).TurnBackAsync(Cancellation)).Count;
            string found = await DescribeAsync("shop");
            (found == changed || found == captured).ShouldBeTrue($"killed at {kills}: {found}");
            await servers.NothingBesideAsync();
            if (found == captured)
            {
                await Server.RunAsync("DROP DATABASE shop");
                await Server.RunAsync(Small);
                await Server.RunAsync(Changed);
                changed = await DescribeAsync("shop");
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

        kills.ShouldBeGreaterThan(40);
        turned.ShouldBeGreaterThan(5);
        (await DescribeAsync("shop")).ShouldBe(captured);
    }

    [Fact]
    public async Task A_failure_at_any_statement_leaves_the_target_as_it_was_and_nothing_beside()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        string captured = await DescribeAsync("shop");
        await Server.RunAsync(Changed);
        string changed = await DescribeAsync("shop");
        int failures = 0;
        for (DatabaseRestoreReport? report = null; report is null;)
        {
            int left = 2 + (failures * 3);
            string at = "the end";
            MySqlRestorer restorer = await RestorerAsync(bench, summary, Server.Options, statement =>
            {
                if (left-- == 0)
                {
                    at = statement;
                    throw new BackupException(BackupErrorKind.Source, "no more");
                }
            });
            IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "shop" }, Cancellation);
            try
            {
                report = await plan.ExecuteAsync(Cancellation);
            }
            catch (BackupException e)
            {
                e.Message.ShouldStartWith("no more");
                (await DescribeAsync("shop") == changed).ShouldBeTrue($"it failed at {at}");
                await servers.NothingBesideAsync();
                failures++;
            }
        }

        failures.ShouldBeGreaterThan(12);
        (await DescribeAsync("shop")).ShouldBe(captured);
    }

    [Fact]
    public async Task What_was_replaced_and_cannot_be_removed_is_left_to_the_next_restore()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        string captured = await DescribeAsync("shop");
        await Server.RunAsync(Changed);
        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server.Options, statement =>
        {
            if (statement.Contains("DROP DATABASE IF EXISTS `shop__holdfast_old`", StringComparison.Ordinal))
            {
                throw new BackupException(BackupErrorKind.Source, "no more");
            }
        });

        DatabaseRestoreReport report = await (await restorer.PlanAsync(new() { Database = "shop" }, Cancellation)).ExecuteAsync(Cancellation);

        report.Notes.ShouldBe(["all is restored, and what was replaced could not be removed: no more; the next restore to this server removes it"]);
        (await DescribeAsync("shop")).ShouldBe(captured);
        (await (await RestorerAsync(bench, summary, Server.Options)).TurnBackAsync(Cancellation)).ShouldBeEmpty();
        (await DescribeAsync("shop")).ShouldBe(captured);
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task Who_defined_something_and_is_not_there_is_named_and_stays()
    {
        await servers.Source.RunAsync("CREATE USER maker@localhost; CREATE DATABASE d; CREATE TABLE d.t (a INT); CREATE DEFINER = maker@localhost VIEW d.v AS SELECT a FROM d.t");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, servers.Source);

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new());

        report.Notes.ShouldContain("the account maker@localhost, which defined some of what was restored, is not there: make it, or that does not run");
        (await Server.RunAsync("SELECT definer FROM information_schema.views WHERE table_schema = 'd'")).ShouldBe("maker@localhost\n");
    }

    [Fact]
    public async Task Damaged_rows_leave_the_target_untouched()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        await Server.RunAsync(Changed);
        string before = await DescribeAsync("shop");
        await bench.DamageAsync(summary, "mysql", "shop", "rows", "parent.sql");

        string message = await FailsAsync(bench, summary, new() { Database = "shop" });

        message.ShouldContain("damaged", Case.Insensitive);
        (await DescribeAsync("shop")).ShouldBe(before);
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task A_missing_right_is_named_before_anything_is_touched()
    {
        await Server.RunAsync(Small + "CREATE USER r@localhost IDENTIFIED BY 'x'; GRANT SELECT, INSERT, CREATE, DROP ON *.* TO r@localhost;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        string before = await DescribeAsync("shop");

        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server.Options with { User = "r", PasswordFile = Server.PasswordFile("x") });
        BackupException e = await Should.ThrowAsync<BackupException>(() => restorer.PlanAsync(new() { Database = "shop" }, Cancellation));

        e.Message.ShouldStartWith("the account lacks ALTER on shop__holdfast_new.* and ");
        e.Message.ShouldContain(@"GRANT ALTER ON `shop\_\_holdfast\_new`.* TO `r`@`localhost`;");
        (await DescribeAsync("shop")).ShouldBe(before);
    }

    [Fact]
    public async Task Accounts_that_are_there_keep_their_passwords_and_administrators_all_they_have()
    {
        await servers.Source.RunAsync("""
            CREATE USER shared@localhost IDENTIFIED BY 'then'; CREATE USER gone@localhost IDENTIFIED BY 'then'; CREATE USER boss@localhost; CREATE ROLE readers;
            CREATE DATABASE d; CREATE TABLE d.t (a INT); GRANT SELECT ON d.* TO shared@localhost, boss@localhost, readers; GRANT INSERT ON d.t TO gone@localhost; GRANT readers TO gone@localhost;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, servers.Source);
        await Server.RunAsync("CREATE USER shared@localhost IDENTIFIED BY 'now'; GRANT DELETE ON *.* TO shared@localhost; CREATE USER boss@localhost IDENTIFIED BY 'now'; GRANT ALL ON *.* TO boss@localhost;");
        string boss = await Server.RunAsync("SHOW GRANTS FOR boss@localhost; SHOW GRANTS FOR root@localhost");
        string password = await Server.RunAsync("SELECT authentication_string FROM mysql.user WHERE user = 'shared'");

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new() { Users = true });

        report.Accounts.ShouldBe(["`readers`", "`gone`@`localhost`"], ignoreOrder: true);
        report.Notes.ShouldNotContain(n => n.Contains("not granted", StringComparison.Ordinal));
        (await Server.RunAsync("SHOW GRANTS FOR boss@localhost; SHOW GRANTS FOR root@localhost")).ShouldBe(boss);
        (await Server.RunAsync("SELECT authentication_string FROM mysql.user WHERE user = 'shared'")).ShouldBe(password);
        (await Server.RunAsync("SHOW GRANTS FOR shared@localhost")).ShouldContain("GRANT SELECT ON `d`.* TO `shared`@`localhost`");
        (await Server.RunAsync("SHOW GRANTS FOR gone@localhost")).ShouldContain("GRANT INSERT ON `d`.`t` TO `gone`@`localhost`");
        (await Server.RunAsync("SHOW GRANTS FOR gone@localhost")).ShouldContain("GRANT `readers` TO `gone`@`localhost`");
    }

    [Fact]
    public async Task Another_restore_or_another_databases_key_is_in_the_way()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        await Server.RunAsync("CREATE DATABASE shop__holdfast_new; CREATE TABLE shop__holdfast_new.mine (a INT)");
        (await FailsAsync(bench, summary, new() { Database = "shop" })).ShouldBe("the database shop__holdfast_new is in the way, and no restore made it: rename or drop it");
        await Server.RunAsync("DROP DATABASE shop__holdfast_new; CREATE DATABASE other; CREATE TABLE other.c (p INT, FOREIGN KEY (p) REFERENCES shop.parent (id))");
        (await FailsAsync(bench, summary, new() { Database = "shop" })).ShouldContain("a foreign key of other/c names shop/parent");
    }

    [Fact]
    public async Task A_dump_of_a_database_or_a_table_is_plain_sql()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        string before = await DescribeAsync("shop");
        await Server.RunAsync("DROP DATABASE shop; CREATE DATABASE one");

        await Server.RunAsync(await DumpAsync(null));
        (await DescribeAsync("shop")).ShouldBe(before);
        await Server.RunAsync(await DumpAsync("parent"), "one");
        (await Server.RunAsync("SELECT * FROM one.parent")).ShouldBe("1\n2\n");
        (await Should.ThrowAsync<BackupException>(() => DumpAsync("none"))).Message.ShouldBe("the snapshot has no table shop/none");

        async Task<string> DumpAsync(string? table)
        {
            using var sql = new MemoryStream();
            await MySqlDump.WriteAsync(await bench.IndexedAsync(), summary.Tree, null, "shop", table, sql, Cancellation);
            return System.Text.Encoding.UTF8.GetString(sql.ToArray());
        }
    }

    [Fact]
    public void An_older_target_or_another_kind_of_server_is_said()
    {
        MySqlRestorePlanner.CompareVersions("10.11.6 Debian 12", MySqlVersion.OfServer("10.5.1-MariaDB"))!
            .ShouldStartWith("the target, 10.5.1, is older than the server in the snapshot, 10.11.6:");
        MySqlRestorePlanner.CompareVersions("8.0.36 MySQL Community Server", MySqlVersion.OfServer("10.11.6-MariaDB"))!
            .ShouldStartWith("the snapshot is of MySQL 8.0.36, the target is MariaDB 10.11.6:");
        MySqlRestorePlanner.CompareVersions("10.11.6 Debian 12", MySqlVersion.OfServer("11.4.2-MariaDB")).ShouldBeNull();
    }

    [Fact]
    public void Names_of_databases_are_changed_in_statements_and_not_in_text()
    {
        var qualifier = new SqlQualifier(new Dictionary<string, string> { ["a`b"] = "c", ["x"] = "y" }, "y");
        string sql = "CREATE TABLE `t` (`x` INT DEFAULT nextval(`x`.`x`) COMMENT '`x`.`x` it''s \\', REFERENCES `p`', FOREIGN KEY (`x`) REFERENCES `p` (`x`), REFERENCES `t` (`x`), REFERENCES `a``b`.`x` (`x`));";
        System.Text.Encoding.UTF8.GetString(qualifier.Rewrite(System.Text.Encoding.UTF8.GetBytes(sql))).ShouldBe(
            "CREATE TABLE `t` (`x` INT DEFAULT nextval(`y`.`x`) COMMENT '`x`.`x` it''s \\', REFERENCES `p`', FOREIGN KEY (`x`) REFERENCES `p` (`x`), REFERENCES `t` (`x`), REFERENCES `a``b`.`x` (`x`));"
                .Replace("(`x`) REFERENCES `p`", "(`x`) REFERENCES `y`.`p`", StringComparison.Ordinal).Replace("REFERENCES `a``b`", "REFERENCES `c`", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_routine_that_names_its_database_is_pointed_out_and_who_may_run_it_still_may()
    {
        await Server.RunAsync(Small + """
            CREATE USER runner@localhost; CREATE PROCEDURE shop.p () SELECT COUNT(*) FROM shop.parent; GRANT EXECUTE ON PROCEDURE shop.p TO runner@localhost;

            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);

        await RestoreAsync(bench, summary, new() { Database = "shop" });
        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new() { Database = "shop", As = "shop_test" });

        (await Server.RunAsync("SHOW GRANTS FOR runner@localhost")).ShouldContain("GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `runner`@`localhost`");
        report.Notes.ShouldBe(["shop/routines.sql names shop in its text, which stays so: look whether shop_test is meant"]);
    }

    private const string Small = """
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

    private const string Changed = """
        USE shop; INSERT INTO parent VALUES (3); INSERT INTO child VALUES (3, 3); DROP TABLE numbered; CREATE TABLE later (a INT PRIMARY KEY); INSERT INTO later VALUES (5);
        DROP VIEW a_view; CREATE VIEW later_view AS SELECT a FROM later; DROP FUNCTION twice; CREATE FUNCTION twice (x INT) RETURNS INT DETERMINISTIC RETURN x + x;
        CREATE TRIGGER later_trigger BEFORE DELETE ON later FOR EACH ROW SET @x = 'y'; DROP EVENT nightly; ALTER DATABASE shop COLLATE utf8mb4_bin;
        """;

    /// <summary>All that a database has, without its name.</summary>
    private async Task<string> DescribeAsync(string database)
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

    private static Task<BackupSummary> CaptureAsync(SourceBench bench, MariaDb server) => bench.CaptureAsync(new MySqlSource(server.Options));

    private static async Task<MySqlRestorer> RestorerAsync(SourceBench bench, BackupSummary summary, MySqlOptions options, Action<string>? before = null) =>
        new(await bench.IndexedAsync(), summary.Tree, options) { BeforeStatement = before };

    private async Task<DatabaseRestoreReport> RestoreAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request)
    {
        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server.Options);
        return await (await restorer.PlanAsync(request, Cancellation)).ExecuteAsync(Cancellation);
    }

    private async Task<string> FailsAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request) =>
        (await Should.ThrowAsync<BackupException>(() => RestoreAsync(bench, summary, request))).Message;
}
