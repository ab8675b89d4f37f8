using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

/// <summary>What a snapshot has takes the place of what a server has, whole or not at all.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlRestoreTests(MySqlServers servers) : MySqlRestoreCase(servers)
{
    [Fact]
    public async Task A_whole_server_comes_back_equal_on_an_empty_one()
    {
        await Servers.Source.RunAsync(Zoo.Sql);
        string[] expected = await Servers.Source.DescribeAsync();
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Servers.Source);

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new() { Users = true });

        string[] found = await Server.DescribeAsync();
        string.Join('\n', expected.Except(found).Select(l => "- " + l).Concat(found.Except(expected).Select(l => "+ " + l))).ShouldBeEmpty();
        found.ShouldBe(expected);
        report.Databases.ShouldBe(5);
        report.Tables.ShouldBe(17);
        report.Rows.ShouldBeGreaterThan(300);
        report.Accounts.ShouldContain("`u1`@`localhost`");
        await Servers.NothingBesideAsync();
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
        await Servers.NothingBesideAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("audit")]
    public async Task D64_rows_that_the_backup_leaves_out_are_not_lost_to_a_restore(string? table)
    {
        const string Why = "table shop/audit has rows on the target, and the backup leaves its rows out: they would be lost; restore under another name with --as, or give --empty-excluded if they may go";
        await Server.RunAsync("CREATE DATABASE shop; USE shop; CREATE TABLE audit (a INT); INSERT INTO audit VALUES (1); CREATE TABLE t (a INT); INSERT INTO t VALUES (1);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options with { Exclude = ["shop/audit"] }));
        await Server.RunAsync("UPDATE shop.t SET a = 2");
        var request = new DatabaseRestoreRequest { Database = "shop", Table = table };

        (await FailsAsync(bench, summary, request)).ShouldBe(Why);
        (await Server.RunAsync("SELECT a FROM shop.audit; SELECT a FROM shop.t")).ShouldBe("1\n2\n");
        await RestoreAsync(bench, summary, request with { EmptyExcluded = true });
        (await Server.RunAsync("SELECT a FROM shop.audit; SELECT a FROM shop.t")).ShouldBe(table is null ? "1\n" : "2\n");
        await RestoreAsync(bench, summary, request); // an empty one may go
    }

    [Fact]
    public async Task What_the_dump_tools_leave_or_round_is_said_and_comes_back_as_far_as_it_can()
    {
        const string Sql = """
            CREATE USER app@localhost; CREATE DATABASE files; USE files; CREATE TABLE a (x INT) ENGINE=MyISAM; CREATE TABLE b LIKE a; INSERT INTO a VALUES (1); INSERT INTO b VALUES (2);
            CREATE TABLE m (x INT) ENGINE=MERGE UNION=(a, b); CREATE TABLE f (id INT PRIMARY KEY, f FLOAT, g FLOAT(12, 3), d DOUBLE); INSERT INTO f VALUES (1, 16777215, 16777215, 16777215); CREATE VIEW v AS SELECT f FROM f;
            CREATE FUNCTION GetPrice () RETURNS INT DETERMINISTIC RETURN 1; GRANT EXECUTE ON FUNCTION files.GetPrice TO app@localhost; CREATE DATABASE `users.sql`; CREATE TABLE `users.sql`.t (a INT);
            """;
        await Servers.Source.RunAsync(Sql);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Servers.Source);

        bench.Notes.ShouldContain(n => n.EndsWith("of tables whose rows are somewhere else only the definition is captured: files/m (MRG_MyISAM)", StringComparison.Ordinal));
        bench.Notes.ShouldContain(n => n.Contains("columns of type FLOAT are captured with six digits, since the server sends no more: files/f.f; DOUBLE", StringComparison.Ordinal));
        ManifestSource source = (await bench.ManifestAsync(summary))!.Sources.Single();
        source.Items.Single(i => i.Name == "files/m").ShouldSatisfyAllConditions(i => i.Rows.ShouldBeNull(), i => i.SchemaOnly.ShouldBeNull());
        (source.Details["rounded"], source.Details["rows_elsewhere"]).ShouldBe(("files/f.f", "files/m (MRG_MyISAM)"));

        await RestoreAsync(bench, summary, new() { Users = true });
        (await Server.RunAsync("SELECT x FROM files.m ORDER BY x; SELECT CAST(f AS DOUBLE), g, d FROM files.f; SHOW TABLES FROM `users.sql`")).ShouldBe("1\n2\n16777200\t16777215.000\t16777215\nt\n");
        (await Server.RunAsync("SHOW GRANTS FOR app@localhost")).ShouldBe(await Servers.Source.RunAsync("SHOW GRANTS FOR app@localhost"));
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
        await Servers.NothingBesideAsync();

        (await FailsAsync(bench, summary, new() { Database = "shop", Table = "parent" })).ShouldContain("a foreign key of shop/child names shop/parent");
        (await FailsAsync(bench, summary, new() { Database = "shop", Table = "none" })).ShouldBe("the snapshot has no table shop/none");
        (await FailsAsync(bench, summary, new() { Database = "none" })).ShouldContain("the snapshot has no database none");
    }

    [Fact]
    public async Task Who_defined_something_and_is_not_there_is_named_and_stays()
    {
        await Servers.Source.RunAsync("CREATE USER maker@localhost; CREATE DATABASE d; CREATE TABLE d.t (a INT); CREATE DEFINER = maker@localhost VIEW d.v AS SELECT a FROM d.t");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Servers.Source);

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new());

        report.Notes.ShouldContain("the account maker@localhost, which defined some of what was restored, is not there: make it, or that does not run");
        (await Server.RunAsync("SELECT definer FROM information_schema.views WHERE table_schema = 'd'")).ShouldBe("maker@localhost\n");
    }

    [Fact]
    public async Task Accounts_that_are_there_keep_their_passwords_and_administrators_all_they_have()
    {
        await Servers.Source.RunAsync("""
            CREATE USER shared@localhost IDENTIFIED BY 'then'; CREATE USER gone@localhost IDENTIFIED BY 'then'; CREATE USER boss@localhost; CREATE ROLE readers;
            CREATE DATABASE d; CREATE TABLE d.t (a INT); GRANT SELECT ON d.* TO shared@localhost, boss@localhost, readers; GRANT INSERT ON d.t TO gone@localhost; GRANT readers TO gone@localhost;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Servers.Source);
        await Server.RunAsync("CREATE USER shared@localhost IDENTIFIED BY 'now'; GRANT DELETE ON *.* TO shared@localhost; CREATE USER boss@localhost IDENTIFIED BY 'now'; GRANT ALL ON *.* TO boss@localhost;");
        string boss = await Server.RunAsync("SHOW GRANTS FOR boss@localhost"), root = await Server.RunAsync("SHOW GRANTS FOR root@localhost");
        string password = await Server.RunAsync("SELECT authentication_string FROM mysql.user WHERE user = 'shared'");

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new() { Users = true });

        report.Accounts.ShouldBe(["`readers`", "`gone`@`localhost`"], ignoreOrder: true);
        report.Notes.ShouldNotContain(n => n.Contains("not granted", StringComparison.Ordinal));
        (await Server.RunAsync("SHOW GRANTS FOR boss@localhost")).ShouldBe(boss);
        (await Server.RunAsync("SHOW GRANTS FOR root@localhost")).Split('\n').Except(root.Split('\n')).ShouldBe(["GRANT `readers` TO `root`@`localhost` WITH ADMIN OPTION"], "it made the role, then");
        (await Server.RunAsync("SELECT authentication_string FROM mysql.user WHERE user = 'shared'")).ShouldBe(password);
        (await Server.RunAsync("SHOW GRANTS FOR shared@localhost")).ShouldContain("GRANT SELECT ON `d`.* TO `shared`@`localhost`");
        (await Server.RunAsync("SHOW GRANTS FOR gone@localhost")).ShouldContain("GRANT INSERT ON `d`.`t` TO `gone`@`localhost`");
        (await Server.RunAsync("SHOW GRANTS FOR gone@localhost")).ShouldContain("GRANT `readers` TO `gone`@`localhost`");
    }

    [Fact]
    public async Task A_role_has_somebody_who_can_grant_it()
    {
        await Servers.Source.RunAsync("""
            CREATE USER away@localhost; CREATE USER chief@localhost; CREATE ROLE `of chief` WITH ADMIN chief@localhost; CREATE ROLE above; CREATE ROLE below WITH ADMIN above;
            CREATE ROLE nobodys WITH ADMIN away@localhost; DROP USER away@localhost; CREATE ROLE there; CREATE DATABASE d; CREATE TABLE d.t (a INT);
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Servers.Source);
        await Server.RunAsync("CREATE USER first@localhost; CREATE ROLE there WITH ADMIN first@localhost");

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, new() { Users = true });

        report.Notes.ShouldBe(["nobody who is here could grant the role `nobodys`: who restored it can, now"]);
        (await Server.RunAsync("SELECT role, user, host FROM mysql.roles_mapping WHERE admin_option = 'Y' ORDER BY 1, 2")).ShouldBe(
            "above\troot\tlocalhost\nbelow\tabove\t\nnobodys\troot\tlocalhost\nof chief\tchief\tlocalhost\nthere\tfirst\tlocalhost\n");
        await Server.RunAsync("GRANT nobodys TO first@localhost; GRANT above TO first@localhost");
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
}
