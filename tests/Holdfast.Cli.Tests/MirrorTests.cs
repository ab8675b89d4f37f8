using System.Diagnostics;
using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;
using Holdfast.Fixtures;

namespace Holdfast.Cli.Tests;

/// <summary>A test database is made anew from a plan's last snapshot, or stays as it was.</summary>
[Collection(nameof(DatabaseServer))]
public sealed class MirrorTests(SampleRepository sample, DatabaseServer servers)
{
    private const string Shop = """
        CREATE DATABASE shop; USE shop; CREATE TABLE customers (id INT PRIMARY KEY, mail VARCHAR(100)); INSERT INTO customers VALUES (1, 'a@example.org'), (2, 'b@example.org');

        """;

    private const string Mask = "UPDATE customers SET mail = CONCAT('x', id);";

    private MariaDb Server => servers.Server;

    [Fact]
    public async Task A_mirror_follows_its_plan_and_the_plan_leaves_the_mirror_out()
    {
        using Sandbox box = await PrepareAsync(Mask);
        (await HfAsync(box, "backup")).ShouldSucceed();

        Outcome dry = await HfAsync(box, "mirror --dry-run");
        dry.ShouldSucceed().Lines[0].ShouldMatch("^mirror shop-test from snapshot [0-9a-f]{8} of .* \\(dry run\\)$");
        dry.Lines[1..].ShouldBe(["create database shop_test: 1 tables, 2 rows, 38 bytes of rows", $"run the mask {box.At("mask.sql")} before anybody sees the data"]);
        (await Server.RunAsync("SHOW DATABASES LIKE 'shop%'")).ShouldBe("shop\n");

        // What somebody should know comes before anything is done, and once.
        await Server.RunAsync("CREATE USER reader@localhost; GRANT SELECT ON *.* TO reader@localhost");
        Outcome first = await HfAsync(box, "mirror");
        first.ShouldSucceed().Lines.Count(l => l.StartsWith("note: ", StringComparison.Ordinal)).ShouldBe(1);
        first.Lines[1].ShouldStartWith("note: before the mask has run, reader@localhost may read shop_test__holdfast_new: ");
        first.Lines[2].ShouldMatch("^shop-test: 1 database restored with 1 table and 2 rows in 0:[0-9]{2}$");
        (await Server.RunAsync("SELECT * FROM shop_test.customers")).ShouldBe("1\tx1\n2\tx2\n");

        await Server.RunAsync("INSERT INTO shop.customers VALUES (3, 'c@example.org')");
        (await HfAsync(box, "backup")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "ls", "latest", "/.holdfast/databases/mysql")).ShouldSucceed().Text.ShouldNotContain("shop_test");
        JsonNode again = (await HfAsync(box, "mirror shop-test --json")).ShouldSucceed().JsonLines[^1];
        ((string?)again["name"], (bool?)again["dry_run"], (long?)again["rows"]).ShouldBe(("shop-test", false, 3));
        (await Server.RunAsync("SELECT mail FROM shop_test.customers; SELECT mail FROM shop.customers WHERE id = 1; SHOW DATABASES LIKE '%holdfast%'")).ShouldBe("x1\nx2\nx3\na@example.org\n");
    }

    [Fact]
    public async Task What_a_plan_captures_is_never_replaced()
    {
        using Sandbox box = await PrepareAsync(Mask, into: "crm");
        await Server.RunAsync("CREATE DATABASE crm; CREATE TABLE crm.c (a INT PRIMARY KEY); INSERT INTO crm.c VALUES (7)");
        string plan = File.ReadAllText(box.At("plan.yaml"));

        // Captured while no mirror was there: the last snapshot says so.
        File.WriteAllText(box.At("plan.yaml"), plan[..plan.IndexOf("mirrors:", StringComparison.Ordinal)]);
        (await HfAsync(box, "backup")).ShouldSucceed();
        File.WriteAllText(box.At("plan.yaml"), plan);
        (await HfAsync(box, "mirror")).ShouldRefuse(1, "mirror shop-test: database crm would be replaced, which the last snapshot of plan shop has");

        // On some servers the same name.
        File.WriteAllText(box.At("plan.yaml"), plan.Replace("into: crm", "into: CRM"));
        (await HfAsync(box, "mirror")).ShouldRefuse(1, "mirror shop-test: database CRM would be replaced, which the last snapshot of plan shop has");

        // Named by a plan; reached by another way, and so only the server itself can say that it is the same.
        File.WriteAllText(box.At("plan.yaml"), plan.Replace("- mysql: {", "- mysql: { databases: [shop, crm],"));
        File.CreateSymbolicLink(box.At("link"), Server.Socket);
        File.WriteAllText(box.At("plan.yaml"), File.ReadAllText(box.At("plan.yaml")).Replace($"into: crm, socket: {Server.Socket}", $"into: crm, socket: {box.At("link")}"));
        (await HfAsync(box, "mirror")).ShouldRefuse(1, "database crm would be replaced, which plan shop captures: give another name with into");

        // The very database that it is made from is meant, even where the plan captures all.
        File.WriteAllText(box.At("plan.yaml"), plan.Replace("into: crm", "into: shop"));
        (await HfAsync(box, "mirror")).ShouldRefuse(1, "database shop would be replaced, which the last snapshot of plan shop has");
        (await Server.RunAsync("SELECT a FROM crm.c; SELECT mail FROM shop.customers")).ShouldBe("7\na@example.org\nb@example.org\n");
    }

    [Fact]
    public async Task A_test_database_that_was_captured_before_is_replaced_once_that_is_acknowledged()
    {
        using Sandbox box = await PrepareAsync(Mask);
        string plan = File.ReadAllText(box.At("plan.yaml"));
        await Server.RunAsync("CREATE DATABASE shop_test; CREATE TABLE shop_test.c (a INT PRIMARY KEY)");
        File.WriteAllText(box.At("plan.yaml"), plan[..plan.IndexOf("mirrors:", StringComparison.Ordinal)]);
        (await HfAsync(box, "backup")).ShouldSucceed();
        File.WriteAllText(box.At("plan.yaml"), plan);

        Outcome outcome = await HfAsync(box, "backup");
        (outcome.ExitCode, outcome.Error.Split('\n')[1]).ShouldBe((4, $"gone: database shop_test (mysql {Server.Socket}) was there last time and is gone"));
        (await HfAsync(box, "acknowledge shop")).ShouldSucceed();
        Outcome left = await HfAsync(box, "backup");
        left.ShouldSucceed().Error.ShouldContain("no run of mirror shop-test is noted in this repository: if there is a database shop_test, it is left out");
        foreach (string command in (string[])["mirror", "mirror --dry-run"])
        {
            Outcome refused = await HfAsync(box, command);
            (refused.ExitCode, refused.Error.Contains("mirror shop-test: database shop_test is there already, and no run of this mirror is noted in this repository")).ShouldBe((1, true), refused.Error);
        }

        (await HfAsync(box, "mirror --replace")).ShouldRefuse(1, "--replace is for mirrors that are named");
        (await Server.RunAsync("SHOW TABLES FROM shop_test")).ShouldBe("c\n");
        (await HfAsync(box, "mirror shop-test --replace")).ShouldSucceed();
        (await HfAsync(box, "mirror")).ShouldSucceed();
        (await HfAsync(box, "backup")).ShouldSucceed().Error.ShouldBeEmpty();

        (await Server.RunAsync("SHOW TABLES FROM shop_test; SELECT mail FROM shop_test.customers")).ShouldBe("customers\nx1\nx2\n");
    }

    [Fact]
    public async Task A_mirror_that_fails_keeps_the_old_database_and_does_not_stop_the_next()
    {
        using Sandbox box = await PrepareAsync(Mask + "UPDATE nowhere SET a = 1;");
        File.AppendAllText(box.At("plan.yaml"), $"  second: {{ from: shop, mysql: {{ database: shop, into: shop_two, socket: {Server.Socket}, user: root }} }}\n");
        (await HfAsync(box, "backup")).ShouldSucceed();
        await Server.RunAsync("CREATE DATABASE shop_test; CREATE TABLE shop_test.old (a INT PRIMARY KEY)");

        Outcome outcome = await HfAsync(box, "mirror shop-test second --replace");

        outcome.ExitCode.ShouldBe(1);
        outcome.Error.ShouldStartWith($"holdfast: mirror shop-test: the mask {box.At("mask.sql")} failed: ");
        outcome.Error.ShouldContain("nowhere");
        (await Server.RunAsync("SHOW TABLES FROM shop_test; SHOW TABLES FROM shop_two; SHOW DATABASES LIKE '%holdfast%'")).ShouldBe("old\ncustomers\n");
    }

    [Fact]
    public async Task A_first_run_that_fails_leaves_no_right_to_replace_and_one_without_a_lock_is_refused()
    {
        using Sandbox box = await PrepareAsync("UPDATE nowhere SET a = 1;");
        (await HfAsync(box, "backup")).ShouldSucceed();
        await FailsAsync("mirror", "the mask");
        await Server.RunAsync("CREATE DATABASE shop_test; CREATE TABLE shop_test.mine (a INT PRIMARY KEY)");
        File.WriteAllText(box.At("mask.sql"), Mask);
        await FailsAsync("mirror", "database shop_test is there already, and no run of this mirror is noted");
        (await Server.RunAsync("SHOW TABLES FROM shop_test; DROP DATABASE shop_test")).ShouldBe("mine\n");

        await FailsAsync("mirror --no-lock", "the first run of mirror shop-test is noted in the repository, which needs a lock: run it once without --no-lock");
        (await HfAsync(box, "mirror")).ShouldSucceed();
        await Server.RunAsync("DELETE FROM shop_test.customers");
        (await HfAsync(box, "mirror --no-lock")).ShouldSucceed();
        (await Server.RunAsync("SELECT mail FROM shop_test.customers")).ShouldBe("x1\nx2\n");

        async Task FailsAsync(string arguments, string why)
        {
            Outcome outcome = await HfAsync(box, arguments);
            (outcome.ExitCode, outcome.Error.Contains(why, StringComparison.Ordinal)).ShouldBe((1, true), outcome.Error);
        }
    }

    [Theory]
    [InlineData("mirror nope", "plan.yaml has no mirror 'nope': its mirrors are shop-test")]
    [InlineData("mirror --host elsewhere", "mirror shop-test: plan shop has no snapshot of elsewhere in this repository; make one with `holdfast backup shop`")]
    public async Task What_is_not_there_is_said(string arguments, string message)
    {
        using Sandbox box = await PrepareAsync(Mask);
        (await HfAsync(box, arguments)).ShouldRefuse(1, message);
    }

    [Theory]
    [InlineData("SELECT SLEEP(5); DELETE FROM customers;", null, "User sleep")]
    [InlineData(Mask, "BEGIN; SELECT * FROM shop_test.customers;", "Waiting for table metadata lock")]
    public async Task Killed_in_the_mask_or_in_the_swap_it_leaves_the_next_run_a_clean_place(string mask, string? reader, string state)
    {
        using Sandbox box = await PrepareAsync(mask);
        (await HfAsync(box, "backup")).ShouldSucceed();
        await Server.RunAsync("CREATE DATABASE shop_test; CREATE TABLE shop_test.customers (id INT PRIMARY KEY, mail VARCHAR(100)); INSERT INTO shop_test.customers VALUES (0, 'old')");
        using (Process? holder = reader is null ? null : await Server.HoldAsync(reader))
        {
            Task<Outcome> killed = box.ScriptAsync("\"$HOLDFAST_BINARY\" mirror shop-test --replace --config plan.yaml --host h & echo $! > pid.new; mv pid.new pid; wait $!");
            await Server.WaitForAsync(state);
            using Process program = Process.GetProcessById(int.Parse(File.ReadAllText(box.At("pid"))));
            program.Kill();
            (await killed).ExitCode.ShouldBe(137);
            (await Server.RunAsync("SHOW DATABASES LIKE '%holdfast%'")).ShouldContain("shop_test__holdfast_new");
            (await Server.RunAsync("SELECT mail FROM shop_test.customers")).ShouldBe("old\n");
            holder?.StandardInput.Close();
            holder?.WaitForExit();
        }

        // The killed mask still runs; the next run must wait for its end, or it would delete what that has loaded.
        File.WriteAllText(box.At("mask.sql"), Mask);
        (await HfAsync(box, "mirror")).ShouldSucceed();
        (await Server.RunAsync("SELECT mail FROM shop_test.customers; SHOW DATABASES LIKE '%holdfast%'")).ShouldBe("x1\nx2\n");
    }

    [Fact]
    public async Task Killed_at_any_time_the_old_database_stays_or_the_new_one_is_there_and_the_next_run_clears_up()
    {
        using Sandbox box = await PrepareAsync(Mask);
        await Server.RunAsync("USE shop; INSERT INTO customers SELECT seq + 10, REPEAT('m', 90) FROM seq_1_to_100000");
        (await HfAsync(box, "backup")).ShouldSucceed();
        await Server.RunAsync("CREATE DATABASE shop_test; CREATE TABLE shop_test.customers (id INT PRIMARY KEY, mail VARCHAR(100)); INSERT INTO shop_test.customers VALUES (0, 'old')");
        string[] arguments = ["mirror", "shop-test", "--replace", "--config", "plan.yaml", "--host", "h", "-q"];
        foreach (int tenths in (int[])[8, 12, 15, 18, 21, 25, 30, 36])
        {
            await box.KillAsync(arguments, TimeSpan.FromMilliseconds(100 * tenths));

            // Old, or new and masked; or half swapped, which the next run turns back before all else.
            string left = await Server.RunAsync("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'shop_test__holdfast_old' AND table_name = 'customers'");
            if (left == "0\n")
            {
                (await Server.RunAsync("SELECT COUNT(*) FROM shop_test.customers WHERE mail <> 'old' AND mail NOT LIKE 'x%'")).ShouldBe("0\n");
            }
        }

        (await HfAsync(box, "mirror shop-test --replace")).ShouldSucceed();
        (await Server.RunAsync("SELECT COUNT(*), SUM(mail = CONCAT('x', id)) FROM shop_test.customers; SHOW DATABASES LIKE '%holdfast%'")).ShouldBe("100002\t100002\n");
        (await Server.RunAsync("SELECT mail FROM shop.customers WHERE id = 1")).ShouldBe("a@example.org\n");
    }

    private static Task<Outcome> HfAsync(Sandbox box, string arguments) =>
        box.ScriptAsync($"hf {arguments} --config plan.yaml{(arguments.Contains("--host") ? string.Empty : " --host h")}{(arguments == "backup" ? " -q" : string.Empty)}");

    private async Task<Sandbox> PrepareAsync(string mask, string into = "shop_test")
    {
        await Server.ResetAsync();
        await Server.RunAsync(Shop);
        Sandbox box = await sample.CopyAsync();
        File.WriteAllText(box.At("mask.sql"), mask);
        File.WriteAllText(box.At("plan.yaml"), $$"""
            repository: repo
            password-file: password
            plans:
              shop:
                sources:
                  - mysql: { socket: {{Server.Socket}}, user: root }
            mirrors:
              shop-test: { from: shop, mysql: { database: shop, into: {{into}}, socket: {{Server.Socket}}, user: root }, mask: mask.sql }

            """);
        return box;
    }
}
