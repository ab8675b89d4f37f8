using Holdfast.Fixtures;
using System.Globalization;
using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

[Collection("postgresql")]
public sealed class PostgreSqlSourceTests(PostgreSqlFixture server)
{
    private const string Root = "/.holdfast/databases/postgresql";

    [Fact]
    public async Task Rows_of_all_tables_are_of_one_moment_while_others_write()
    {
        await server.CreateAsync("bank", """
            CREATE TABLE debit (id int PRIMARY KEY, v int, fill text);
            CREATE TABLE credit (id int PRIMARY KEY, v int, fill text);
            INSERT INTO debit SELECT g, 1000, repeat('x', 300) FROM generate_series(1, 30000) g;
            INSERT INTO credit SELECT g, 1000, repeat('x', 300) FROM generate_series(1, 30000) g;
            CREATE PROCEDURE transfer() LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN
              LOOP n := 1 + random() * 29998; UPDATE debit SET v = v - 1 WHERE id = n; UPDATE credit SET v = v + 1 WHERE id = 30001 - n; COMMIT; END LOOP; END $$;
            ANALYZE;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        ToolProcess writers = ToolProcess.Start(new("psql", ["-Xq", "-h", server.Cluster.Folder, "-p", $"{PostgreSqlCluster.Port}", "-U", "postgres", "-d", "bank", "-c", "CALL transfer()"]));
        long before, after;
        BackupSummary summary;
        await using (writers)
        {
            await server.Cluster.SqlAsync("DO $$ BEGIN WHILE (SELECT sum(v) FROM debit) = 30000000 LOOP PERFORM pg_sleep(0.01); COMMIT; END LOOP; END $$", "bank");
            before = await SumAsync();
            summary = await bench.CaptureAsync(new PostgreSqlSource(server.Options("bank")));
            after = await SumAsync();
        }

        await server.Cluster.SqlAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'CALL transfer()'");
        string rows = $"{await bench.RestoreAsync(summary)}{Root}/bank/rows";
        long debit = Sum($"{rows}/public.debit.sql"), credit = Sum($"{rows}/public.credit.sql");
        (debit + credit).ShouldBe(60_000_000);
        debit.ShouldBeInRange(after, before - 1, "they were writing all the time");

        async Task<long> SumAsync() => long.Parse(await server.Cluster.SqlAsync("SELECT sum(v) FROM debit", "bank"), CultureInfo.InvariantCulture);
        static long Sum(string file) => File.ReadLines(file).Skip(1).SkipLast(1).Sum(l => long.Parse(l.Split('\t')[1], CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task One_row_changed_of_100000_adds_less_than_200_KB_and_nothing_changed_next_to_nothing()
    {
        await server.CreateAsync("big", """
            CREATE TABLE orders (id int PRIMARY KEY, customer text, at timestamptz);
            INSERT INTO orders SELECT g, md5(g::text) || md5((g * 7)::text), '2026-01-01'::timestamptz + g * interval '1 minute' FROM generate_series(1, 100000) g;
            SELECT lo_from_bytea(0, convert_to(string_agg(md5(g::text), ''), 'UTF8')) FROM generate_series(1, 20000) g;
            VACUUM ANALYZE;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        var source = new PostgreSqlSource(server.Options("big"));
        (await bench.CaptureAsync(source)).Counters.DataAddedPacked.ShouldBeGreaterThan(4_000_000);

        (await bench.CaptureAsync(source)).Counters.DataAddedPacked.ShouldBeLessThan(20_000);
        await server.Cluster.SqlAsync("UPDATE orders SET customer = 'changed' WHERE id = 50000", "big");
        (await bench.CaptureAsync(source)).Counters.DataAddedPacked.ShouldBeLessThan(200_000);
        await server.Cluster.SqlAsync("INSERT INTO orders SELECT g, md5(g::text), now() FROM generate_series(100001, 100010) g", "big");
        (await bench.CaptureAsync(source)).Counters.DataAddedPacked.ShouldBeLessThan(200_000);
    }

    [Fact]
    public async Task What_is_excluded_keeps_its_definition_or_is_left_out_whole()
    {
        await server.CreateAsync("part", "CREATE TABLE kept (id int); CREATE TABLE sessions (id int); INSERT INTO sessions VALUES (1);");
        await server.CreateAsync("other", "CREATE TABLE t (id int);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(server.Options("part", "other") with { Exclude = ["part/public.sessions", "other"], Name = "main" }));

        string root = $"{await bench.RestoreAsync(summary)}{Root}/main";
        (await File.ReadAllLinesAsync($"{root}/files", TestContext.Current.CancellationToken)).ShouldBe(
            ["globals.sql", "part/database.sql", "part/pre-data.sql", "part/rows/public.kept.sql", "part/sequences.sql", "part/post-data.sql"]);
        (await File.ReadAllTextAsync($"{root}/part/pre-data.sql", TestContext.Current.CancellationToken)).ShouldContain("CREATE TABLE public.sessions");
        ManifestSource manifest = (await bench.ManifestAsync(summary))!.Sources.Single();
        manifest.Items.Single(i => i.Name == "part/public.sessions").ShouldBe(new("table", "part/public.sessions") { SchemaOnly = true });
        manifest.Items.ShouldNotContain(i => i.Name.StartsWith("other"));
        manifest.Details[PostgreSqlSource.Chosen].ShouldBe("part");
    }

    [Fact]
    public async Task Tables_somebody_waits_to_change_are_captured_as_they_are()
    {
        await server.CreateAsync("locked", """
            CREATE TABLE large (id int PRIMARY KEY, v text); INSERT INTO large SELECT g, repeat('y', 300) FROM generate_series(1, 40000) g;
            CREATE TABLE dropped (id int PRIMARY KEY); INSERT INTO dropped VALUES (1), (2);
            ANALYZE;
            """);
        await using SourceBench bench = await SourceBench.CreateAsync();
        string waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'";
        PostgreSqlTools tools = server.ToolsThatRun(bench.Folder, $"""
            sql -d locked -c 'DROP TABLE dropped' &
            sql -d locked -c 'ALTER TABLE large ALTER v TYPE varchar(1000)' &
            until [ "$(sql -d locked -c "{waiting}")" = 2 ]; do sleep 0.05; done
            """);

        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(server.Options("locked"), tools));

        (await bench.ManifestAsync(summary))!.Sources.Single().Items.Where(i => i.Kind == "table").Select(i => (i.Name, i.Rows)).ShouldBe(
            [("locked/public.dropped", 2), ("locked/public.large", 40000)]);
    }

    [Fact]
    public async Task A_table_truncated_between_the_snapshot_and_its_lock_is_of_the_same_moment_as_the_others()
    {
        await server.CreateAsync("truncated", "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2); INSERT INTO other VALUES (1);");
        await using SourceBench bench = await SourceBench.CreateAsync();
        Task<string> blocker = server.Cluster.SqlAsync("""
            DO $$ BEGIN
              LOCK TABLE t;
              WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 't'::regclass) LOOP PERFORM pg_sleep(0.01); END LOOP;
              TRUNCATE t; INSERT INTO t VALUES (99); INSERT INTO other VALUES (99);
            END $$
            """, "truncated");
        await server.Cluster.SqlAsync("DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation = 't'::regclass) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$", "truncated");

        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(server.Options("truncated")));
        await blocker;

        string rows = $"{await bench.RestoreAsync(summary)}{Root}/truncated/rows";
        File.ReadAllLines($"{rows}/public.t.sql")[1..^1].ShouldBe(["99"]);
        File.ReadAllLines($"{rows}/public.other.sql")[1..^1].ShouldBe(["1", "99"]);
    }

