using System.Text;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

/// <summary>Names that are not ASCII, in a database that is not UTF-8: its own are in its encoding, those that it shares with others are not.</summary>
[Collection("postgresql")]
public sealed class PostgreSqlEncodingTests(PostgreSqlFixture server) : PostgreSqlRestoreCase(server)
{
    /// <summary>This database shows the two bytes of the role's é as two letters.</summary>
    private const string Inside = """
        SET client_encoding = 'UTF8';
        CREATE SCHEMA "été" AUTHORIZATION "renÃ©";
        CREATE TABLE "été"."crème" ("à" text PRIMARY KEY);
        ALTER TABLE "été"."crème" OWNER TO "renÃ©";
        INSERT INTO "été"."crème" VALUES ('déjà'), ('vu ÿ');
        """;

    private const string Look = """
        SELECT pg_encoding_to_char(encoding), datcollate, pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'), s.setconfig
        FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 'rené'::regrole WHERE datname = 'café';
        """;

    private const string LookInside = """
        SELECT string_agg("à", ', ' ORDER BY "à"), (SELECT tableowner = 'renÃ©' FROM pg_tables WHERE tablename = 'crème' AND schemaname = 'été') FROM "été"."crème";
        """;

    [Fact]
    public async Task A_latin1_database_comes_back_with_its_encoding_its_names_and_its_rows()
    {
        await Server.Cluster.SqlAsync("DROP DATABASE IF EXISTS \"café\"");
        await Server.Cluster.SqlAsync("DROP ROLE IF EXISTS \"rené\"; CREATE ROLE \"rené\" LOGIN PASSWORD 'p'");
        await Server.Cluster.SqlAsync("CREATE DATABASE \"café\" OWNER \"rené\" ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        await Server.Cluster.SqlAsync("COMMENT ON DATABASE \"café\" IS 'à la carte'; ALTER ROLE \"rené\" IN DATABASE \"café\" SET work_mem = '9MB'");
        await Server.Cluster.LoadTextAsync(Inside, "café");
        string outside = await Server.Cluster.SqlAsync(Look), inside = await Server.Cluster.SqlAsync(LookInside, "café");
        (outside, inside).ShouldBe(("LATIN1|C|rené|à la carte|{work_mem=9MB}\n", "déjà, vu ÿ|t\n"));

        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await CaptureAsync(bench, "café");

        ManifestSource manifest = (await bench.ManifestAsync(summary))!.Sources.Single();
        manifest.Items.ShouldContain(i => i.Kind == "role" && i.Name == "rené");
        manifest.Items.ShouldContain(i => i.Kind == "table" && i.Name == "café/été.crème" && i.Rows == 2);
        manifest.Details["encoding café"].ShouldBe("LATIN1");
        string root = await bench.RestoreAsync(summary) + "/.holdfast/databases/postgresql";
        (await File.ReadAllBytesAsync($"{root}/café/rows/été.crème.sql", Cancellation)).AsSpan().IndexOf(Encoding.Latin1.GetBytes("déjà\n")).ShouldBeGreaterThan(0);
        string all = string.Concat(await Task.WhenAll(((string[])["globals.sql", "café/database.sql"]).Select(f => File.ReadAllTextAsync($"{root}/{f}", Cancellation))));
        all.ShouldContain("CREATE ROLE \"rené\";");
        all.ShouldContain("CREATE DATABASE \"café\" WITH");
        all.ShouldContain("COMMENT ON DATABASE \"café\" IS 'à la carte';");
        all.ShouldNotContain("Ã");

        // By psql alone, and by a restore, to a server that has none of it.
        await using PostgreSqlCluster target = await PostgreSqlCluster.StartAsync();
        await PostgreSqlCluster.ShellAsync($"cd {root}; while read -r f; do cat \"$f\"; done < files > {target.Folder}/all.sql");
        await target.LoadAsync($"{target.Folder}/all.sql");
        (await target.SqlAsync(Look), await target.SqlAsync(LookInside, "café")).ShouldBe((outside, inside));

        await target.SqlAsync("DROP DATABASE \"café\"");
        await target.SqlAsync("DROP ROLE \"rené\"");
        (await FailsAsync(bench, summary, new() { Database = "café" }, target.Options)).ShouldContain("roles that the target does not have: rené;");
        (await RestoreAsync(bench, summary, target.Options, new() { Database = "café", Users = true })).Accounts.ShouldBe(["rené"]);
        (await target.SqlAsync(Look), await target.SqlAsync(LookInside, "café")).ShouldBe((outside, inside));

        // One table, and all once more, with roles that are there.
        await target.SqlAsync("DELETE FROM \"été\".\"crème\"", "café");
        await RestoreAsync(bench, summary, target.Options, new() { Database = "café", Table = "été.crème" });
        await RestoreAsync(bench, summary, target.Options, new() { Database = "café" });
        (await target.SqlAsync(Look), await target.SqlAsync(LookInside, "café")).ShouldBe((outside, inside));
        await NothingBesideAsync(target);
    }

    [Fact]
    public async Task A_name_that_was_given_in_a_database_of_another_encoding_is_refused_in_a_sentence()
    {
        await Server.Cluster.SqlAsync("DROP DATABASE IF EXISTS latin_names");
        await Server.Cluster.SqlAsync("CREATE DATABASE latin_names ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        await Server.Cluster.SqlAsync("CREATE ROLE \"ÿves\"", "latin_names");
        try
        {
            (await new PostgreSqlServer(Server.Options("latin_names")).ListAsync(Cancellation)).Single().Name.ShouldBe("latin_names", "this database can say it");
            (await Should.ThrowAsync<BackupException>(() => new PostgreSqlServer(Server.Options("postgres")).ListAsync(Cancellation))).Message
                .ShouldEndWith("the name of a database, a role or a tablespace is no UTF-8: it was given in a database of another encoding; rename it");
            using var target = new PostgreSqlTarget(Server.Cluster.Options, null);
            (await target.ReadFactsAsync(Cancellation)).Roles.ShouldContain("ves", "a restore has no business with it");
        }
        finally
        {
            await Server.Cluster.SqlAsync("DROP ROLE \"ÿves\"", "latin_names");
        }
    }
}
