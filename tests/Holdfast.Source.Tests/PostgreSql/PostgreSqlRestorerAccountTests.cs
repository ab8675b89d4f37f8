using System.Text.RegularExpressions;
using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

/// <summary>The account of docs/guide/postgresql.md that may restore and is no superuser, with these rights and no others.</summary>
[Collection("postgresql")]
public sealed class PostgreSqlRestorerAccountTests(PostgreSqlFixture server) : PostgreSqlRestoreCase(server)
{
    private const string Things = """
        SET ROLE app;
        CREATE TABLE public.orders (id serial PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY, what text); INSERT INTO public.orders (what) SELECT 'x' || g FROM generate_series(1, 100) g;
        CREATE SCHEMA s;
        CREATE TYPE s.mood AS ENUM ('sad', 'ok');
        CREATE TABLE s.lines (id int PRIMARY KEY, o int REFERENCES public.orders, m s.mood); INSERT INTO s.lines VALUES (1, 1, 'ok');
        CREATE FUNCTION s.fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER trig BEFORE UPDATE ON s.lines FOR EACH ROW EXECUTE FUNCTION s.fires();
        CREATE STATISTICS s.st ON o, m FROM s.lines;
        CREATE INDEX ON s.lines (o);
        CREATE VIEW s.v AS SELECT * FROM s.lines;
        CREATE MATERIALIZED VIEW s.mv AS SELECT id FROM s.lines;
        CREATE SCHEMA everybodys; GRANT CREATE ON SCHEMA everybodys TO PUBLIC;
        CREATE PUBLICATION pub FOR TABLE s.lines;
        SELECT lo_from_bytea(4711, '\x0102');
        GRANT SELECT ON s.lines TO app_reader; GRANT USAGE ON SCHEMA s TO app_reader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO app_reader;
        RESET ROLE;
        """;

    [Fact]
    public async Task D64_rows_that_it_may_not_see_are_not_lost_to_a_restore()
    {
        await MakeAsync("");
        await Server.Cluster.SqlAsync("SET ROLE app; CREATE TABLE public.audit (a int); INSERT INTO public.audit VALUES (1); ALTER TABLE public.audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", "pa");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(Server.Options("pa") with { Exclude = ["pa/public.audit"] }));

