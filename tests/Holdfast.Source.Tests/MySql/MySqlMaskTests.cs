using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>A script changes what was loaded before anybody sees it, or the old database stays.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlMaskTests(MySqlServers servers) : IAsyncLifetime
{
    private const string Shop = """
        CREATE DATABASE shop; USE shop;
        CREATE TABLE customers (id INT PRIMARY KEY, mail VARCHAR(100)); INSERT INTO customers VALUES (1, 'a@example.org'), (2, 'b@example.org'), (3, 'c@example.org');
        CREATE TABLE log (t TEXT);
        CREATE TRIGGER noted AFTER UPDATE ON customers FOR EACH ROW INSERT INTO log VALUES (OLD.mail);
        CREATE VIEW mails AS SELECT mail FROM customers;

        """;

    private const string Old = "CREATE DATABASE shop_test; USE shop_test; CREATE TABLE customers (id INT PRIMARY KEY, mail VARCHAR(100)); INSERT INTO customers VALUES (9, 'old');";

    private const string Masked = "1\tx1\n2\tx2\n3\tx3\n";

    private MariaDb Server => servers.Target;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Server.ResetAsync();

    public ValueTask DisposeAsync() => default;

    [Fact]
    public async Task A_mask_sees_what_was_loaded_and_nobody_sees_what_it_hides()
    {
        await Server.RunAsync(Shop + Old);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench);

        // A transaction without its end, other delimiters, no delimiter at the end.
        DatabaseRestoreReport report = await RestoreAsync(bench, summary, """
            -- USE and shop.customers in a comment are nothing
            SELECT COUNT(*), 'shop.customers' FROM customers USE INDEX (PRIMARY);
            SET autocommit = 0;
            DELIMITER //
            CREATE PROCEDURE hide () BEGIN UPDATE customers SET mail = CONCAT('x', id); END//
            CALL hide()//
            CREATE TABLE hidden (a INT PRIMARY KEY)//
            SELECT t AS
            source FROM log WHERE t = '\u' OR t = \N//
            DROP TABLE log//
            CREATE TABLE log (t TEXT)//
            INSERT INTO log VALUES ('masked')
            """);

        (await Server.RunAsync("SELECT * FROM shop_test.customers")).ShouldBe(Masked);
        (await Server.RunAsync("SELECT * FROM shop_test.log; SELECT * FROM shop_test.mails; SHOW TABLES FROM shop_test")).ShouldBe("masked\nx1\nx2\nx3\ncustomers\nhidden\nlog\nmails\n");
        (await Server.RunAsync("SELECT * FROM shop.customers; SELECT * FROM shop.log")).ShouldBe("1\ta@example.org\n2\tb@example.org\n3\tc@example.org\n");
        (await Server.RunAsync("SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'shop_test'")).ShouldBe("noted\n");
        report.Rows.ShouldBe(3);
        report.Notes.ShouldBe(["the mask says: 3\tshop.customers", "table shop_test/log has 1 rows after the mask, and had 0"]);
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task What_a_mask_deletes_or_drops_is_said()
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        await Server.RunAsync("DROP TRIGGER shop.noted");
        BackupSummary summary = await CaptureAsync(bench);

        DatabaseRestoreReport report = await RestoreAsync(bench, summary, "DELETE FROM customers WHERE id > 1; DROP TABLE log;");

        report.Notes.ShouldBe(["the mask removed table shop_test/log", "table shop_test/customers has 1 rows after the mask, and had 3"]);
        (await Server.RunAsync("SHOW TABLES FROM shop_test")).ShouldBe("customers\nmails\n");
        await servers.NothingBesideAsync();
    }

    [Theory]
    [InlineData("UPDATE customers SET mail = 'x';\nUPDATE nowhere SET mail = 'x';", "ERROR 1146 (42S02) at line 2: Table 'shop_test__holdfast_new.nowhere' doesn't exist")]
    [InlineData("UPDATE customers SET mail = 'x", "failed: mariadb ended with exit status 1: ")]
    [InlineData("UPDATE customers SET mail = 'x'; /* and", "mask.sql ")]
    [InlineData("UPDATE customers SET mail = 'x'; # it's done\n-- and 'that\n\"", "mask.sql ")]
    [InlineData("DROP TABLE customers;", "customers")]
    [InlineData("use shop;\nUPDATE customers SET mail = 'x'", "has USE shop: leave that out, it runs in a database beside the one that is replaced")]
    [InlineData("UPDATE `shop` . customers SET mail = 'x'", "names database shop: name tables without it")]
    [InlineData("SELECT 1; DELETE FROM Shop_Test.customers", "names database Shop_Test: name tables without it")]
    [InlineData("SELECT 1; --\t'\nDELETE FROM shop.customers", "names database shop: name tables without it")]
    [InlineData("SELECT 1; \\u shop\nDELETE FROM customers", "has \\u, a command of the client")]
    [InlineData("SELECT 1;\n -- and\n source /etc/hostname\n", "has source, a command of the client")]
    [InlineData("DELIMITER $$\nSELECT 1$$\nconnect shop\nDELETE FROM customers$$", "has connect, a command of the client")]
    [InlineData("DELETE FROM log;\nquit\nUPDATE customers SET mail = 'x'", "has quit, a command of the client")]
    [InlineData("Exit;", "has Exit, a command of the client")]
    [InlineData("SELECT 1 \\q", "has \\q, a command of the client")]
    [InlineData("DROP DATABASE `shop`;", "has DROP DATABASE: leave that out, it is to change what is in a database beside")]
    [InlineData("SELECT 1; drop /* all */ schema if exists shop;", "has drop schema")]
    [InlineData("/*!50000 ALTER DATABASE shop CHARACTER SET latin1 */;", "has ALTER DATABASE")]
    [InlineData("CREATE OR REPLACE DATABASE shop;", "has REPLACE DATABASE")]
    [InlineData("EXECUTE IMMEDIATE 'DROP  DATABASE shop';", "has DROP  DATABASE")]
    [InlineData(null, "cannot be read: there is no such file")]
    public async Task A_mask_that_fails_leaves_the_old_database(string? script, string message)
    {
        await Server.RunAsync(Shop + Old);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench);

        BackupException e = await Should.ThrowAsync<BackupException>(() => RestoreAsync(bench, summary, script));

        e.Message.ShouldContain(message);
        (await Server.RunAsync("SELECT * FROM shop_test.customers; SHOW TABLES FROM shop_test")).ShouldBe("9\told\ncustomers\n");
        (await Server.RunAsync("SELECT mail FROM shop.customers WHERE id = 1")).ShouldBe("a@example.org\n");
        await servers.NothingBesideAsync();
    }

    [Fact]
    public async Task A_mask_that_others_can_change_is_refused()
    {
        await Server.RunAsync(Shop);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench);
        string path = Write(bench, "SELECT 1");
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherWrite);

        BackupException e = await Should.ThrowAsync<BackupException>(() => PlanAsync(bench, summary, path, null));

        (e.Kind, e.Message).ShouldBe((BackupErrorKind.Refused, $"the mask {path} can be changed by others, and its statements are run: chmod o-w {path}"));
    }

    [Fact]
    public async Task Killed_anywhere_the_database_is_the_old_one_or_masked_after_the_next_run()
    {
        await Server.RunAsync(Shop + Old);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench);
        string mask = Write(bench, "UPDATE customers SET mail = CONCAT('x', id)");
        var at = new List<string>();
        for (bool killed = true; killed;)
        {
            int left = at.Count;
            killed = false;
            IDatabaseRestorePlan plan = await PlanAsync(bench, summary, mask, statement =>
            {
                if (killed || left-- == 0)
                {
                    if (!killed)
                    {
                        at.Add(statement);
                    }

                    killed = true;
                    throw new KilledException();
                }
            });
            try
            {
                await plan.ExecuteAsync(Cancellation);
            }
            catch (KilledException)
            {
            }

            await new MySqlRestorer(await bench.IndexedAsync(), summary.Tree, Server.Options).TurnBackAsync(["shop_test"], Cancellation);
            string found = await Server.RunAsync("SELECT * FROM shop_test.customers");
            (found is "9\told\n" or Masked).ShouldBeTrue(found);
            await servers.NothingBesideAsync();
            if (found == Masked)
            {
                await Server.RunAsync("DROP DATABASE shop_test;" + Old);
            }
        }

        at.ShouldContain("the mask");
        at.Count.ShouldBeGreaterThan(20);
    }

    [Fact]
    public async Task Who_may_read_what_is_not_masked_yet_is_named()
    {
        await Server.RunAsync(Shop + """
            CREATE USER every@localhost; CREATE USER some@localhost; CREATE USER one@localhost; CREATE USER writer@localhost;
            GRANT SELECT ON *.* TO every@localhost; GRANT ALL ON `shop%`.* TO some@localhost; GRANT ALL ON `shop\_test`.* TO one@localhost; GRANT INSERT ON *.* TO writer@localhost;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench);

        IDatabaseRestorePlan plan = await PlanAsync(bench, summary, Write(bench, "SELECT 1"), null);

        plan.Notes.ShouldHaveSingleItem().ShouldStartWith("before the mask has run, every@localhost, some@localhost may read shop_test__holdfast_new: ");
    }

    private Task<BackupSummary> CaptureAsync(SourceBench bench) => bench.CaptureAsync(new MySqlSource(Server.Options with { Databases = ["shop"] }));

    private async Task<IDatabaseRestorePlan> PlanAsync(SourceBench bench, BackupSummary summary, string mask, Action<string>? before) =>
        await new MySqlRestorer(await bench.IndexedAsync(), summary.Tree, Server.Options) { BeforeStatement = before }
            .PlanAsync(new() { Database = "shop", As = "shop_test", Mask = mask }, Cancellation);

    private async Task<DatabaseRestoreReport> RestoreAsync(SourceBench bench, BackupSummary summary, string? script) =>
        await (await PlanAsync(bench, summary, script is null ? $"{bench.Folder}/none.sql" : Write(bench, script), null)).ExecuteAsync(Cancellation);

    private static string Write(SourceBench bench, string script)
    {
        string path = $"{bench.Folder}/mask.sql";
        File.WriteAllText(path, script);
        return path;
    }

    private sealed class KilledException : Exception;
}
