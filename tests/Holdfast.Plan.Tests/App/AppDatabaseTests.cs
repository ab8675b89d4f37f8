using Holdfast.Fixtures;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;

namespace Holdfast.Plan.Tests.App;

/// <summary>Applications with real servers, and the accounts that such applications have.</summary>
public sealed class AppDatabaseTests
{
    private const string Password = "a\"b\\c#'d $x";

    private const string Blog = """
        CREATE DATABASE blog; USE blog;
        CREATE TABLE wp7_options (option_id BIGINT PRIMARY KEY, option_name VARCHAR(191), option_value LONGTEXT);
        INSERT INTO wp7_options VALUES (1, 'siteurl', 'https://example.org');
        CREATE TABLE wp7_posts (ID BIGINT PRIMARY KEY, post_content LONGTEXT);
        INSERT INTO wp7_posts VALUES (1, 'Hello 🌍'), (2, 'second');
        CREATE VIEW newest AS SELECT MAX(ID) FROM wp7_posts;
        CREATE DATABASE other; CREATE TABLE other.secret (a INT);
        CREATE USER wp@localhost IDENTIFIED BY 'a"b\\c#''d $x';
        GRANT ALL PRIVILEGES ON blog.* TO wp@localhost;

        """;

    [Fact]
    public async Task A_site_with_its_own_account_is_captured_by_socket_and_by_TCP_and_loads_again()
    {
        await using MariaDb server = await MariaDb.StartAsync();
        await server.RunAsync(Blog);
        await using var door = new TcpDoor(server.Socket);
        await using PlanBench bench = await PlanBench.CreateAsync();
        Sites.WordPress(bench.Folder + "/by-socket", $"localhost:{server.Socket}", "'a\"b\\\\c#\\'d $x'");
        Sites.WordPress(bench.Folder + "/by-tcp", $"127.0.0.1:{door.Port}", "\"a\\\"b\\\\c#'d \\$x\"");
        PlanEntry plan = bench.Plan("sites", "app: { recipe: wordpress, path: by-socket }", "app: { recipe: wordpress, path: by-tcp }");

        BackupSummary summary = await bench.RunAsync(plan);

        door.Visitors.ShouldBeGreaterThan(0);
        Manifest manifest = await bench.ManifestAsync(summary);
        ManifestSource[] databases = [.. manifest.Sources.Where(s => s.Root.StartsWith("/.holdfast/databases"))];
        databases.Select(s => (s.Root, s.Details["application"])).ShouldBe([("/.holdfast/databases/mysql/by-socket", "by-socket"), ("/.holdfast/databases/mysql/by-tcp", "by-tcp")]);
        databases[0].Items.Select(i => i.ToString()).ShouldBe(databases[1].Items.Select(i => (i with { Path = i.Path?.Replace("by-tcp", "by-socket") }).ToString()));
        databases[0].Items.Single(i => i.Name == "blog/wp7_posts").Rows.ShouldBe(2);
        databases[0].Items.ShouldNotContain(i => i.Name.StartsWith("other") || i.Kind == "user");

        string restored = await bench.RestoreAsync(summary);
        File.ReadAllText($"{restored}{bench.Folder}/by-tcp/wp-content/uploads/photo.jpg").ShouldBe("photo");
        string before = await server.RunAsync("CHECKSUM TABLE blog.wp7_posts, blog.wp7_options; SELECT * FROM blog.newest;");
        await server.RunAsync("DROP DATABASE blog;");
        await server.LoadAsync($"{restored}/.holdfast/databases/mysql/by-tcp");
        (await server.RunAsync("CHECKSUM TABLE blog.wp7_posts, blog.wp7_options; SELECT * FROM blog.newest;")).ShouldBe(before);
        await NowhereAsync(bench, summary, Password);
    }

    [Fact]
    public async Task A_wrong_password_and_a_right_that_is_missing_fail_the_run_and_leave_no_secret_behind()
    {
        await using MariaDb server = await MariaDb.StartAsync(hasBinaryLog: false);
        await server.RunAsync(Blog);
        await using PlanBench bench = await PlanBench.CreateAsync();
        string root = Sites.WordPress(bench.Folder + "/blog", $"localhost:{server.Socket}", "'wrong'");
        PlanEntry plan = bench.Plan("sites", "app: { recipe: wordpress, path: blog }");
        BackupException denied = await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan));
        (denied.Kind, denied.Message.Contains("Access denied"), denied.Message.Contains("wrong")).ShouldBe((BackupErrorKind.Source, true, false), denied.Message);

        Sites.WordPress(root, $"localhost:{server.Socket}", "'a\"b\\\\c#\\'d $x'");
        await server.RunAsync("REVOKE EXECUTE ON blog.* FROM wp@localhost;");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan))).Message.ShouldContain("GRANT EXECUTE ON `blog`.* TO `wp`@`localhost`");
        (await bench.CountSnapshotsAsync()).ShouldBe(0);
        PrivateFolders.Holding("c#'d").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_Django_site_with_its_own_role_is_captured_and_loads_again()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync("CREATE ROLE keyed LOGIN PASSWORD 'p:w\\d'");
        await cluster.SqlAsync("CREATE DATABASE crm OWNER keyed");
        await cluster.SqlAsync("SET ROLE keyed; CREATE TABLE django_migrations (id serial PRIMARY KEY, app text); INSERT INTO django_migrations (app) VALUES ('auth'), ('sites')", "crm");
        await using PlanBench bench = await PlanBench.CreateAsync();
        Sites.Django(bench.Folder + "/site", cluster.Folder, "'p:w\\\\d'");
        string settings = File.ReadAllText(bench.Folder + "/site/site/settings.py");
        File.WriteAllText(bench.Folder + "/site/site/settings.py", settings.Replace("\"USER\": \"site\"", "\"USER\": \"keyed\"").Replace("'PORT': ''", $"'PORT': {PostgreSqlCluster.Port}"));

        BackupSummary summary = await bench.RunAsync(bench.Plan("sites", "app: { recipe: django-postgresql, path: site, name: crm }"));

        Manifest manifest = await bench.ManifestAsync(summary);
        ManifestSource database = manifest.Sources.Single(s => s.Root == "/.holdfast/databases/postgresql/crm");
        database.Details["application"].ShouldBe("crm");
        database.Items.Single(i => i.Kind == "table").Rows.ShouldBe(2);
        await NowhereAsync(bench, summary, "p:w\\d");
        await cluster.SqlAsync("DROP DATABASE crm");
        string restored = await bench.RestoreAsync(summary);
        string folder = $"{restored}/.holdfast/databases/postgresql/crm";
        foreach (string file in (await File.ReadAllLinesAsync(folder + "/files", PlanBench.Cancellation)).Where(f => !f.StartsWith("globals")))
        {
            await cluster.LoadAsync($"{folder}/{file}", file.EndsWith("/database.sql") ? "postgres" : "crm");
        }

        (await cluster.SqlAsync("SELECT string_agg(app, ',' ORDER BY id) FROM django_migrations", "crm")).Trim().ShouldBe("auth,sites");
    }

    /// <summary>A password is in the application's own files, and in nothing that is made of them.</summary>
    private static async Task NowhereAsync(PlanBench bench, BackupSummary summary, string password)
    {
        string own = await bench.RestoreAsync(summary) + "/.holdfast";
        foreach (string file in Directory.EnumerateFiles(own, "*", SearchOption.AllDirectories))
        {
            (await File.ReadAllTextAsync(file)).ShouldNotContain(password, customMessage: file);
        }
    }
}
