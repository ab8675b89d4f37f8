using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

[Collection("postgresql")]
public sealed class PostgreSqlRefusalTests(PostgreSqlFixture server)
{
    [Fact]
    public async Task A_server_that_is_down_is_named()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(new() { Host = bench.Folder, User = "postgres" }), $"postgresql {bench.Folder}:5432, database postgres: ");
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(new() { Host = bench.Folder, User = "postgres" }), "No such file or directory");
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(server.Options("postgres", "nowhere")), "has no database nowhere");
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(server.Options("nowhere")), "database \"nowhere\" does not exist");
    }

    [Fact]
    public async Task A_table_that_may_not_be_read_fails_the_run()
    {
        await server.CreateAsync("rights", "CREATE TABLE hidden (id int);");
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN");
        await using SourceBench bench = await SourceBench.CreateAsync();
        PostgreSqlOptions options = server.Options("rights") with { User = "weak" };
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(options), "permission denied for table hidden; docs/guide/postgresql.md lists the rights that are needed");
    }

    [Fact]
    public async Task Rows_that_a_policy_hides_fail_the_run()
    {
        await server.CreateAsync("guarded", "CREATE TABLE t (id int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;");
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS blind; CREATE ROLE blind LOGIN IN ROLE pg_read_all_data");
        await using SourceBench bench = await SourceBench.CreateAsync();
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(server.Options("guarded") with { User = "blind" }), "query would be affected by row-level security policy for table \"t\"");
    }

    [Fact]
    public async Task A_subscription_that_pg_dump_passes_over_fails_the_run()
    {
        await server.CreateAsync("subscribed", "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false);");
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN IN ROLE pg_read_all_data");
        await using SourceBench bench = await SourceBench.CreateAsync();
        try
        {
            await Refusals.ShouldBeAsync(
                bench, new PostgreSqlSource(server.Options("subscribed") with { User = "reader" }),
                "database subscribed: the subscription s is not in what pg_dump wrote; only a superuser may dump subscriptions");
        }
        finally
        {
            await server.Cluster.LoadTextAsync("ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s;", "subscribed");
        }
    }

    [Fact]
    public async Task Large_objects_that_may_not_be_read_fail_the_run()
    {
        await server.CreateAsync("large", "SELECT lo_from_bytea(4711, '\\x00');");
        await server.Cluster.SqlAsync("DROP ROLE IF EXISTS small; CREATE ROLE small LOGIN IN ROLE pg_read_all_data");
        await using SourceBench bench = await SourceBench.CreateAsync();
        await Refusals.ShouldBeAsync(
            bench, new PostgreSqlSource(server.Options("large") with { User = "small" }),
            "ERROR:  permission denied for large object 4711; docs/guide/postgresql.md lists the rights that are needed");
    }

    [Fact]
    public async Task Tools_older_than_the_server_are_refused_with_both_versions()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        string bin = Directory.CreateDirectory($"{bench.Folder}/pg/13/bin").FullName;
        File.CreateSymbolicLink($"{bin}/psql", $"{PostgreSqlCluster.Bin}/psql");
        await File.WriteAllTextAsync($"{bin}/pg_dump", "#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.21 (Debian 13.21-1)'\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode($"{bin}/pg_dump", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await Refusals.ShouldBeAsync(
            bench, new PostgreSqlSource(server.Options("postgres"), new($"{bench.Folder}/pg")),
            $"the server is PostgreSQL 15, and {bin}/pg_dump is of version 13.21, which cannot dump it; install postgresql-client-15");
    }

    [Fact]
    public async Task Tools_that_are_not_there_are_named_with_their_package()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        await Refusals.ShouldBeAsync(
            bench, new PostgreSqlSource(server.Options("postgres"), new($"{bench.Folder}/none", $"{bench.Folder}/")), "psql is not there; install the package postgresql-client");
    }

    [Fact]
    public async Task A_connection_that_is_lost_halfway_fails_the_run()
    {
        await server.CreateAsync("lost", "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, repeat('z', 300) FROM generate_series(1, 1000) g;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        PostgreSqlTools tools = server.ToolsThatRun(bench.Folder, "sql -d postgres -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'lost'\"");
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(server.Options("lost"), tools), "terminating connection due to administrator command");
    }

    [Fact]
    public async Task A_server_that_dies_among_the_rows_fails_the_run()
    {
        await server.CreateAsync("dying", "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT g, repeat('z', 300) FROM generate_series(1, 100000) g; ANALYZE;");
        await using SourceBench bench = await SourceBench.CreateAsync();
        PostgreSqlTools tools = server.ToolsThatRun(bench.Folder, """
            (until [ -n "$(sql -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dying' AND state = 'active' AND query LIKE 'COPY (SELECT%'")" ]; do :; done) &
            """);
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(server.Options("dying"), tools), ", database dying: ");
    }
}
