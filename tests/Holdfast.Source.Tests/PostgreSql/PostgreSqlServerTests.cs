using Holdfast.Archiver;
using Holdfast.Backend;

namespace Holdfast.Source.Tests;

[Collection("postgresql")]
public sealed class PostgreSqlServerTests(PostgreSqlFixture server)
{
    [Fact]
    public async Task Databases_are_listed_with_their_tables_and_sizes()
    {
        await server.CreateAsync("listed", "CREATE TABLE orders (id int); INSERT INTO orders SELECT generate_series(1, 10000); VACUUM; CREATE SCHEMA s; CREATE TABLE s.empty (id int);");
        DatabaseListing database = (await new PostgreSqlServer(server.Options("listed")).ListAsync(TestContext.Current.CancellationToken)).Single();
        database.Name.ShouldBe("listed");
        database.Bytes!.Value.ShouldBeGreaterThan(360_000);
        database.Tables.Select(t => t.Name).ShouldBe(["public.orders", "s.empty"]);
        database.Tables[0].Rows.ShouldBe(10000);
        database.Tables[0].Bytes!.Value.ShouldBeInRange(360_000, 500_000);
        (await new PostgreSqlServer(server.Cluster.Options).ListAsync(TestContext.Current.CancellationToken)).Select(d => d.Name).ShouldContain("postgres");
    }

    [Fact]
    public async Task Each_missing_right_is_named_with_its_statement_and_with_those_of_the_guide_a_backup_succeeds()
    {
        await server.CreateAsync("guide", """
            CREATE SCHEMA s; CREATE TABLE s.t (id serial PRIMARY KEY, v text); INSERT INTO s.t (v) VALUES ('x');
            ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;
            SELECT lo_from_bytea(0, '\x01');
            REVOKE CONNECT ON DATABASE guide FROM public;
            """);
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS backup; CREATE ROLE backup LOGIN");
        PostgreSqlOptions options = server.Options("postgres", "guide") with { User = "backup" };
        var watched = new PostgreSqlServer(options);

        // Each statement as the list gives it, until nothing is missing; those of the guide are the same ones.
        List<string> given = [];
        for (int round = 0; round < 3; round++)
        {
            foreach (string grant in (await watched.TestAsync(TestContext.Current.CancellationToken)).Where(r => r.IsMissing).Select(r => r.Grant!).Distinct().ToList())
            {
                given.Add(grant);
                await server.Cluster.SqlAsync(grant);
            }
        }

        given.ShouldBe([
            "GRANT pg_read_all_data TO \"backup\";", "GRANT CONNECT ON DATABASE \"guide\" TO \"backup\";",
            "ALTER ROLE \"backup\" BYPASSRLS;", "ALTER ROLE \"backup\" SET lo_compat_privileges = on;",
        ]);
        string guide = await File.ReadAllTextAsync($"{AppContext.BaseDirectory}/PostgreSql/postgresql.md", TestContext.Current.CancellationToken);
        guide.Replace("crm", "\"guide\"", StringComparison.Ordinal).Replace(" holdfast", " \"backup\"", StringComparison.Ordinal)
            .Split('\n').Select(l => l.Trim()).Intersect(given).Count().ShouldBe(given.Count);
        (await watched.TestAsync(TestContext.Current.CancellationToken)).ShouldAllBe(r => !r.IsMissing);

        await using SourceBench bench = await SourceBench.CreateAsync();
        string root = await bench.RestoreAsync(await bench.CaptureAsync(new PostgreSqlSource(options))) + "/.holdfast/databases/postgresql";
        (await File.ReadAllTextAsync($"{root}/guide/rows/s.t.sql", TestContext.Current.CancellationToken)).ShouldBe("COPY \"s\".\"t\" (id, v) FROM stdin WITH (ENCODING 'UTF8');\n1\tx\n\\.\n");
        (await File.ReadAllTextAsync($"{root}/guide/large-objects.sql", TestContext.Current.CancellationToken)).ShouldContain("lowrite(0, '\\x01')");
        (await File.ReadAllTextAsync($"{root}/globals.sql", TestContext.Current.CancellationToken)).ShouldNotContain("without passwords");
    }

    [Fact]
    public async Task User_mappings_come_without_options_for_the_account_of_the_guide_which_is_told_and_lacks_nothing()
    {
        const string Hidden = "1 without options: they have none, or only a superuser may see them";
        await server.CreateAsync("mapped", """
            CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far; CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (password 'p');
            CREATE TABLE t (id int);
            """);
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS mapped; CREATE ROLE mapped LOGIN; GRANT pg_read_all_data TO mapped");
        PostgreSqlOptions options = server.Options("mapped") with { User = "mapped" };

        IReadOnlyList<RightListing> rights = await new PostgreSqlServer(options).TestAsync(TestContext.Current.CancellationToken);
        rights.ShouldAllBe(r => !r.IsMissing);
        rights.ShouldContain(new RightListing("user mappings in mapped", "1 captured without options: they have none, or only a superuser may see them", null));

        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(options));
        bench.Notes.ShouldBe([$"user mappings of database mapped: {Hidden}"]);
        var restorer = new PostgreSqlRestorer(await bench.IndexedAsync(), summary.Tree, server.Cluster.Options);
        IDatabaseRestorePlan plan = await restorer.PlanAsync(new() { Database = "mapped" }, TestContext.Current.CancellationToken);
        plan.Describe().ShouldContain($"note: user mappings of database mapped come back as they were captured: {Hidden}");
        (await plan.ExecuteAsync(TestContext.Current.CancellationToken)).Notes.ShouldContain($"user mappings of database mapped come back as they were captured: {Hidden}");

