using Holdfast.Fixtures;
using Holdfast.Archiver;

namespace Holdfast.Source.Tests;

[Collection("postgresql")]
public sealed class PostgreSqlRoundTripTests
{
    private static readonly string[] s_databases = ["postgres", "odd 'na/me\" ü", "latin", "files", "shop"];

    /// <summary>Every table with rows, checksums that do not depend on their order; sequences and large objects with their values.</summary>
    private const string Fingerprint = """
        SELECT format('%I.%I', n.nspname, c.relname), CASE c.relkind WHEN 'S' THEN (xpath('//v/text()', query_to_xml(format('SELECT last_value || '' '' || is_called AS v FROM %I.%I', n.nspname, c.relname), false, true, '')))[1]::text
          ELSE (xpath('//v/text()', query_to_xml(format('SELECT count(*) || '' '' || coalesce(md5(string_agg(md5(t::text), '''' ORDER BY md5(t::text))), '''') AS v FROM ONLY %I.%I t', n.nspname, c.relname), false, true, '')))[1]::text END
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm', 'S') AND c.relname <> 'unfilled' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        UNION ALL SELECT 'large object ' || oid, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1;
        """;

    [Fact]
    public async Task Every_kind_of_object_and_every_row_is_there_after_the_files_were_loaded()
    {
        await using PostgreSqlCluster source = await PostgreSqlCluster.StartAsync();
        await source.LoadTextAsync(await File.ReadAllTextAsync($"{AppContext.BaseDirectory}/PostgreSql/everything.sql", TestContext.Current.CancellationToken));
        bool contrib = File.Exists("/usr/share/postgresql/15/extension/hstore.control");
        if (contrib)
        {
            await source.SqlAsync("CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE TABLE public.h (id int PRIMARY KEY, h hstore); INSERT INTO public.h VALUES (1, 'a=>1')", "shop");
        }

        await AddExtensionWithRowsAsync(source);
        await source.AsOwnerAsync($"mkdir {source.Folder}/space");
        await source.SqlAsync($"CREATE TABLESPACE space OWNER member LOCATION '{source.Folder}/space'");
        await source.SqlAsync("CREATE TABLE sales.elsewhere (id int) TABLESPACE space; INSERT INTO sales.elsewhere VALUES (1)", "shop");

        await source.SqlAsync("CREATE DATABASE closed ALLOW_CONNECTIONS false");
        foreach (string setting in (string[])["search_path = '', \"$user\", 'a\"b, c'", "\"DateStyle\" = 'ISO, DMY'", "plug.name = 'it''s \\\\ so'"])
        {
            await source.SqlAsync($"ALTER ROLE ALL SET {setting}");
        }

        await using SourceBench bench = await SourceBench.CreateAsync();
        BackupSummary summary = await bench.CaptureAsync(new PostgreSqlSource(source.Options));
        string root = await bench.RestoreAsync(summary) + "/.holdfast/databases/postgresql";

        await using PostgreSqlCluster target = await PostgreSqlCluster.StartAsync();
        await AddExtensionFilesAsync();
        await target.AsOwnerAsync($"mkdir {target.Folder}/space");
        await PostgreSqlCluster.ShellAsync($"sed -i 's#{source.Folder}/space#{target.Folder}/space#' {root}/globals.sql; cd {root}; while read -r f; do cat \"$f\"; done < files > {target.Folder}/all.sql");
        await target.LoadAsync($"{target.Folder}/all.sql");

        (await target.DumpAsync("pg_dumpall", "--globals-only")).Replace(target.Folder, source.Folder, StringComparison.Ordinal).ShouldBe(await source.DumpAsync("pg_dumpall", "--globals-only"));
        const string OfAll = "SELECT pg_catalog.unnest(setconfig) FROM pg_catalog.pg_db_role_setting WHERE setrole = 0 AND setdatabase = 0 ORDER BY 1";
        (await target.SqlAsync(OfAll)).ShouldBe(await source.SqlAsync(OfAll));
        (await source.SqlAsync(OfAll)).ShouldContain("DateStyle=ISO, DMY");
        foreach (string database in s_databases)
        {
            (await target.DumpAsync("pg_dump", "--create", "--schema-only", "-d", PostgreSqlText.ConnectionString(database)))
                .ShouldBe(await source.DumpAsync("pg_dump", "--create", "--schema-only", "-d", PostgreSqlText.ConnectionString(database)));
            (await target.SqlAsync(Fingerprint, PostgreSqlText.ConnectionString(database))).ShouldBe(await source.SqlAsync(Fingerprint, PostgreSqlText.ConnectionString(database)));
        }

        await CompareManifestAsync(source, (await bench.ManifestAsync(summary))!.Sources.Single(), root);
        (await bench.CaptureAsync(new PostgreSqlSource(source.Options))).Counters.FilesChanged.ShouldBe(1, "nothing but the manifest, with its times");
    }

