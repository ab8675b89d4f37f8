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