        // A superuser sees them, and has nothing to be told.
        bench.Notes.Clear();
        await bench.CaptureAsync(new PostgreSqlSource(server.Options("mapped")));
        bench.Notes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("SELECT repeat('x', 1000) FROM generate_series(1, 40000)")]
    [InlineData("SELECT repeat('x', 1000) FROM generate_series(1, 40000); SELECT 1")]
    [InlineData("SELECT 1 / strpos(current_query(), 'CO' || 'PY (')")] // 1 where it comes as a COPY, else a division by zero
    [InlineData(" with t as (values (1)) select * from t -- all;\n")]
    [InlineData("VALUES (1), (2) ;\n")]
    [InlineData("TABLE pg_class -- all")]
    [InlineData("SELECT pg_sleep(0), ';', NULL")]
    [InlineData("SELECT pg_sleep(0), 1 AS a, 2 AS a")]
    [InlineData("SHOW server_version")]
    public async Task What_a_query_answers_is_passed_over_however_long_it_is(string sql) =>
        await new PostgreSqlServer(server.Options("postgres")).QueryAsync("postgres", sql, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("SELECT 1 / (30000 - n), repeat('x', 1000) FROM generate_series(1, 40000) n", "division by zero")]
    [InlineData("SELECT 1 FROM nothing", "\"nothing\" does not exist")]
    [InlineData("SELECT nextval('s')", "read-only transaction")]
    [InlineData("SELECT (1", "syntax error")]
    public async Task A_query_that_fails_is_a_failure_late_as_well(string sql, string why)
    {
        await server.CreateAsync("queried", "CREATE SEQUENCE s;");
        string message = (await Should.ThrowAsync<BackupException>(() => new PostgreSqlServer(server.Options("queried")).QueryAsync("queried", sql, TestContext.Current.CancellationToken))).Message;
        message.ShouldContain(why);
        message.ShouldStartWith($"postgresql {server.Cluster.Folder}");
    }

    [Fact]
    public async Task A_test_says_that_a_database_is_not_there()
    {
        (await Should.ThrowAsync<BackupException>(() => new PostgreSqlServer(server.Options("postgres", "none", "nor")).TestAsync(TestContext.Current.CancellationToken))).Message
            .ShouldBe($"postgresql {server.Cluster.Folder}:5999 has no database none, nor that can be connected to");
        (await Should.ThrowAsync<BackupException>(() => new PostgreSqlServer(server.Options("none")).TestAsync(TestContext.Current.CancellationToken))).Message
            .ShouldEndWith("FATAL:  database \"none\" does not exist");
    }

    [Fact]
    public async Task What_is_to_be_left_out_and_is_not_there_is_noted()
    {
        await server.CreateAsync("without", "CREATE TABLE t (id int); CREATE TABLE parts (id int) PARTITION BY RANGE (id);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        PostgreSqlOptions options = server.Options("without") with { Exclude = ["without/public.t", "without/public.tt", "without/public.parts", "postgres/public.t", "witout", "witout/public.t"], Mirrored = ["test"] };
        await bench.CaptureAsync(new PostgreSqlSource(options));
        string name = $"postgresql {server.Cluster.Folder}:5999";
        bench.Notes.ShouldBe([
            $"{name}: there is no database for witout, which is to be left out", $"{name}: there is no database for witout/public.t, which is to be left out",
            $"{name}: there is no plain table without/public.tt, which is to be left out", $"{name}: there is no plain table without/public.parts, which is to be left out",
        ]);
    }

    [Fact]
    public async Task A_login_that_fails_is_a_failure()
    {
        var nobody = new PostgreSqlServer(server.Options("postgres") with { User = "nobody at all" });
        (await Should.ThrowAsync<BackupException>(() => nobody.TestAsync(TestContext.Current.CancellationToken))).Message.ShouldContain("role \"nobody at all\" does not exist");

        // Over the socket root is let in as nobody else, and seldom as root: what to do is in the guide.
        var other = new PostgreSqlServer(server.Options("postgres") with { User = "peered" });
        (await Should.ThrowAsync<BackupException>(() => other.TestAsync(TestContext.Current.CancellationToken))).Message
            .ShouldEndWith("Peer authentication failed for user \"peered\"; over the socket the server lets a user of this machine in as the role of the same name: "
                + "docs/guide/postgresql.md, \"Logging in\", has what to do");
        (await Should.ThrowAsync<BackupException>(() => new PostgreSqlServer(server.Options("postgres") with { User = "root" }).TestAsync(TestContext.Current.CancellationToken))).Message
            .ShouldEndWith("role \"root\" does not exist; give a role of the server by user: docs/guide/postgresql.md, \"Logging in\", has what root may log in as");
    }
}
