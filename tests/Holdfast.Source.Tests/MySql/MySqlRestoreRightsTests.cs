using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

/// <summary>What the account of docs/guide/mysql.md can do, and what it is told where it cannot.</summary>
[Collection(nameof(MySqlCollection))]
public sealed class MySqlRestoreRightsTests(MySqlServers servers) : MySqlRestoreCase(servers)
{
    /// <summary>As the guide has it.</summary>
    private const string Account = """
        CREATE USER restore@localhost IDENTIFIED BY 'x';
        GRANT SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, TRIGGER, EVENT, CREATE ROUTINE, ALTER ROUTINE ON `shop%`.* TO restore@localhost;
        GRANT SELECT ON mysql.* TO restore@localhost;
        GRANT SET USER, BINLOG ADMIN, PROCESS ON *.* TO restore@localhost;

        """;

    private const string OwnRights = "SELECT routine_name, proc_priv FROM mysql.procs_priv WHERE db = 'shop_test' AND user = 'restore' ORDER BY 1";

    private MySqlOptions Options => Server.Options with { User = "restore", PasswordFile = Server.PasswordFile("x") };

    [Fact]
    public async Task A_database_with_routines_and_events_is_restored_every_night()
    {
        await Server.RunAsync(Small + "CREATE PROCEDURE p () SELECT 1;" + Account);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        var request = new DatabaseRestoreRequest { Database = "shop", As = "shop_test" };

        await RunAsync(bench, summary, request);
        (await Server.RunAsync(OwnRights)).ShouldBe("p\tExecute,Alter Routine\ntwice\tExecute,Alter Routine\n");
        await RunAsync(bench, summary, request);
        await RunAsync(bench, summary, request);

        (await Server.RunAsync(OwnRights)).ShouldBe("p\tExecute,Alter Routine\ntwice\tExecute,Alter Routine\n");
        (await DescribeAsync("shop_test")).ShouldBe(await DescribeAsync("shop"));
    }

    [Fact]
    public async Task A_right_of_others_that_could_not_be_granted_again_is_named_before_anything_is_touched()
    {
        await Server.RunAsync(Small + Account + "CREATE USER app@localhost; GRANT EXECUTE ON FUNCTION shop.twice TO app@localhost;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        await Server.RunAsync("USE shop; INSERT INTO parent VALUES (7)");
        string before = await DescribeAsync("shop");

        BackupException e = await Should.ThrowAsync<BackupException>(() => PlanAsync(bench, summary, new() { Database = "shop" }));

        // On the pattern that the account has rights on: one on `shop` alone would hide those.
        const string Grant = "GRANT GRANT OPTION ON `shop%`.* TO `restore`@`localhost`;";
        e.Message.ShouldBe($"the account could not grant again what others may do with single routines of shop (GRANT Execute ON FUNCTION `shop`.`twice` TO `app`@`localhost`); run: {Grant}");
        (await DescribeAsync("shop")).ShouldBe(before);
        await Servers.NothingBesideAsync();

        await Server.RunAsync(Grant);
        await RunAsync(bench, summary, new() { Database = "shop" });
        (await Server.RunAsync("SELECT proc_priv FROM mysql.procs_priv WHERE db = 'shop' AND user = 'app'; SELECT COUNT(*) FROM shop.parent")).ShouldBe("Execute\n2\n");
    }

    [Fact]
    public async Task A_foreign_key_of_a_database_on_which_the_account_has_no_right_is_not_broken()
    {
        await Server.RunAsync(Small + Account + "REVOKE PROCESS ON *.* FROM restore@localhost; CREATE DATABASE `öther-1`; CREATE TABLE `öther-1`.c (p INT, FOREIGN KEY (p) REFERENCES shop.parent (id));");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);

        const string Grant = "GRANT PROCESS ON *.* TO `restore`@`localhost`;";
        (await Should.ThrowAsync<BackupException>(() => PlanAsync(bench, summary, new() { Database = "shop" }))).Message.ShouldBe($"the account lacks PROCESS on *.*; run: {Grant}");

        // Nothing names what is not there yet.
        await RunAsync(bench, summary, new() { Database = "shop", As = "shop_test" });
        await Server.RunAsync(Grant);
        (await Should.ThrowAsync<BackupException>(() => PlanAsync(bench, summary, new() { Database = "shop" }))).Message
            .ShouldStartWith("a foreign key of öther-1/c names shop/parent, and would be left without its table: ");
        await RunAsync(bench, summary, new() { Database = "shop", As = "shop_test" });
    }

    [Fact]
    public async Task Who_interrupts_the_swap_is_told_that_all_is_as_it_was()
    {
        await Server.RunAsync(Small);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, Server);
        await Server.RunAsync(Changed);
        string before = await DescribeAsync("shop");
        using var ended = new CancellationTokenSource();
        MySqlRestorer restorer = await RestorerAsync(bench, summary, Server.Options, s =>
        {
            if (s.StartsWith("ALTER DATABASE", StringComparison.Ordinal))
            {
                ended.Cancel();
            }
        });
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "shop" }, Cancellation);

        // Shouldly would make another exception of a task that was canceled.
        InterruptedException e = await Assert.ThrowsAsync<InterruptedException>(() => plan.ExecuteAsync(ended.Token));

        e.Message.ShouldBe("interrupted; the databases are as they were before");
        (await DescribeAsync("shop")).ShouldBe(before);
        await Servers.NothingBesideAsync();
    }

    private async Task<IDatabaseRestorePlan> PlanAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request) =>
        await (await RestorerAsync(bench, summary, Options)).PlanAsync(request, Cancellation);

    private async Task RunAsync(SourceBench bench, BackupSummary summary, DatabaseRestoreRequest request) =>
        await (await PlanAsync(bench, summary, request)).ExecuteAsync(Cancellation);
}
