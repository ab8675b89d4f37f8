using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Source;

namespace Holdfast.Plan.Tests.App;

/// <summary>The servers behind the applications of a plan, seen as a capture would see them.</summary>
public sealed class AppServerTests
{
    [Fact]
    public async Task The_server_of_a_blog_shows_its_database_and_what_its_account_lacks()
    {
        await using MariaDb server = await MariaDb.StartAsync(hasBinaryLog: false);
        await server.RunAsync("""
            CREATE DATABASE blog; CREATE TABLE blog.wp7_posts (ID BIGINT PRIMARY KEY); CREATE DATABASE other; CREATE TABLE other.t (a INT);
            CREATE USER wp@localhost IDENTIFIED BY 's3cret'; GRANT ALL PRIVILEGES ON blog.* TO wp@localhost; GRANT SELECT ON other.* TO wp@localhost;
            """);
        await using PlanBench bench = await PlanBench.CreateAsync();
        string root = Sites.WordPress(bench.Folder + "/blog", $"localhost:{server.Socket}", "'s3cret'");
        IDatabaseServer own = Single(bench, "app: { recipe: wordpress, path: blog }");
        own.Name.ShouldBe($"blog: mysql {server.Socket}");
        DatabaseListing database = (await own.ListAsync(PlanBench.Cancellation)).Single();
        (database.Name, database.Tables.Single().Name).ShouldBe(("blog", "wp7_posts"));
        IReadOnlyList<RightListing> rights = await own.TestAsync(PlanBench.Cancellation);
        rights.Select(r => (r.Name, r.IsMissing)).ShouldBe(new[] { "SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "EXECUTE" }.Select(r => ($"{r} on blog.*", false)));

        await server.RunAsync("REVOKE TRIGGER ON blog.* FROM wp@localhost;");
        (await own.TestAsync(PlanBench.Cancellation)).Single(r => r.IsMissing).Grant.ShouldBe("GRANT TRIGGER ON `blog`.* TO `wp`@`localhost`;");
        await server.RunAsync("DROP DATABASE blog;");
        (await Should.ThrowAsync<BackupException>(() => own.ListAsync(PlanBench.Cancellation))).Message.ShouldContain("has no database blog, or the application's account may see nothing in it");

        Sites.WordPress(root, $"localhost:{server.Socket}", "'wrong'");
        string denied = (await Should.ThrowAsync<BackupException>(() => Single(bench, "app: { recipe: wordpress, path: blog }").TestAsync(PlanBench.Cancellation))).Message;
        (denied.Contains("Access denied"), denied.Contains("wrong")).ShouldBe((true, false), denied);
    }

    [Fact]
    public async Task The_role_of_a_site_needs_no_right_on_the_passwords_of_others()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync("CREATE ROLE keyed LOGIN PASSWORD 'pw'");
        await cluster.SqlAsync("CREATE DATABASE crm OWNER keyed");
        await cluster.SqlAsync("CREATE DATABASE other");
        await cluster.SqlAsync("SET ROLE keyed; CREATE TABLE django_migrations (id int)", "crm");
        await using PlanBench bench = await PlanBench.CreateAsync();
        string settings = Sites.Django(bench.Folder + "/site", cluster.Folder) + "/site/settings.py";
        File.WriteAllText(settings, File.ReadAllText(settings).Replace("\"USER\": \"site\"", "\"USER\": \"keyed\"").Replace("'PORT': ''", $"'PORT': {PostgreSqlCluster.Port}"));

        IDatabaseServer own = Single(bench, "app: { recipe: django-postgresql, path: site, name: crm }");
        DatabaseListing database = (await own.ListAsync(PlanBench.Cancellation)).Single();
        (database.Name, database.Tables.Single().Name).ShouldBe(("crm", "public.django_migrations"));
        (await own.TestAsync(PlanBench.Cancellation)).Where(r => r.IsMissing || r.Name.Contains("pg_authid")).ShouldBeEmpty();
        await cluster.SqlAsync("CREATE TABLE secret (id int)", "crm");
        (await own.TestAsync(PlanBench.Cancellation)).Single(r => r.IsMissing).Grant.ShouldBe("GRANT pg_read_all_data TO \"keyed\";");
    }

    [Fact]
    public async Task An_application_without_a_server_has_none_and_one_that_is_not_there_is_refused()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        Sites.Trac(bench.Folder + "/trac");
        Servers(bench, "app: { recipe: trac, path: trac }").ShouldBeEmpty();
        Should.Throw<BackupException>(() => Servers(bench, "app: { recipe: trac, path: nowhere }")).Message.ShouldContain("has no trac");
        Servers(bench, "mongodb: { host: db1, port: 27018 }").Single().Name.ShouldBe("mongodb db1:27018");
    }

    [Fact]
    public async Task What_is_wrong_with_the_commands_of_an_application_is_no_matter_where_its_server_is_looked_at()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        Sites.Write(bench.Folder, "own/own.ini", "name = x\n");
        Sites.Write(bench.Folder, "apps.d/own.yaml", """
            name: own
            find: [ { file: own.ini } ]
            settings: { tool: { ini: tool } }
            pause: { before: [ { run: ['${tool}'] } ], after: [ { run: ['true'] } ] }
            sources: [ mysql: { socket: /nowhere, user: root, database: own } ]
            """);
        Single(bench, "app: { recipe: own, path: own }").Name.ShouldBe("own: mysql /nowhere");
    }

    private static IDatabaseServer Single(PlanBench bench, string source) => Servers(bench, source).Single();

    private static IReadOnlyList<IDatabaseServer> Servers(PlanBench bench, string source) => PlanSources.CreateServers(bench.Plan("p", source).Sources.Single());
}
