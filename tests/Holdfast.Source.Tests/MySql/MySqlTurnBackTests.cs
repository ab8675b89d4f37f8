using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>What a restore left that was cut short, beside what others put there.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlTurnBackTests(MySqlServers servers) : IAsyncLifetime
{
    private const string Shop = """
        CREATE USER runner@localhost; CREATE USER maker@localhost; CREATE DATABASE shop; USE shop;
        CREATE TABLE t (a INT PRIMARY KEY); INSERT INTO t VALUES (1); CREATE TABLE log (a INT);
        CREATE TRIGGER noted AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (NEW.a);
        CREATE PROCEDURE p () SELECT 1; GRANT EXECUTE ON PROCEDURE shop.p TO runner@localhost;

        """;

    private const string After = "UPDATE shop.t SET a = 2;";

    private MariaDb Server => servers.Target;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => servers.ResetAsync();

    public ValueTask DisposeAsync() => default;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_binary_log_gets_the_way_back_where_it_got_the_way_there(bool logged)
    {
        MariaDb server = servers.Source;
        await server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(server.Options));
        await server.RunAsync(After + "DROP USER runner@localhost; RESET MASTER;");
        var request = new DatabaseRestoreRequest { Database = "shop", BinaryLog = logged, Users = true };

        await KillAsync(bench, summary, server, request, "ALTER DATABASE");
        (await (await RestorerAsync(bench, summary, server)).TurnBackAsync(["shop"], Cancellation)).ShouldBe(["shop"]);
        await KillAsync(bench, summary, server, request, "DROP DATABASE");
        (await (await RestorerAsync(bench, summary, server)).TurnBackAsync(["shop"], Cancellation)).ShouldBeEmpty();
        DatabaseRestoreReport report = await (await (await RestorerAsync(bench, summary, server)).PlanAsync(request, Cancellation)).ExecuteAsync(Cancellation);

        report.Accounts.ShouldBe(["`runner`@`localhost`"]);
        string log = await server.RunAsync("SHOW BINLOG EVENTS");
        string[] statements = [.. log.Split('\n').Where(l => l.Contains("shop", StringComparison.Ordinal) || l.Contains("runner", StringComparison.Ordinal) || l.Contains("\tGtid\t", StringComparison.Ordinal))];
        if (!logged)
        {
            statements.ShouldBeEmpty();
            return;
        }

        statements.Count(l => l.Contains("RENAME TABLE", StringComparison.Ordinal)).ShouldBe(4);
        statements.ShouldContain(l => l.Contains("CREATE USER", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Notes_of_older_versions_that_put_back_a_time_zone_which_they_have_not_are_followed()
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server);
        MySqlRestorePair pair = MySqlRestorePair.Of("shop");
        var notes = new MySqlSwapNotes(pair)
        {
            OldTables = ["log", "t"], NewTables = [], IsTable = false, Database = "COLLATE utf8mb4_bin", Broken = [], Grants = [], Run = "r", IsLogged = true,
            Objects =
            [
                new(new(MySqlKind.Procedure, "shop", "p"), "/*!50106 SET TIME_ZONE= @save_time_zone */;\nDELIMITER ;;\nCREATE PROCEDURE p () SELECT 2\n;;\nDELIMITER ;\n"u8.ToArray()),
            ],
        };
        await Server.RunAsync(MySqlSwapNotes.Create(pair.Old, string.Empty, isLogged: true) + string.Concat(notes.Write()) + notes.Ready(restorer.Seal));

        (await restorer.TurnBackAsync(["shop"], Cancellation)).ShouldBe(["shop"]);

        (await Server.RunAsync("SELECT routine_definition FROM information_schema.routines WHERE routine_schema = 'shop'")).ShouldBe("SELECT 2\n");
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task Notes_that_somebody_else_wrote_are_not_believed()
    {
        await Server.RunAsync(Shop + "CREATE DATABASE other; CREATE TABLE other.t (a INT);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        const string Forged = """
            CREATE DATABASE shop__holdfast_old; CREATE TABLE shop__holdfast_old.__holdfast (id INT AUTO_INCREMENT PRIMARY KEY, kind VARCHAR(20), name VARBINARY(1000), content LONGBLOB) COMMENT='holdfast, logged';
            INSERT INTO shop__holdfast_old.__holdfast (kind, name, content) VALUES ('form', 'database', 'r'), ('grant', '', 'CREATE USER evil@localhost;'), ('ready', '', 'x');
            """;
        await Server.RunAsync(Forged);

        (await FailsAsync(bench, summary)).ShouldBe("the database shop__holdfast_old is in the way, and no restore from this repository made it: look what is in it, and rename or drop it");
        (await (await RestorerAsync(bench, summary, Server)).TurnBackAsync(["shop"], Cancellation)).ShouldBeEmpty();
        await (await (await RestorerAsync(bench, summary, Server)).PlanAsync(new() { Database = "other" }, Cancellation)).ExecuteAsync(Cancellation);

        (await Server.RunAsync("SELECT COUNT(*) FROM shop__holdfast_old.__holdfast; SELECT COUNT(*) FROM mysql.user WHERE user = 'evil'")).ShouldBe("3\n0\n");
        await Server.RunAsync("DROP TABLE shop__holdfast_old.__holdfast; CREATE VIEW shop__holdfast_old.__holdfast AS SELECT 1 AS id, 'ready' AS kind, '' AS name, '' AS content");
        (await FailsAsync(bench, summary)).ShouldBe("the database shop__holdfast_old is in the way, and no restore made it: rename or drop it");
    }

    [Fact]
    public async Task Another_repository_leaves_what_it_did_not_begin_and_says_whose_it_is()
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync(), other = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        BackupSummary otherSummary = await other.CaptureAsync(new MySqlSource(Server.Options));
        await Server.RunAsync(After);
        await KillAsync(bench, summary, Server, new() { Database = "shop" }, "ALTER DATABASE");

        string id = (await bench.IndexedAsync()).Repository.Config.Id[..10];
        (await FailsAsync(other, otherSummary)).ShouldBe(
            $"the database shop__holdfast_old is in the way: by its notes a restore from repository {id} was cut short; any restore from that one to this server turns it back, nothing is lost");
        (await (await RestorerAsync(other, otherSummary, Server)).TurnBackAsync(["shop"], Cancellation)).ShouldBeEmpty();
        (await Server.RunAsync("SELECT a FROM shop__holdfast_old.t")).ShouldBe("2\n");

        (await (await RestorerAsync(bench, summary, Server)).TurnBackAsync(["shop"], Cancellation)).ShouldBe(["shop"]);
        (await Server.RunAsync("SELECT a FROM shop.t")).ShouldBe("2\n");
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task D63_what_was_written_since_a_kill_is_put_aside_when_somebody_else_turns_it_back()
    {
        const string Orders = "CREATE TABLE orders (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES t (a)) ENGINE=InnoDB; INSERT INTO orders VALUES (7, 1); CREATE DATABASE other; CREATE TABLE other.t (a INT);";
        const string Aside = "the tables that were restored then, and may have been written to since, are in database shop__holdfast_was: look whether they are needed, and drop it";
        await Server.RunAsync(Shop + Orders);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        await Server.RunAsync("INSERT INTO shop.t VALUES (2); UPDATE shop.orders SET a = 2");
        int kills = 0;
        for (bool killed = true; killed; kills++)
        {
            await KillAsync(bench, summary, Server, new() { Database = "shop" }, "ALTER DATABASE");
            await Server.RunAsync("INSERT INTO shop.t VALUES (77); INSERT INTO shop.orders VALUES (78, 77)");

            // The one that turns back is killed as well, later each time.
            killed = false;
            int left = kills;
            MySqlRestorer first = await RestorerAsync(bench, summary, Server, _ =>
            {
                killed |= left-- <= 0;
                if (killed)
                {
                    throw new KilledException();
                }
            });
            try
            {
                await first.TurnBackAsync([], Cancellation);
            }
            catch (KilledException)
            {
            }

            DatabaseRestoreReport report = await (await (await RestorerAsync(bench, summary, Server)).PlanAsync(new() { Database = "other" }, Cancellation)).ExecuteAsync(Cancellation);
            if (kills == 0)
            {
                report.Notes.ShouldContain(Aside);
            }

            (await Server.RunAsync("SELECT a FROM shop.t; SELECT id, a FROM shop.orders; SELECT a FROM shop__holdfast_was.t; SELECT id, a FROM shop__holdfast_was.orders"))
                .ShouldBe("1\n2\n7\t2\n1\n77\n7\t1\n78\t77\n", $"killed at {kills}");
            (await Server.RunAsync("SELECT constraint_schema, unique_constraint_schema FROM information_schema.referential_constraints WHERE constraint_schema LIKE 'shop%' ORDER BY 1"))
                .ShouldBe("shop\tshop\nshop__holdfast_was\tshop__holdfast_was\n");

            if (!killed)
            {
                break;
            }

            await Server.RunAsync("DROP DATABASE shop__holdfast_was");
        }

        kills.ShouldBeGreaterThan(5);
        await KillAsync(bench, summary, Server, new() { Database = "shop" }, "ALTER DATABASE");
        BackupException e = await Should.ThrowAsync<BackupException>(async () => await (await RestorerAsync(bench, summary, Server)).TurnBackAsync([], Cancellation));
        e.Message.ShouldContain("its tables would go to shop__holdfast_was, which has a table");
        await Server.RunAsync("DROP DATABASE shop__holdfast_was");
        (await (await RestorerAsync(bench, summary, Server)).TurnBackAsync(["shop"], Cancellation)).ShouldBe(["shop"]);
        (await Server.RunAsync("SELECT a FROM shop.t")).ShouldBe("1\n2\n");
        await servers.NothingBesideAsync();
    }

    [Theory]
    [InlineData("t", false)]
    [InlineData("log", true)]
    public async Task D63_a_table_that_is_restored_again_needs_nothing_put_aside_and_another_one_does(string table, bool aside)
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        await Server.RunAsync(After);
        await KillAsync(bench, summary, Server, new() { Database = "shop", Table = "t" }, "triggers/t.sql");
        (await Server.RunAsync("SELECT a FROM shop.t; SELECT a FROM shop__holdfast_old.t")).ShouldBe("1\n2\n", "it has its place");

        await (await (await RestorerAsync(bench, summary, Server)).PlanAsync(new() { Database = "shop", Table = table }, Cancellation)).ExecuteAsync(Cancellation);

        (await Server.RunAsync("SELECT a FROM shop.t; SHOW DATABASES LIKE '%holdfast%'")).ShouldBe(aside ? "2\nshop__holdfast_was\n" : "1\n");
    }

    [Fact]
    public async Task A_right_of_the_place_aside_is_asked_for_where_something_has_to_go_there()
    {
        await Server.RunAsync(Shop + "CREATE DATABASE other; CREATE TABLE other.t (a INT);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        await KillAsync(bench, summary, Server, new() { Database = "shop" }, "ALTER DATABASE");
        const string Rights = "SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER, EVENT, CREATE ROUTINE, ALTER ROUTINE";
        await Server.RunAsync($"""
            CREATE USER r@localhost IDENTIFIED BY 'x'; GRANT SELECT ON mysql.* TO r@localhost; GRANT SET USER, BINLOG ADMIN, PROCESS ON *.* TO r@localhost;
            GRANT {Rights} ON `other%`.* TO r@localhost; GRANT {Rights} ON shop.* TO r@localhost; GRANT {Rights} ON shop__holdfast_old.* TO r@localhost; GRANT {Rights} ON shop__holdfast_new.* TO r@localhost;
            """);
        var restorer = new MySqlRestorer(await bench.IndexedAsync(), summary.Tree, Server.Options with { User = "r", PasswordFile = Server.PasswordFile("x") });
        BackupException e = await Should.ThrowAsync<BackupException>(() => restorer.PlanAsync(new() { Database = "other" }, Cancellation));
        e.Message.ShouldContain($"run: GRANT {Rights} ON `shop\\_\\_holdfast\\_was`.* TO `r`@`localhost`;");
    }

    [Fact]
    public async Task A_right_that_cannot_be_granted_again_is_said_and_stops_nothing()
    {
        await Server.RunAsync(Shop + "INSERT INTO mysql.procs_priv (host, db, user, routine_name, routine_type, grantor, proc_priv) VALUES ('localhost', 'shop', 'runner', 'gone', 'PROCEDURE', '', 'Execute'); FLUSH PRIVILEGES;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        await Server.RunAsync(After);

        // Without the account of the right; and the name is to be found where a backslash is none, too.
        await KillAsync(bench, summary, Server, new() { Database = "shop" }, "ALTER DATABASE");
        await Server.RunAsync("DROP USER runner@localhost; DELETE FROM mysql.procs_priv WHERE routine_name = 'gone'; FLUSH PRIVILEGES; SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'");
        try
        {
            string turned = (await (await RestorerAsync(bench, summary, Server)).TurnBackAsync(["shop"], Cancellation)).ShouldHaveSingleItem();
            turned.ShouldStartWith("shop (GRANT Execute ON PROCEDURE `shop`.`p` TO `runner`@`localhost`; could not be made again: ");
            turned.ShouldNotContain("gone");
        }
        finally
        {
            await Server.RunAsync("SET GLOBAL sql_mode = DEFAULT");
        }

        (await Server.RunAsync("SELECT a FROM shop.t; SELECT routine_name FROM information_schema.routines WHERE routine_schema = 'shop'")).ShouldBe("2\np\n");
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task Views_that_name_what_is_not_there_come_back_as_far_as_the_server_makes_them()
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        await Server.RunAsync("""
            USE shop; CREATE TABLE later (a INT); CREATE VIEW broken AS SELECT a FROM later; DROP TABLE later;
            CREATE DEFINER = maker@localhost VIEW ownerless AS SELECT a FROM t; DROP USER maker@localhost;
            """);
        bool failed = false;
        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server, s =>
        {
            if (!failed && s.StartsWith("ALTER DATABASE", StringComparison.Ordinal))
            {
                failed = true;
                throw new BackupException(BackupErrorKind.Source, "no more");
            }
        });
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "shop" }, Cancellation);

        BackupException e = await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation));

        plan.Notes.ShouldContain("view shop/broken of the target names what is not there: it may not come back if the restore failed");
        (await Server.RunAsync("SELECT table_name, definer FROM information_schema.views WHERE table_schema = 'shop'")).ShouldBe("ownerless\tmaker@localhost\n");
        e.Message.ShouldContain("broken could not be made again");
    }

    [Fact]
    public async Task What_fails_when_the_databases_are_whole_is_a_note_and_shows_no_password()
    {
        await servers.Source.RunAsync("CREATE USER one@localhost IDENTIFIED BY 'secret'; CREATE ROLE readers; GRANT readers TO one@localhost; CREATE DATABASE d; CREATE TABLE d.t (a INT);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(servers.Source.Options));
        await Server.RunAsync("""
            CREATE USER r@localhost IDENTIFIED BY 'x'; GRANT SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER, EVENT, CREATE ROUTINE, ALTER ROUTINE ON `d%`.* TO r@localhost;
            GRANT SELECT ON mysql.* TO r@localhost;
            """);
        var said = new List<string>();
        var restorer = new MySqlRestorer(await bench.IndexedAsync(), summary.Tree, Server.Options with { User = "r", PasswordFile = Server.PasswordFile("x") }) { BeforeStatement = said.Add };

        DatabaseRestoreReport report = await (await restorer.PlanAsync(new() { Database = "d", Users = true }, Cancellation)).ExecuteAsync(Cancellation);

        (report.Tables, report.Accounts.Count).ShouldBe((1, 0));
        report.Notes.ShouldContain(n => n.Contains("refused CREATE USER `one`@`localhost`: ", StringComparison.Ordinal));
        said.ShouldNotContain(s => s.Contains("IDENTIFIED", StringComparison.Ordinal));
        using MySqlLogin login = MySqlLogin.Create(Server.Options);
        await using MySqlSession session = MySqlSession.Open(Server.Options, login, null);
        BackupException e = await Should.ThrowAsync<BackupException>(() => session.ExecuteSecretAsync("CREATE USER x", "CREATE USER x@localhost NONSENSE IDENTIFIED BY PASSWORD '*0123'", Cancellation));
        e.ToString().ShouldNotContain("0123");
        e.Message.ShouldContain("refused CREATE USER x: ");
    }

    [Fact]
    public async Task The_role_that_grants_others_goes_although_the_run_is_ended()
    {
        await servers.Source.RunAsync("CREATE USER one@localhost; CREATE ROLE readers; GRANT readers TO one@localhost; CREATE DATABASE d; CREATE TABLE d.t (a INT);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(servers.Source.Options));
        using var ended = new CancellationTokenSource();
        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server, s =>
        {
            if (s.StartsWith("GRANT to", StringComparison.Ordinal))
            {
                ended.Cancel();
            }
        });

        DatabaseRestoreReport report = await (await restorer.PlanAsync(new() { Users = true }, Cancellation)).ExecuteAsync(ended.Token);

        report.Accounts.ShouldContain("`one`@`localhost`");
        report.Notes.ShouldContain("the databases are restored, and not all accounts: it was ended before; restore once more for those");
        (await Server.RunAsync("SELECT COUNT(*) FROM mysql.user WHERE user = 'holdfast_load'; SHOW TABLES FROM d")).ShouldBe("0\nt\n");
    }

    [Fact]
    public async Task What_came_since_the_plan_stays()
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        IDatabaseRestorePlan plan = await (await RestorerAsync(bench, summary, Server)).PlanAsync(new() { Database = "shop", As = "fresh" }, Cancellation);
        await Server.RunAsync("CREATE DATABASE fresh");
        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Message
            .ShouldBe("the database fresh was made since the restore was planned: plan it again if it is to be replaced");

        plan = await (await RestorerAsync(bench, summary, Server)).PlanAsync(new() { Database = "shop" }, Cancellation);
        await Server.RunAsync("CREATE TABLE fresh.c (a INT, FOREIGN KEY (a) REFERENCES shop.t (a))");
        (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Message.ShouldContain("a foreign key of fresh/c names shop/t");
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task Who_holds_a_table_is_not_waited_for_long_and_the_triggers_come_back()
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new MySqlSource(Server.Options));
        var restorer = new MySqlRestorer(await bench.IndexedAsync(), summary.Tree, Server.Options) { SwapPatience = 1 };
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "shop" }, Cancellation);
        using (System.Diagnostics.Process holder = await Server.HoldAsync("START TRANSACTION; SELECT * FROM shop.log UNION SELECT 1;"))
        {
            (await Should.ThrowAsync<BackupException>(() => plan.ExecuteAsync(Cancellation))).Message.ShouldEndWith("; while that was tried, the tables to be replaced had no triggers");
            holder.Kill();
            await holder.WaitForExitAsync(Cancellation);
        }

        (await Server.RunAsync("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'shop'")).ShouldBe("noted\n");
        await servers.NothingBesideAsync();
    }

    private async Task KillAsync(SourceBench bench, BackupSummary summary, MariaDb server, DatabaseRestoreRequest request, string at)
    {
        bool killed = false;
        MySqlRestorer restorer = await RestorerAsync(bench, summary, server, statement =>
        {
            killed |= statement.Contains(at, StringComparison.Ordinal);
            if (killed)
            {
                throw new KilledException();
            }
        });
        IDatabaseRestorePlan plan = await restorer.PlanAsync(request, Cancellation);
        await Should.ThrowAsync<KilledException>(() => plan.ExecuteAsync(Cancellation));
    }

    private async Task<string> FailsAsync(SourceBench bench, BackupSummary summary) => (await Should.ThrowAsync<BackupException>(
        async () => await (await (await RestorerAsync(bench, summary, Server)).PlanAsync(new() { Database = "shop" }, Cancellation)).ExecuteAsync(Cancellation))).Message;

    private static async Task<MySqlRestorer> RestorerAsync(SourceBench bench, BackupSummary summary, MariaDb server, Action<string>? before = null) =>
        new(await bench.IndexedAsync(), summary.Tree, server.Options) { BeforeStatement = before };
}
