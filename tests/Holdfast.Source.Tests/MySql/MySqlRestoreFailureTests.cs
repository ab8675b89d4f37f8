using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

/// <summary>What keeps a restore from its end leaves the old or the new, whole.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlRestoreFailureTests(MySqlServers servers) : MySqlRestoreCase(servers)
{
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
                await (await RestorerAsync(bench, summary, Server.Options, Kill)).TurnBackAsync(["shop"], Cancellation);
            }
            catch (KilledException)
            {
            }

            turned += (await (await RestorerAsync(bench, summary, Server.Options)).TurnBackAsync(["shop"], Cancellation)).Count;
            string found = await DescribeAsync("shop");
            (found == changed || found == captured).ShouldBeTrue($"killed at {kills}: {found}");
            await Servers.NothingBesideAsync();
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
                await Servers.NothingBesideAsync();
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
        (await (await RestorerAsync(bench, summary, Server.Options)).TurnBackAsync(["shop"], Cancellation)).ShouldBeEmpty();
        (await DescribeAsync("shop")).ShouldBe(captured);
        await Servers.NothingBesideAsync();
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
        await Servers.NothingBesideAsync();
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
        string[] lines = e.Message.Split('\n');
        const string Rights = "GRANT ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER, EVENT, CREATE ROUTINE, ALTER ROUTINE ON ";
        lines[1..4].ShouldBe([$@"  {Rights}`shop\_\_holdfast\_new`.* TO `r`@`localhost`;", $@"  {Rights}`shop\_\_holdfast\_old`.* TO `r`@`localhost`;", $@"  {Rights}`shop`.* TO `r`@`localhost`;"]);
        lines[4..].ShouldBe(["  GRANT PROCESS ON *.* TO `r`@`localhost`;"]);
        (await DescribeAsync("shop")).ShouldBe(before);
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

    [Theory]
    [InlineData("CREATE FUNCTION shop__holdfast_new.mine () RETURNS INT DETERMINISTIC RETURN 1")]
    [InlineData("CREATE PROCEDURE shop__holdfast_new.mine () SELECT 1")]
    [InlineData("CREATE EVENT shop__holdfast_new.mine ON SCHEDULE EVERY 1 DAY DO SELECT 1")]
    [InlineData("CREATE VIEW shop__holdfast_new.mine AS SELECT 1")]
    public async Task A_database_beside_that_has_no_tables_but_something_else_is_somebodys_own(string mine)
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        await Server.RunAsync($"CREATE DATABASE shop__holdfast_new; {mine}");
        (await FailsAsync(bench, summary, new() { Database = "shop" })).ShouldBe("the database shop__holdfast_new is in the way, and no restore made it: rename or drop it");
        (await (await RestorerAsync(bench, summary, Server.Options)).TurnBackAsync(["shop"], Cancellation)).ShouldBeEmpty();
        (await Server.RunAsync("SHOW DATABASES LIKE 'shop%new'")).ShouldNotBeEmpty();

        // An empty one is what a kill leaves right after it was made.
        await Server.RunAsync("DROP DATABASE shop__holdfast_new; CREATE DATABASE shop__holdfast_new");
        await RestoreAsync(bench, summary, new() { Database = "shop" });
        await Servers.NothingBesideAsync();
    }
}
