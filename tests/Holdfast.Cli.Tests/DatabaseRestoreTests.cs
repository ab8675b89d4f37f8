using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;
using Holdfast.Fixtures;

namespace Holdfast.Cli.Tests;

/// <summary>`restore --limit` and `dump --database` with a real server. The library's own tests have what can go wrong on the way.</summary>
[Collection(nameof(DatabaseServer))]
public sealed class DatabaseRestoreTests(SampleRepository sample, DatabaseServer servers)
{
    private const string Shop = """
        CREATE DATABASE shop; USE shop; CREATE TABLE orders (id INT PRIMARY KEY, t TEXT); INSERT INTO orders VALUES (1, 'one'), (2, 'two'); CREATE TABLE empty (a INT PRIMARY KEY);
        CREATE VIEW v AS SELECT t FROM orders;
        """;

    private MariaDb Server => servers.Server;

    private string To => $"mysql:socket={Server.Socket},user=root";

    [Fact]
    public async Task A_database_comes_back_in_its_place_under_another_name_and_one_table_of_it()
    {
        using Sandbox box = await BackUpAsync();
        await Server.RunAsync("DELETE FROM shop.orders");

        Outcome dry = await box.HoldfastAsync("repo", "restore", "latest", "--limit", "mysql:shop", "--to", To, "--dry-run");
        dry.ShouldSucceed().Lines[1].ShouldBe("replace database shop: 2 tables, 2 rows, 18 bytes of rows; 2 tables that are there go once these are loaded");
        dry.Lines[0].ShouldMatch("^restoring databases of snapshot [0-9a-f]{8} of .* \\(dry run\\)$");
        (await Server.RunAsync("SELECT COUNT(*) FROM shop.orders; SHOW DATABASES LIKE 'shop%'")).ShouldBe("0\nshop\n");

        Outcome restored = await box.HoldfastAsync("repo", "restore", "latest", "--limit", "mysql:shop", "--to", To);
        restored.ShouldSucceed().Lines[1].ShouldMatch("^mysql:shop: 1 database restored with 2 tables and 2 rows in 0:[0-9]{2}$");
        (await Server.RunAsync("SELECT * FROM shop.v")).ShouldBe("one\ntwo\n");

        JsonNode json = (await box.HoldfastAsync("repo", "restore", "latest", "--limit", "mysql:shop", "--as", "shop_copy", "--to", To, "--json")).ShouldSucceed().JsonLines[^1];
        ((string?)json["message_type"], (string?)json["name"], (bool?)json["dry_run"], (int?)json["databases"], (int?)json["tables"], (long?)json["rows"], json["notes"]!.AsArray().Count)
            .ShouldBe(("summary", "mysql:shop", false, 1, 2, 2, 0));
        (await Server.RunAsync("SELECT * FROM shop_copy.v")).ShouldBe("one\ntwo\n");

        (await box.HoldfastAsync("repo", "restore", "latest", "--limit", "mysql:shop/orders", "--as", "side", "--to", To)).ShouldSucceed();
        (await Server.RunAsync("SHOW TABLES FROM side; SELECT t FROM side.orders WHERE id = 2")).ShouldBe("orders\ntwo\n");

        await Server.RunAsync("TRUNCATE shop.orders; INSERT INTO shop.empty VALUES (1)");
        Outcome two = await box.HoldfastAsync("repo", "restore", "latest", "--limit", "mysql:shop/orders", "--limit", "mysql:shop/empty", "--to", To, "--json", "--dry-run");
        two.ShouldSucceed().JsonLines.Select(l => (string?)l["plan"]![0]).ShouldBe(
        [
            "load into database shop: 1 tables, 2 rows, 18 bytes of rows; 1 tables that are there go once these are loaded",
            "load into database shop: 1 tables, 0 rows, 0 bytes of rows; 1 tables that are there go once these are loaded",
        ]);
        (await box.HoldfastAsync("repo", "restore", "latest", "--limit", "mysql:shop/orders", "--limit", "mysql:shop/empty", "--to", To, "-q")).ShouldSucceed().Output.ShouldBeEmpty();
        (await Server.RunAsync("SELECT COUNT(*) FROM shop.orders; SELECT COUNT(*) FROM shop.empty; SHOW DATABASES LIKE '%holdfast%'")).ShouldBe("2\n0\n");
    }

    [Fact]
    public async Task A_dump_is_what_the_client_loads()
    {
        using Sandbox box = await BackUpAsync();

        Outcome dump = await box.HoldfastAsync("repo", "dump", "latest", "--database", "mysql:shop");
        await Server.RunAsync("DROP DATABASE shop");
        await Server.RunAsync(dump.ShouldSucceed().Text);
        (await Server.RunAsync("SELECT * FROM shop.v")).ShouldBe("one\ntwo\n");

        (await box.HoldfastAsync("repo", "dump", "latest", "--database", "mysql:shop/orders", "--target", box.At("orders.sql"))).ShouldSucceed().Output.ShouldBeEmpty();
        await Server.RunAsync("CREATE DATABASE side");
        await Server.RunAsync(File.ReadAllText(box.At("orders.sql")), "side");
        (await Server.RunAsync("SHOW TABLES FROM side")).ShouldBe("orders\n");

        (await box.HoldfastAsync("repo", "dump", "latest", "--database", "mysql:shop/none", "--target", box.At("none.sql"))).ShouldRefuse(1, "the snapshot has no table shop/none");
        File.Exists(box.At("none.sql")).ShouldBeFalse();
        (await box.HoldfastAsync("repo", "dump", "latest", "--database", "mysql:")).ShouldRefuse(1, "names no database: a dump is of one");
        (await box.HoldfastAsync("repo", "dump", "latest", "/etc", "--database", "mysql:shop")).ShouldRefuse(1, "/etc is about files, and --database about a database");
        (await box.HoldfastAsync("repo", "dump", "latest", "--archive", "tar", "--database", "mysql:shop")).ShouldRefuse(1, "--archive is about files");
        (await box.HoldfastAsync("repo", "dump", "latest:/etc", "--database", "mysql:shop")).ShouldRefuse(1, "without :FOLDER");
        (await box.HoldfastAsync("repo", "dump", "latest")).ShouldRefuse(1, "which file? see dump --help");
    }