    [Fact]
    public async Task Password_comes_from_a_file_that_only_its_owner_may_read()
    {
        await server.CreateAsync("keyed", "CREATE TABLE t (id int);");
        await server.Cluster.SqlAsync(@"DROP ROLE IF EXISTS keyed; CREATE ROLE keyed SUPERUSER LOGIN PASSWORD 'a:b\c'");
        await using SourceBench bench = await SourceBench.CreateAsync();
        PostgreSqlOptions options = server.Options("keyed") with { User = "keyed", PasswordFile = $"{bench.Folder}/password" };
        await File.WriteAllTextAsync(options.PasswordFile, "a:b\\c\n", TestContext.Current.CancellationToken);

        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(options), $"the password file {options.PasswordFile} can be read or changed by others: chmod 600 {options.PasswordFile}");
        File.SetUnixFileMode(options.PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await bench.CaptureAsync(new PostgreSqlSource(options));
        await File.WriteAllTextAsync(options.PasswordFile, "wrong\n", TestContext.Current.CancellationToken);
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(options), "password authentication failed for user \"keyed\"");
        await Refusals.ShouldBeAsync(bench, new PostgreSqlSource(options), $"password retrieved from file \"{options.PasswordFile}\"");
        PrivateFolders.Holding("a\\:b\\\\c").ShouldBeEmpty("the password's folder goes with the run");
    }
}
