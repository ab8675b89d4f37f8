using System.Diagnostics;
using Holdfast.Fixtures;

namespace Holdfast.Plan.Tests.App;

/// <summary>Checks of recipes on files, servers and commands that are real.</summary>
public sealed class AppCheckTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_blog_is_checked_with_its_own_account_and_what_is_wrong_has_a_sentence_each()
    {
        await using MariaDb server = await MariaDb.StartAsync(hasBinaryLog: false);
        await server.RunAsync("""
            CREATE DATABASE blog; USE blog;
            CREATE TABLE wp7_options (option_name VARCHAR(191), option_value LONGTEXT); INSERT INTO wp7_options VALUES ('siteurl', 'https://example.org');
            CREATE TABLE wp7_posts (ID BIGINT PRIMARY KEY);
            CREATE USER wp@localhost IDENTIFIED BY 's3cret "word'; GRANT ALL PRIVILEGES ON blog.* TO wp@localhost;
            """);
        using var folder = new TempFolder();
        string root = Sites.WordPress(folder["blog"], $"localhost:{server.Socket}", "'s3cret \"word'");
        Installation blog = Open("wordpress", root);
        (await CheckAsync(blog)).Select(r => (r.Kind, r.Problem)).ShouldBe([("file", null), ("file", null), ("file", null), ("query", null), ("query", null)]);

        Directory.Delete(root + "/wp-content", recursive: true);
        await server.RunAsync("DROP TABLE blog.wp7_posts;");
        AppCheckResult[] failed = [.. (await CheckAsync(blog)).Where(r => !r.IsPassed)];
        failed.Select(r => (r.Kind, r.Name)).ShouldBe([("file", root + "/wp-content"), ("query", "SELECT COUNT(*) FROM `wp7_posts`")]);
        failed[0].Problem.ShouldBe("there is no such file or folder");
        failed[1].Problem!.ShouldEndWith("mariadb ended with exit status 1: ERROR 1146 (42S02) at line 2: Table 'blog.wp7_posts' doesn't exist");

        Sites.WordPress(root, $"localhost:{server.Socket}", "'wrong'");
        string denied = (await CheckAsync(Open("wordpress", root))).Last().Problem!;
        (denied.Contains("Access denied"), denied.Contains("wrong")).ShouldBe((true, false), denied);

        Sites.WordPress(root, $"localhost:{server.Socket}", "'s3cret \"word'", database: "gone");
        (await CheckAsync(Open("wordpress", root))).Last().Problem!.ShouldContain("'gone'");

        Sites.WordPress(root, $"localhost:{folder["nobody"]}", "'s3cret \"word'");
        (await CheckAsync(Open("wordpress", root))).Last().Problem!.ShouldContain("Can't connect");
        Sites.WordPress(root, password: "getenv('PW')");
        (await CheckAsync(Open("wordpress", root))).Last().Problem!.ShouldContain("DB_PASSWORD");
    }

    [Fact]
    public async Task What_a_configuration_says_is_a_word_in_a_query_and_no_statement()
    {
        await using MariaDb server = await MariaDb.StartAsync(hasBinaryLog: false);
        await server.RunAsync("CREATE DATABASE blog; CREATE TABLE blog.t (a INT);");
        using var folder = new TempFolder();
        string root = Sites.WordPress(folder["blog"], $"localhost:{server.Socket}", "''", user: "root");
        string made = folder["made"];
        foreach (string prefix in new[] { $"x; \\\\! touch {made}", "t` ; DROP TABLE t; -- ", "a b", "x\\n\\\\! touch " + made })
        {
            File.WriteAllText(root + "/wp-config.php", File.ReadAllText(root + "/wp-config.php").Replace("'wp7_'", $"\"{prefix}\""));
            AppCheckResult[] results = await CheckAsync(Open("wordpress", root));
            results.Where(r => r.Kind == "query").ShouldAllBe(r => r.Problem == "prefix is to stand in a query, where a setting may have letters, digits, '_', '-' and '.' only");
            Sites.WordPress(root, $"localhost:{server.Socket}", "''", user: "root");
        }

        File.Exists(made).ShouldBeFalse();
        (await server.NumberAsync("SELECT COUNT(*) FROM blog.t")).ShouldBe(0);
    }

    [Theory]
    [InlineData("INSERT INTO t VALUES (1)", "READ ONLY transaction")]
    [InlineData("DROP TABLE t", "READ ONLY transaction")]
    [InlineData("SELECT * FROM t; SELECT 1;", null)]
    public async Task A_query_of_MariaDB_cannot_write(string query, string? problem)
    {
        await using MariaDb server = await MariaDb.StartAsync(hasBinaryLog: false);
        await server.RunAsync("CREATE DATABASE shop; CREATE TABLE shop.t (a INT);");
        using var folder = new TempFolder();
        AppCheckResult result = (await CheckAsync(Own(folder, $"mysql: {{ socket: '{server.Socket}', user: root, database: shop }}", $"queries: '{query}'"))).Single();
        (result.Problem is null).ShouldBe(problem is null, result.Problem);
        (result.Problem ?? string.Empty).ShouldContain(problem ?? string.Empty);
        (await server.NumberAsync("SELECT COUNT(*) FROM shop.t")).ShouldBe(0);
    }

    [Fact]
    public async Task A_site_on_PostgreSQL_is_checked_as_its_role_sees_it()
    {
        await using PostgreSqlCluster cluster = await PostgreSqlCluster.StartAsync();
        await cluster.SqlAsync("CREATE ROLE keyed LOGIN PASSWORD 'p:w\\d'");
        await cluster.SqlAsync("CREATE DATABASE crm OWNER keyed");
        await cluster.SqlAsync("SET ROLE keyed; CREATE SCHEMA site; CREATE TABLE site.django_migrations (id int)", "crm");
        await cluster.SqlAsync("ALTER ROLE keyed SET search_path = site");
        using var folder = new TempFolder();
        string root = Sites.Django(folder["site"], cluster.Folder, "'p:w\\\\d'");
        string settings = root + "/site/settings.py";
        File.WriteAllText(settings, File.ReadAllText(settings).Replace("\"USER\": \"site\"", "\"USER\": \"keyed\"").Replace("'PORT': ''", $"'PORT': {PostgreSqlCluster.Port}"));
        (await CheckAsync(Open("django-postgresql", root))).Select(r => (r.Kind, r.Problem)).ShouldBe([("file", null), ("file", null), ("query", null)]);

        string source = $"postgresql: {{ host: '{cluster.Folder}', port: '{PostgreSqlCluster.Port}', user: postgres, database: crm }}";
        AppCheckResult[] results = await CheckAsync(Own(folder, source, "queries: ['SELECT COUNT(*) FROM site.orders', 'DROP TABLE site.django_migrations', 'SELECT ''half']"));
        results[0].Problem!.ShouldContain("relation \"site.orders\" does not exist");
        results[1].Problem!.ShouldContain("read-only transaction");
        results[2].Problem!.ShouldContain("unterminated quoted string");
        (await cluster.SqlAsync("SELECT count(*) FROM site.django_migrations", "crm")).Trim().ShouldBe("0");
    }

    [Fact]
    public async Task A_Trac_is_checked_in_its_SQLite_file()
    {
        using var folder = new TempFolder();
        string root = Sites.Trac(folder["trac"]);
        (await CheckAsync(Open("trac", root))).Last().Problem.ShouldBe($"sqlite {root}/db/trac.db: this is no SQLite database, or one that is encrypted");
        File.Delete(root + "/db/trac.db");
        (await CheckAsync(Open("trac", root))).Last().Problem.ShouldBe($"sqlite {root}/db/trac.db: there is no such file");
        await SqlAsync(root, "CREATE TABLE ticket (id); PRAGMA journal_mode = WAL;");
        AppCheckResult[] results = await CheckAsync(Open("trac", root));
        results.Select(r => r.IsPassed).ShouldBe([true, true, true, false]);
        results[3].Problem!.ShouldContain("no such table: wiki");
        await SqlAsync(root, "CREATE TABLE wiki (name);");
        (await CheckAsync(Open("trac", root))).ShouldAllBe(r => r.IsPassed);

        AppCheckResult write = (await CheckAsync(Own(folder, $"sqlite: {root}/db/trac.db", "queries: INSERT INTO wiki VALUES (1)"))).Single();
        write.IsPassed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_query_that_any_of_several_databases_answers_passes_and_one_without_a_database_fails()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["one/db"]);
        Directory.CreateDirectory(folder["two/db"]);
        await SqlAsync(folder["one"], "CREATE TABLE a (x);");
        await SqlAsync(folder["two"], "CREATE TABLE b (x);");
        Installation both = Own(folder, $"sqlite: {{ path: ['{folder["one"]}/db/trac.db', '{folder["two"]}/db/trac.db'] }}", "queries: [SELECT * FROM a, SELECT * FROM b, SELECT * FROM c]");
        AppCheckResult[] results = await CheckAsync(both);
        results.Select(r => r.IsPassed).ShouldBe([true, true, false]);
        results[2].Problem!.Split("; sqlite ").Length.ShouldBe(2, "what each said");
        (await CheckAsync(Own(folder, "files: '${root}'", "queries: SELECT 1"))).Single().Problem.ShouldBe("the application names no database");
    }

    [Fact]
    public async Task Commands_end_with_0_in_time_or_have_failed()
    {
        using var folder = new TempFolder();
        AppCheckResult[] results = await CheckAsync(Own(folder, "files: '${root}'", """
            commands:
              - { run: [sh, -c, 'echo fine'] }
              - { run: [sh, -c, 'echo "no cron job" >&2; exit 3'] }
              - { run: [tail, -f, /dev/null], timeout: 1s }
              - { run: [no-such-program-at-all] }
              - { run: ['${tool}'] }
            """.Replace("\n", "\n  ")));
        results.Select(r => (r.Name, r.Problem)).ShouldBe(
        [
            ("sh -c echo fine", null),
            ("sh -c echo \"no cron job\" >&2; exit 3", "sh ended with exit status 3: no cron job"),
            ("tail -f /dev/null", "tail was not done after 1 seconds, and was ended; give it a longer timeout if it needs one"),
            ("no-such-program-at-all", "no-such-program-at-all is not there; check the name, and PATH"),
            ("${tool}", $"own {folder["own"]}: tool is not set in {folder["own"]}/own.ini; write it there as a plain text, or name the files and databases in the plan instead of the application"),
        ]);
    }

    [Fact]
    public async Task A_command_of_a_check_runs_as_the_owner_where_the_recipe_says_so()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can run a command as somebody else");
        using var folder = new TempFolder();
        Installation own = Own(folder, "files: '${root}'", "commands: [ { run: [sh, -c, 'test $(id -un) = nobody'], as: owner }, { run: [sh, -c, 'test $(id -un) = root'] } ]");
        await ShAsync("chmod 755 \"$0\"; chown -R nobody \"$0/own\"", folder.Path);
        (await CheckAsync(Installation.Open(own.Recipe, own.Root, null))).ShouldAllBe(r => r.IsPassed);
        await ShAsync("chown root \"$0/own/own.ini\"", folder.Path);
        (await CheckAsync(Installation.Open(own.Recipe, own.Root, null)))[0].Problem!.ShouldContain("belongs to root, in a folder of another user");
    }

    [Fact]
    public async Task A_link_that_leads_nowhere_is_missing_and_a_recipe_without_checks_tells_nothing()
    {
        using var folder = new TempFolder();
        Installation own = Own(folder, "files: '${root}'", "files: [good, bad, /, round, round/x]");
        File.CreateSymbolicLink(own.Root + "/good", "own.ini");
        File.CreateSymbolicLink(own.Root + "/bad", "nowhere");
        File.CreateSymbolicLink(own.Root + "/round", "about");
        File.CreateSymbolicLink(own.Root + "/about", "round");
        AppCheckResult[] results = await CheckAsync(own);
        results.Select(r => (r.Name, r.IsPassed)).ShouldBe(
            [(own.Root + "/good", true), (own.Root + "/bad", false), ("/", true), (own.Root + "/round", false), (own.Root + "/round/x", false)]);
        results[3].Problem.ShouldBe("this link leads to itself, or through more than 40 others");
        AppCheckResult none = (await CheckAsync(Own(folder, "files: '${root}'", null))).Single();
        (none.Kind, none.Problem).ShouldBe(("recipe", "it has no checks, so nothing is known of the application"));
    }

    [Fact]
    public async Task A_check_can_be_cancelled()
    {
        using var folder = new TempFolder();
        Installation own = Own(folder, "files: '${root}'", "commands: [ { run: [tail, -f, /dev/null] } ]");
        using var stop = new CancellationTokenSource();
        var check = new AppCheck(own);
        IAsyncEnumerator<AppCheckResult> results = check.RunAsync(stop.Token).GetAsyncEnumerator(Cancellation);
        ValueTask<bool> first = results.MoveNextAsync();
        check.Current.ShouldBe("tail -f /dev/null");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(async () => await first);
        await results.DisposeAsync();
    }

    private static Installation Open(string recipe, string root) => Installation.Open(RecipeBook.Load("/nowhere").Find(recipe)!, root, null);

    /// <summary>An installation of a recipe of ours.</summary>
    /// <param name="check">Null for a recipe without.</param>
    private static Installation Own(TempFolder folder, string source, string? check)
    {
        Sites.Write(folder["own"], "own.ini", "name = x\n");
        var problems = new PlanProblems("own.yaml");
        string text = $"name: own\nfind: [ {{ file: own.ini }} ]\nsettings: {{ tool: {{ ini: tool }} }}\nsources: [ {source} ]\n{(check is null ? string.Empty : $"check:\n  {check}\n")}";
        Recipe recipe = RecipeBook.Read(text, null, problems).ShouldNotBeNull(string.Join('\n', problems.All));
        return Installation.Open(recipe, folder["own"], null);
    }

    private static async Task<AppCheckResult[]> CheckAsync(Installation one) => await new AppCheck(one).RunAsync(Cancellation).ToArrayAsync(Cancellation);

    private static Task SqlAsync(string root, string sql) => ShAsync("sqlite3 \"$0/db/trac.db\" \"$1\" > /dev/null", root, sql);

    private static async Task ShAsync(string script, params string[] arguments)
    {
        using Process shell = Process.Start("sh", ["-ec", script, .. arguments]);
        await shell.WaitForExitAsync(Cancellation);
        shell.ExitCode.ShouldBe(0);
    }
}