    private static async Task CompareManifestAsync(PostgreSqlCluster source, ManifestSource manifest, string root)
    {
        manifest.Details["server"].ShouldBe("PostgreSQL " + (await source.SqlAsync("SELECT split_part(current_setting('server_version'), ' ', 1)")).Trim());
        manifest.Details["tool"].ShouldStartWith("pg_dump (PostgreSQL) ");
        manifest.Details["left_out"].ShouldBe("closed: no connections are allowed");
        manifest.Details["wal shop"].ShouldMatch("^[0-9A-F]+/[0-9A-F]+$");

        List<string> expected = [];
        foreach (string database in s_databases)
        {
            string sql = """
                SELECT current_database() || '/' || regexp_replace(n.nspname, '^(.*[./"].*)$', '"\1"') || '.' || CASE WHEN c.relname ~ '[./"]' THEN quote_ident(c.relname) ELSE c.relname END FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relname <> 'fixed'
                """;
            expected.AddRange((await source.SqlAsync(sql, PostgreSqlText.ConnectionString(database))).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        manifest.Items.Where(i => i.Kind == "table").Select(i => i.Name).Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal));
        ManifestItem kinds = manifest.Items.Single(i => i.Name == "shop/sales.kinds" && i.Kind == "table");
        kinds.Rows.ShouldBe(502);
        string[] lines = await File.ReadAllLinesAsync(root + kinds.Path!["/.holdfast/databases/postgresql".Length..], TestContext.Current.CancellationToken);
        lines[0].ShouldStartWith("COPY \"sales\".\"kinds\" (id, b, f,");
        lines[0].ShouldEndWith(" FROM stdin WITH (ENCODING 'UTF8');");
        lines[^1].ShouldBe("\\.");
        (lines.Length - 2, lines[1..^1].Sum(l => System.Text.Encoding.UTF8.GetByteCount(l) + 1L)).ShouldBe((502, kinds.Bytes!.Value));
        manifest.Items.Single(i => i.Kind == "large-objects").Rows.ShouldBe(2);
        manifest.Items.ShouldContain(i => i.Kind == "tablespace" && i.Name == "space");
        foreach (string kind in new[]
        {
            "schema", "view", "materialized-view", "sequence", "foreign-table", "function", "procedure", "aggregate", "type", "trigger", "policy", "rule", "extension",
            "publication", "subscription", "event-trigger", "foreign-data-wrapper", "foreign-server", "collation", "operator", "text-search-configuration", "text-search-dictionary", "statistics", "role",
        })
        {
            manifest.Items.ShouldContain(i => i.Kind == kind, kind);
        }
    }

    /// <summary>An extension of our own, one of whose tables holds rows of the user's beside those that it brings.</summary>
    private static async Task AddExtensionWithRowsAsync(PostgreSqlCluster cluster)
    {
        await AddExtensionFilesAsync();
        await cluster.SqlAsync("CREATE EXTENSION holdfast_test; INSERT INTO public.settings VALUES ('mine', 2); SELECT nextval('public.settings_seq')", "shop");
    }

    private static Task<string> AddExtensionFilesAsync() => PostgreSqlCluster.ShellAsync("""
        cd /usr/share/postgresql/15/extension
        printf "default_version = '1'\n" > holdfast_test.control
        cat > holdfast_test--1.sql <<'END'
        CREATE TABLE public.settings (name text PRIMARY KEY, value int);
        CREATE TABLE public.fixed (name text);
        CREATE SEQUENCE public.settings_seq;
        INSERT INTO public.settings VALUES ('brought', 1);
        INSERT INTO public.fixed VALUES ('brought');
        SELECT pg_catalog.pg_extension_config_dump('public.settings', $$WHERE name <> 'brought'$$);
        SELECT pg_catalog.pg_extension_config_dump('public.settings_seq', '');
        END
        """);
}
