using System.Text.Json.Nodes;
using Holdfast.Cli.Tests.Harness;
using Holdfast.Fixtures;

namespace Holdfast.Cli.Tests;

/// <summary>`database` and `app check` for an application with a real MariaDB server, and for MongoDB without its tools.</summary>
[Collection(nameof(DatabaseServer))]
public sealed class AppDatabaseTests(DatabaseServer servers)
{
    private MariaDb Server => servers.Server;

    [Fact]
    public async Task The_database_of_an_application_is_listed_tested_and_checked()
    {
        await Server.ResetAsync();
        await Server.RunAsync("""
            CREATE DATABASE blog; USE blog; CREATE TABLE wp_options (option_name TEXT, option_value TEXT); CREATE TABLE wp_posts (ID BIGINT PRIMARY KEY);
            CREATE DATABASE other; CREATE USER wp@localhost IDENTIFIED BY 'very secret'; GRANT ALL PRIVILEGES ON blog.* TO wp@localhost;
            """);
        using var box = new Sandbox();
        Outcome list = await box.ScriptAsync($$"""
            mkdir -p www/blog/wp-includes www/blog/wp-content
            echo '<?php define("DB_NAME", "blog"); define("DB_USER", "wp"); define("DB_PASSWORD", "very secret"); define("DB_HOST", "localhost:{{Server.Socket}}"); $table_prefix = "wp_";' > www/blog/wp-config.php
            echo "<?php" > www/blog/wp-includes/version.php
            printf 'plans: { web: { sources: [ app: { recipe: wordpress, path: www/blog } ] } }' > plan.yaml
            hf database list --config plan.yaml --json
            """);
        JsonNode server = JsonNode.Parse(list.ShouldSucceed().Text)!.AsArray().Single()!;
        ((string?)server["server"]).ShouldBe($"blog: mysql {Server.Socket}");
        server["databases"]!.AsArray().Select(d => (string?)d!["name"]).ShouldBe(["blog"]);

        Outcome test = await box.ScriptAsync("hf database test web --config plan.yaml");
        test.ShouldSucceed().Lines[..2].ShouldBe([$"blog: mysql {Server.Socket}", "  ok       SELECT on blog.*, tables and their rows"]);
        await Server.RunAsync("REVOKE EVENT ON blog.* FROM wp@localhost;");
        Outcome missing = await box.ScriptAsync("hf database test --config plan.yaml");
        missing.ExitCode.ShouldBe(1);
        missing.Lines.ShouldContain("  missing  EVENT on blog.*, events: GRANT EVENT ON `blog`.* TO `wp`@`localhost`;");

        Outcome check = await box.ScriptAsync("hf app check www/blog");
        check.ShouldSucceed().Lines[^2..].ShouldBe(["  ok      SELECT option_value FROM `wp_options` WHERE option_name = 'siteurl'", "  ok      SELECT COUNT(*) FROM `wp_posts`"]);
        await Server.RunAsync("DROP TABLE blog.wp_posts;");
        Outcome failed = await box.ScriptAsync("hf app check --config plan.yaml");
        failed.ExitCode.ShouldBe(1);
        failed.Lines[^1].ShouldContain("Table 'blog.wp_posts' doesn't exist");
        (list.Text + test.Text + missing.Text + check.Text + failed.Text + failed.Error).ShouldNotContain("very secret");
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_and_an_application_that_is_gone_keep_no_other_from_being_looked_at()
    {
        await Server.ResetAsync();
        await Server.RunAsync("CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY);");
        using var box = new Sandbox();
        foreach ((string command, string found) in new[] { ("list", "orders"), ("test", "SELECT on *.*, tables and their rows") })
        {
            Outcome outcome = await box.ScriptAsync($$"""
                mkdir -p bin; printf '#!/bin/sh\necho "Failed: cannot connect" >&2; exit 1\n' > bin/mongodump; chmod 755 bin/mongodump
                echo x > open; chmod 644 open
                cat > plan.yaml <<END
                plans:
                  all:
                    sources:
                      - app: { recipe: wordpress, path: www/gone }
                      - mongodb: { host: db1 }
                      - postgresql: { host: $PWD/nowhere, password-file: $PWD/open, name: p }
                      - mysql: { socket: $PWD/nowhere, name: m }
                      - mysql: { socket: {{Server.Socket}}, user: root, name: s }
                END
                PATH=$PWD/bin:$PATH; hf database {{command}} --config plan.yaml
                """);
            outcome.ExitCode.ShouldBe(1);
            outcome.Lines[0].ShouldBe("mysql s");
            outcome.Lines.ShouldContain(l => l.Contains(found));
            string[] said = outcome.Error.TrimEnd('\n').Split('\n');
            said.Length.ShouldBe(4, outcome.Error);
            said[0].ShouldStartWith("holdfast: application gone: ");
            said[1].ShouldContain("chmod 600");
            said[2].ShouldBe("holdfast: mongodb db1: mongodump ended with exit status 1: Failed: cannot connect");
            said[3].ShouldStartWith($"holdfast: mysql m: the server at {box.At("nowhere")} cannot be asked: ");
        }
    }

    [Fact]
    public async Task A_query_of_a_check_may_answer_more_than_fits_in_memory()
    {
        await Server.ResetAsync();
        await Server.RunAsync("CREATE DATABASE shop;");
        using var box = new Sandbox();

        // Neither the program nor the client may have so much; the last number fails only when most was sent.
        Outcome outcome = await box.ScriptAsync($$"""
            mkdir -p bin apps.d own; echo 'name = x' > own/own.ini
            printf '#!/bin/sh\nulimit -v 200000; exec /usr/bin/mariadb "$@"\n' > bin/mariadb; chmod 755 bin/mariadb
            cat > apps.d/own.yaml <<END
            name: own
            find: [ { file: own.ini } ]
            sources: [ mysql: { socket: {{Server.Socket}}, user: root, database: shop } ]
            check:
              queries:
                - SELECT REPEAT('x', 1000000) FROM seq_1_to_300
                - SELECT REPEAT('x', 1000000), 9223372036854775700 + CAST(seq AS SIGNED) FROM seq_1_to_300
            END
            echo 'plans: { p: { sources: [ app: { recipe: own, path: own } ] } }' > plan.yaml
            export DOTNET_GCHeapHardLimit=0x8000000; PATH=$PWD/bin:$PATH; hf app check --config plan.yaml
            """);
        outcome.ExitCode.ShouldBe(1);
        outcome.Lines[1].ShouldBe("  ok      SELECT REPEAT('x', 1000000) FROM seq_1_to_300", outcome.Text + outcome.Error);
        outcome.Lines[2].ShouldContain("BIGINT value is out of range");
    }

    [Theory]
    [InlineData("--source mongodb:host=db1")]
    [InlineData("--config plan.yaml")]
    public async Task A_MongoDB_server_without_its_tool_is_said_and_not_passed_over(string where)
    {
        using var box = new Sandbox();
        foreach (string command in new[] { "list", "test" })
        {
            (await box.ScriptAsync($"printf 'plans: {{ m: {{ sources: [ mongodb: {{ host: db1 }} ] }} }}' > plan.yaml; export PATH=/nowhere; hf database {command} {where}"))
                .ShouldRefuse(1, "mongodump is not there; install the package mongodb-database-tools (from mongodb.com)");
        }
    }

    [Fact]
    public async Task What_mongodump_says_of_a_right_that_is_missing_becomes_a_statement()
    {
        using var box = new Sandbox();
        Outcome outcome = await box.ScriptAsync("""
            mkdir bin
            printf '#!/bin/sh\necho "Failed: (Unauthorized) not authorized on admin to execute command { listDatabases: 1 }" >&2; exit 1\n' > bin/mongodump; chmod 755 bin/mongodump
            PATH=$PWD/bin:$PATH; hf database test --source mongodb:host=db1,user=backup,authentication-database=shop
            """);
        outcome.ExitCode.ShouldBe(1);
        outcome.Lines.ShouldBe(
        [
            "mongodb db1",
            "  ok       mongodump, to dump MongoDB",
            "  missing  role backup on admin, all databases, users and roles: db.getSiblingDB(\"shop\").grantRolesToUser(\"backup\", [{ role: \"backup\", db: \"admin\" }])",
        ]);
    }
}