    [Fact]
    public async Task A_server_that_is_down_or_grants_too_little_and_a_snapshot_without_databases_are_said()
    {
        using Sandbox box = await BackUpAsync();
        await Server.RunAsync("CREATE USER poor@localhost; GRANT SELECT ON *.* TO poor@localhost");

        (await RestoreAsync("latest", "mysql:shop", $"mysql:socket={box.At("none")},user=root")).ShouldRefuseAfterItsFirstLine($"the server at {box.At("none")} cannot be asked");
        Outcome poor = await RestoreAsync("latest", "mysql:shop", $"mysql:socket={Server.Socket},user=poor");
        (poor.ExitCode, poor.Lines.Length).ShouldBe((1, 1), poor.Error);
        poor.Error.ShouldMatch(@"^holdfast: the account lacks INSERT on shop__holdfast_new\.\* and [0-9]+ more rights; run:(\n  GRANT [A-Z, ]+ ON \S+ TO `poor`@`localhost`;){4}\n$");
        (await RestoreAsync("latest", "mysql:none", To)).ShouldRefuseAfterItsFirstLine("the snapshot has no database none of mysql");
        (await RestoreAsync("latest", "mysql@other:shop", To)).ShouldRefuseAfterItsFirstLine("the snapshot has no server other of MySQL or MariaDB");
        (await RestoreAsync(sample.First, "mysql:shop", To)).ShouldRefuseAfterItsFirstLine("the snapshot has no databases of MySQL or MariaDB");
        (await Server.RunAsync("SHOW DATABASES LIKE '%holdfast%'")).ShouldBeEmpty();

        Task<Outcome> RestoreAsync(string snapshot, string limit, string to) => box.HoldfastAsync("repo", "restore", snapshot, "--limit", limit, "--to", to);
    }

    [Theory]
    [InlineData("latest --limit shop", "'shop' names no database: write mysql:DB")]
    [InlineData("latest --limit mysql:a/b/c", "one slash and a table")]
    [InlineData("latest --limit mysql:a --to postgresql:host=/run", "--limit mysql:a cannot go to a server of postgresql: --to names one of the same kind")]
    [InlineData("latest --limit mysql:a --limit pgsql:b", "databases of MySQL and of PostgreSQL are restored in two calls")]
    [InlineData("latest --limit mysql:a --to command:a=b", "--to names a database server, and command is none")]
    [InlineData("latest --limit mysql:a --to mysql:databases=b", "--to names a server, and no name, databases or exclude")]
    [InlineData("latest --limit mysql:a --to mysql:port=3307", "a port goes with a host")]
    [InlineData("latest --limit mysql:a --limit mysql:b --as c", "--as goes with one --limit that names a database")]
    [InlineData("latest --limit mysql: --as c", "--as goes with one --limit that names a database")]
    [InlineData("latest --limit pgsql:a --binary-log", "--binary-log is for MySQL and MariaDB")]
    [InlineData("latest --to mysql:user=root", "--to is about databases: say which with --limit")]
    [InlineData("latest --target /tmp/x --users", "--users is about databases: say which with --limit")]
    [InlineData("latest --limit mysql:a --target /tmp/x", "--target is about files, and --limit about databases: restore them in two calls")]
    [InlineData("latest /etc --limit mysql:a", "the path /etc is about files")]
    [InlineData("latest --limit mysql:a --delete", "--delete is about files")]
    [InlineData("latest --limit mysql:a --exclude x", "--exclude is about files")]
    [InlineData("latest --limit mysql:a --ownership-by-name", "--ownership-by-name is about files")]
    public async Task What_makes_no_sense_is_refused(string arguments, string message) =>
        (await sample.HoldfastAsync(["restore", .. arguments.Split(' ')])).ShouldRefuse(1, message);

    [Fact]
    public async Task Databases_are_not_in_a_folder() =>
        (await sample.HoldfastAsync("restore", "latest:/etc", "--limit", "mysql:a")).ShouldRefuse(1, "databases are of a whole snapshot: give --limit without :FOLDER");

    private async Task<Sandbox> BackUpAsync()
    {
        await Server.ResetAsync();
        await Server.RunAsync(Shop);
        Sandbox box = await sample.CopyAsync();
        (await box.HoldfastAsync("repo", "backup", "--source", To, "-q")).ShouldSucceed();
        return box;
    }
}