        (await FailsAsync(bench, summary, new() { Database = "pa" }, Account)).ShouldStartWith("table pa/\"public\".\"audit\" has rows on the target");
        (await Server.Cluster.SqlAsync("SELECT a FROM public.audit", "pa")).ShouldBe("1\n");
        await Server.Cluster.SqlAsync("TRUNCATE public.audit", "pa");
        await RestoreAsync(bench, summary, Account, new() { Database = "pa" });
    }

    [Theory]
    [InlineData("")]
    [InlineData("ALTER SCHEMA public OWNER TO app;")]
    [InlineData("REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE ALL ON DATABASE pa FROM PUBLIC; GRANT CONNECT ON DATABASE pa TO app_reader; GRANT ALL ON SCHEMA public TO app;")]
    [InlineData("GRANT ALL ON SCHEMA public TO PUBLIC;")]
    public async Task A_database_comes_back_whole(string also)
    {
        await MakeAsync(also);
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "pa");
        string captured = await WholeAsync("pa");
        await Server.Cluster.SqlAsync("DROP TABLE public.orders CASCADE; DROP SCHEMA s CASCADE; SELECT lo_unlink(4711); CREATE TABLE public.later (id int)", "pa");

        await RestoreAsync(bench, summary, Account, new() { Database = "pa" });

        (await WholeAsync("pa")).ShouldBe(captured);
        await NothingBesideAsync(Server.Cluster);

        // Where there is none, and in the place of another.
        await RestoreAsync(bench, summary, Account, new() { Database = "pa", As = "pa_2" });
        (await WholeAsync("pa_2")).ShouldBe(Regex.Replace(captured, @"\bpa\b", "pa_2"));
        await RestoreAsync(bench, summary, Account, new() { Database = "pa", As = "pa_2" });
        (await DescribeAsync("pa_2")).ShouldBe(await DescribeAsync("pa"));
        await Server.Cluster.SqlAsync("DROP DATABASE pa_2");
    }

    [Fact]
    public async Task What_others_own_in_it_stays_theirs_and_nobody_can_create_more_than_before()
    {
        await MakeAsync("""
            CREATE SCHEMA partners AUTHORIZATION partner;
            SET ROLE partner; CREATE TABLE partners.t (id int PRIMARY KEY); INSERT INTO partners.t VALUES (1); RESET ROLE;
            CREATE TABLE s.theirs (id int, v int); CREATE STATISTICS s.theirs_st ON id, v FROM s.theirs; ALTER TABLE s.theirs OWNER TO partner; ALTER STATISTICS s.theirs_st OWNER TO partner;
            """);
        await Server.Cluster.SqlAsync("GRANT partner TO restorer");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "pa");
        string captured = await WholeAsync("pa");
        const string Rights = """
            SELECT nspname, has_schema_privilege('stranger_to_it', oid, 'CREATE') FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1;
            SELECT has_database_privilege('stranger_to_it', 'pa', 'CREATE')
            """;
        string rights = await Server.Cluster.SqlAsync(Rights, "pa");
        await Server.Cluster.SqlAsync("DROP SCHEMA s CASCADE; DROP SCHEMA partners CASCADE", "pa");

        await RestoreAsync(bench, summary, Account, new() { Database = "pa" });

        (await WholeAsync("pa")).ShouldBe(captured);
        (await Server.Cluster.SqlAsync(Rights, "pa")).ShouldBe(rights);
        rights.ShouldBe("everybodys|t\ninformation_schema|f\npartners|f\npublic|f\ns|f\nf\n");
    }

    [Theory]
    [InlineData("public.orders", "")]
    [InlineData("s.lines", "DROP VIEW s.v; DROP MATERIALIZED VIEW s.mv; DROP PUBLICATION pub;")]
    [InlineData("public.orders", "ALTER SCHEMA public OWNER TO app;")]
    public async Task One_table_comes_back_in_its_place_or_into_a_schema_that_is_its_owners(string table, string also)
    {
        await MakeAsync($"{also} {(table == "public.orders" ? "ALTER TABLE s.lines DROP CONSTRAINT lines_o_fkey;" : string.Empty)}");
        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "pa");
        string captured = await WholeAsync("pa");
        await Server.Cluster.SqlAsync($"DELETE FROM {table} WHERE id > 0", "pa", "app");

        await RestoreAsync(bench, summary, Account, new() { Database = "pa", Table = table });
        (await WholeAsync("pa")).ShouldBe(captured);

        await Server.Cluster.SqlAsync($"DROP TABLE {table}", "pa");
        await RestoreAsync(bench, summary, Account, new() { Database = "pa", Table = table });
        (await WholeAsync("pa")).ShouldBe(captured);

        await RestoreAsync(bench, summary, Account, new() { Database = "pa", Table = table, AsSchema = "side" });
        (await Server.Cluster.SqlAsync($"SELECT (SELECT count(*) FROM side.{table.Split('.')[1]}) = (SELECT count(*) FROM {table}); DROP SCHEMA side CASCADE", "pa", "app")).ShouldBe("t\n");
        (await WholeAsync("pa")).ShouldBe(captured);
    }

    private PostgreSqlOptions Account => Server.Cluster.Options with { User = "restorer" };

    /// <summary>The database, and the account by the statements of the guide.</summary>
    private async Task MakeAsync(string also)
    {
        await Server.Cluster.SqlAsync("DROP DATABASE IF EXISTS pa");
        await Server.Cluster.SqlAsync("DROP DATABASE IF EXISTS owned"); // of another test, with things of app
        await Server.Cluster.SqlAsync("""
            DROP ROLE IF EXISTS restorer; DROP ROLE IF EXISTS app; DROP ROLE IF EXISTS app_reader; DROP ROLE IF EXISTS partner; DROP ROLE IF EXISTS stranger_to_it;
            CREATE ROLE app LOGIN; CREATE ROLE app_reader; CREATE ROLE partner; CREATE ROLE stranger_to_it;
            """);
        await Server.Cluster.SqlAsync("CREATE DATABASE pa OWNER app");
        await Server.Cluster.LoadTextAsync(Things + also, "pa");
        string[] guide = [.. (await File.ReadAllLinesAsync($"{AppContext.BaseDirectory}/PostgreSql/postgresql.md", Cancellation)).Select(l => l.Trim())];
        string[] statements = [.. guide.SkipWhile(l => l != "CREATE ROLE restorer LOGIN;").TakeWhile(l => l.EndsWith(';'))];
        statements.Length.ShouldBe(4);
        await Server.Cluster.LoadTextAsync(string.Join('\n', statements));
    }

    /// <summary>Definitions, rows, and what belongs to the database itself.</summary>
    private Task<string> WholeAsync(string database) => Server.Cluster.DumpAsync("pg_dump", "-C", "-d", database);
}
