using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;
using Holdfast.Fixtures;

namespace Holdfast.Cli.Tests;

/// <summary>`restore --limit`, `dump --database` and `mirror` with a real PostgreSQL server.</summary>
public sealed class PostgreSqlTests(SampleRepository sample) : IAsyncLifetime
{
    private PostgreSqlCluster? _server;

    private PostgreSqlCluster Server => _server!;

    private string Address => $"host={Server.Folder},port={PostgreSqlCluster.Port},user=postgres";

    public async ValueTask InitializeAsync()
    {
        _server = await PostgreSqlCluster.StartAsync();
        await Server.SqlAsync("CREATE DATABASE crm");
        await Server.SqlAsync("CREATE TABLE orders (id int PRIMARY KEY, t text); INSERT INTO orders VALUES (1, 'one'), (2, 'two'); CREATE VIEW v AS SELECT t FROM orders;", "crm");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    [Fact]
    public async Task A_database_comes_back_in_its_place_under_another_name_and_one_table_of_it()
    {
        using Sandbox box = await sample.CopyAsync();
        (await box.HoldfastAsync("repo", "backup", "--source", $"postgresql:{Address},exclude=cmr/public.orders", "--json")).ShouldSucceed().Error
            .ShouldBe($$"""{"message_type":"note","message":"postgresql {{Server.Folder}}:{{PostgreSqlCluster.Port}}: there is no database for cmr/public.orders, which is to be left out"}""" + "\n");
        await Server.SqlAsync("DELETE FROM orders", "crm");
        string[] to = ["--to", $"postgresql:{Address}"];

        (await box.HoldfastAsync("repo", ["restore", "latest", "--limit", "pgsql:crm", .. to, "--dry-run"])).ShouldSucceed().Lines[1]
            .ShouldStartWith("replace database crm: 1 tables and sequences, 2 rows, ");
        (await Server.SqlAsync("SELECT count(*) FROM orders", "crm")).ShouldBe("0\n");

        Outcome restored = await box.HoldfastAsync("repo", ["restore", "latest", "--limit", "pgsql:crm", .. to]);
        restored.ShouldSucceed().Lines[1].ShouldMatch("^pgsql:crm: 1 database restored with 1 table and 2 rows in 0:[0-9]{2}$");
        (await Server.SqlAsync("SELECT t FROM v ORDER BY t", "crm")).ShouldBe("one\ntwo\n");

        JsonNode json = (await box.HoldfastAsync("repo", ["restore", "latest", "--limit", "postgresql:crm", "--as", "crm_copy", .. to, "--json"])).ShouldSucceed().JsonLines[^1];
        ((string?)json["name"], (long?)json["rows"]).ShouldBe(("postgresql:crm", 2));
        (await Server.SqlAsync("SELECT t FROM v ORDER BY t", "crm_copy")).ShouldBe("one\ntwo\n");

        (await box.HoldfastAsync("repo", ["restore", "latest", "--limit", "pgsql:crm/public.orders", "--as", "crm.side", .. to])).ShouldSucceed();
        (await Server.SqlAsync("SELECT t FROM side.orders WHERE id = 2", "crm")).ShouldBe("two\n");
        (await Server.SqlAsync("SELECT datname FROM pg_database WHERE datname LIKE '%holdfast%'")).ShouldBeEmpty();

        (await box.HoldfastAsync("repo", "dump", "latest", "--database", "pgsql:crm", "--target", box.At("crm.sql"))).ShouldSucceed();
        await Server.SqlAsync("DROP DATABASE crm");
        await Server.LoadAsync(box.At("crm.sql"));
        (await Server.SqlAsync("SELECT t FROM v ORDER BY t", "crm")).ShouldBe("one\ntwo\n");

        (await box.HoldfastAsync("repo", ["restore", "latest", "--limit", "pgsql:none", .. to])).ShouldRefuseAfterItsFirstLine("the snapshot has no database none");
        (await box.HoldfastAsync("repo", "restore", "latest", "--limit", "pgsql:crm", "--to", $"postgresql:host={box.At("nowhere")}")).ShouldRefuseAfterItsFirstLine("nowhere");
        (await box.HoldfastAsync("repo", ["restore", "latest", "--limit", "mysql:crm", "--to", "mysql:socket=/none"])).ShouldRefuseAfterItsFirstLine("the snapshot has no databases of MySQL or MariaDB");
    }

    [Fact]
    public async Task A_mirror_is_masked_and_replaces_nothing_that_is_backed_up()
    {
        using Sandbox box = await sample.CopyAsync();
        File.WriteAllText(box.At("mask.sql"), "UPDATE orders SET t = 'x' || id;");
        string inFlow = Address.Replace("=", ": ").Replace(",", ", ");
        string plan = $$"""
            plans:
              crm: { sources: [ postgresql: { {{inFlow}} } ] }
            mirrors:
              test: { from: crm, postgresql: { database: crm, into: crm_test, {{inFlow}} }, mask: mask.sql }

            """;
        File.WriteAllText(box.At("plan.yaml"), plan);
        (await HfAsync("backup")).ShouldSucceed();

        (await HfAsync("mirror")).ShouldSucceed();
        (await HfAsync("mirror")).ShouldSucceed();
        (await Server.SqlAsync("SELECT t FROM orders ORDER BY t", "crm_test")).ShouldBe("x1\nx2\n");
        (await Server.SqlAsync("SELECT t FROM orders ORDER BY t", "crm")).ShouldBe("one\ntwo\n");

        (await HfAsync("backup")).ShouldSucceed();
        (await box.HoldfastAsync("repo", "ls", "latest", "/.holdfast/databases/postgresql")).ShouldSucceed().Text.ShouldNotContain("crm_test");

        // A mask that fails leaves the old one, and nothing beside it.
        File.WriteAllText(box.At("mask.sql"), "DELETE FROM orders; SELECT 1 / 0;");
        (await HfAsync("mirror")).ExitCode.ShouldBe(1);
        (await Server.SqlAsync("SELECT t FROM orders ORDER BY t", "crm_test")).ShouldBe("x1\nx2\n");
        (await Server.SqlAsync("SELECT datname FROM pg_database WHERE datname LIKE '%holdfast%'")).ShouldBeEmpty();

        File.WriteAllText(box.At("plan.yaml"), plan.Replace("into: crm_test", "into: crm"));
        (await HfAsync("mirror")).ShouldRefuse(1, "database crm would be replaced");
        (await Server.SqlAsync("SELECT count(*) FROM orders", "crm")).ShouldBe("2\n");

        Task<Outcome> HfAsync(string command) => box.HoldfastAsync("repo", [command, "--config", box.At("plan.yaml")]);
    }
}
