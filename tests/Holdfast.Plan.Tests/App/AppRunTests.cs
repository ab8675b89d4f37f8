using System.Diagnostics;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Repository;

namespace Holdfast.Plan.Tests.App;

/// <summary>Applications in a plan that runs; what needs a database server is in <see cref="AppDatabaseTests"/>.</summary>
public sealed class AppRunTests
{
    private const string Recipe = """
        name: noted
        find: [ { file: noted.ini } ]
        settings:
          data: { ini: data }
          log: { ini: log }
        pause:
          before:
            - { run: [sh, -c, 'echo "before $0" >> "$1"', one, '${log}'] }
            - { run: [sh, -c, 'echo "before $0" >> "$1"; test ! -e "$2/fail-before"', two, '${log}', '${root}'] }
          after:
            - { run: [sh, -c, 'echo "after $0" >> "$1"; test ! -e "$2/fail-after"', one, '${log}', '${root}'] }
            - { run: [sh, -c, 'echo "after $0" >> "$1"', two, '${log}'] }
        sources:
          - files: { paths: ['${root}', '${data}'], exclude: 'cache/*' }
        """;

    private static readonly string[] s_whole = ["before one", "before two", "after one", "after two"];

    [Fact]
    public async Task Files_of_applications_join_the_walk_and_the_inventory_names_them()
    {
        await using PlanBench bench = await CreateAsync();
        PlanEntry plan = bench.Plan("shop", "files: { paths: [other], exclude: '*.tmp' }", "app: { recipe: noted, path: site }", "app: { recipe: noted, path: second, name: two }");
        BackupSummary summary = await bench.RunAsync(plan);

        StoredSnapshot stored = await bench.LoadAsync(summary);
        stored.Snapshot.Paths.Take(5).ShouldBe(new[] { "other", "site", "data", "second", "data2" }.Select(p => $"{bench.Folder}/{p}"));
        stored.Snapshot.Excludes.ShouldBe(["*.tmp", $"{bench.Folder}/site/cache/*", $"{bench.Folder}/second/cache/*"]);
        Manifest manifest = await bench.ManifestAsync(summary);
        manifest.Sources.Select(s => s.Name).ShouldBe(["application site", "application two", "files"]);
        ManifestSource noted = manifest.Sources[0];
        noted.Items.ShouldBe([new("application", "site") { Path = bench.Folder + "/site" }]);
        (noted.Root, noted.Details["recipe"], noted.Details["files"]).ShouldBe(("/.holdfast/applications/site", "noted", $"{bench.Folder}/site\n{bench.Folder}/data"));
        string restored = await bench.RestoreAsync(summary);
        File.ReadAllText(restored + "/.holdfast/applications/two/recipe.yaml").ShouldBe(Recipe);
        File.Exists($"{restored}{bench.Folder}/data/file").ShouldBeTrue();
        Directory.GetFileSystemEntries($"{restored}{bench.Folder}/site/cache").ShouldBeEmpty();
    }

    [Fact]
    public async Task Databases_of_SQLite_and_repositories_are_captured_as_such_and_not_walked()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        string trac = Sites.Trac(bench.Folder + "/trac [1]"), gitea = Sites.Gitea(bench.Folder + "/gitea", "conf/", "DB_TYPE = sqlite3\nPATH = data/gitea.db");
        using (Process make = Process.Start("sh", ["-ec", """
            rm "$1/db/trac.db" && sqlite3 "$1/db/trac.db" 'PRAGMA journal_mode = WAL; CREATE TABLE ticket (id INTEGER PRIMARY KEY); INSERT INTO ticket VALUES (7);' > /dev/null
            sqlite3 "$2/data/gitea.db" 'CREATE TABLE repository (id INTEGER PRIMARY KEY);'
            git init -q --bare "$2/repositories/me/code.git"
            mkdir "$2/repositories/empty"
            """, "make", trac, gitea]))
        {
            await make.WaitForExitAsync(PlanBench.Cancellation);
            make.ExitCode.ShouldBe(0);
        }

        PlanEntry plan = bench.Plan("apps", $"app: {{ recipe: trac, path: '{trac}' }}", $"app: {{ recipe: gitea, path: {gitea} }}", $"sqlite: {{ path: {gitea}/data/gitea.db }}");
        BackupSummary summary = await bench.RunAsync(plan);

        string restored = await bench.RestoreAsync(summary);
        File.Exists($"{restored}{trac}/conf/trac.ini").ShouldBeTrue();
        Directory.GetFileSystemEntries($"{restored}{trac}/db").ShouldBeEmpty();
        Directory.GetFileSystemEntries($"{restored}{gitea}/repositories/me").ShouldBeEmpty();
        Directory.Exists($"{restored}{gitea}/repositories/empty").ShouldBeTrue();
        File.Exists($"{restored}/.holdfast/databases/sqlite{gitea}/data/gitea.db").ShouldBeTrue();
        File.ReadAllText($"{restored}/.holdfast/git{gitea}/repositories/me/code.git/HEAD").ShouldStartWith("ref: ");
        (await bench.ManifestAsync(summary)).Sources.Single(s => s.Name == "sqlite").Items.Single(i => i.Name.EndsWith("ticket", StringComparison.Ordinal)).Rows.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_paused_is_resumed_in_reverse_before_the_next_run_begins()
    {
        await using PlanBench bench = await CreateAsync();
        PlanEntry plan = bench.Plan("shop", "app: { recipe: noted, path: site }", "app: { recipe: noted, path: second }", "command: { name: seen, run: [cat, log] }".Replace("log", bench.Folder + "/log"));
        BackupSummary summary = await bench.RunAsync(plan);
        Log(bench).ShouldBe(["before one", "before two", "before one", "before two", "after one", "after two", "after one", "after two"]);
        File.ReadAllLines(await bench.RestoreAsync(summary) + "/.holdfast/commands/seen").Length.ShouldBe(4, "the capture lies between both");
    }

    [Fact]
    public async Task It_is_resumed_when_the_capture_fails()
    {
        await using PlanBench bench = await CreateAsync();
        PlanEntry plan = bench.Plan("shop", "app: { recipe: noted, path: site }", "command: { name: bad, run: ['false'] }");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan))).Message.ShouldContain("false ended with exit status 1");
        Log(bench).ShouldBe(s_whole);
        (await bench.CountSnapshotsAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task It_is_resumed_when_pausing_fails_halfway()
    {
        await using PlanBench bench = await CreateAsync();
        File.WriteAllText(bench.Folder + "/site/fail-before", "");
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", "app: { recipe: noted, path: site }", "app: { recipe: noted, path: second }")));
        Log(bench).ShouldBe(s_whole, "and the second was never begun");
    }

    [Fact]
    public async Task It_is_resumed_when_somebody_interrupts()
    {
        await using PlanBench bench = await CreateAsync();
        string fifo = bench.Folder + "/started";
        using (Process made = Process.Start("mkfifo", fifo))
        {
            await made.WaitForExitAsync(PlanBench.Cancellation);
        }

        PlanEntry plan = bench.Plan("shop", "app: { recipe: noted, path: site }", $"command: {{ name: endless, run: [sh, -c, 'echo x > {fifo}; exec tail -f /dev/null'] }}");
        using var stop = new CancellationTokenSource();
        Task run = bench.RunAsync(plan, cancellation: stop.Token);
        await File.ReadAllTextAsync(fifo, PlanBench.Cancellation);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => run);
        Log(bench).ShouldBe(s_whole);
    }

    [Fact]
    public async Task What_could_not_be_resumed_is_said_and_keeps_the_snapshot()
    {
        await using PlanBench bench = await CreateAsync();
        File.WriteAllText(bench.Folder + "/site/fail-after", "");
        BackupException failure = await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", "app: { recipe: noted, path: site }")));
        failure.Message.ShouldStartWith("the snapshot was made, but site may still be paused");
        bench.Warnings.ShouldContain(w => w.StartsWith("application site may still be paused: sh ended with exit status 1"));
        Log(bench).ShouldBe(s_whole, "a command that fails does not keep the next from running");
        (await bench.CountSnapshotsAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_command_runs_as_the_owner_of_the_configuration_where_the_recipe_says_so()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can run a command as somebody else");
        await using PlanBench bench = await CreateAsync();
        Sites.Write(bench.Folder, "apps.d/owned.yaml", """
            name: owned
            find: [ { file: owned.ini } ]
            pause:
              before: [ { run: [sh, -c, 'id -un > "$0"', '${root}/before'], as: owner } ]
              after: [ { run: [sh, -c, 'id -un > "$0"', '${root}/after'] } ]
            sources: [ files: '${root}' ]
            """);
        Sites.Write(bench.Folder, "owned/owned.ini", "");
        using (Process owned = Process.Start("chown", ["-R", "nobody", bench.Folder + "/owned"]))
        {
            await owned.WaitForExitAsync(PlanBench.Cancellation);
        }

        await bench.RunAsync(bench.Plan("shop", "app: { recipe: owned, path: owned }"));
        (File.ReadAllText(bench.Folder + "/owned/before"), File.ReadAllText(bench.Folder + "/owned/after")).ShouldBe(("nobody\n", "root\n"));
    }

    [Fact]
    public async Task A_dry_run_pauses_nothing()
    {
        await using PlanBench bench = await CreateAsync();
        await bench.RunAsync(bench.Plan("shop", "app: { recipe: noted, path: site }"), dryRun: true);
        File.Exists(bench.Folder + "/log").ShouldBeFalse();
    }

    [Fact]
    public async Task An_application_that_is_gone_fails_the_run()
    {
        await using PlanBench bench = await CreateAsync();
        await bench.RunAsync(bench.Plan("shop", "app: { recipe: noted, path: site }", "app: { recipe: noted, path: second }"));
        var gone = new List<GoneItem>();
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", "app: { recipe: noted, path: site }"), gone));
        gone.Select(g => g.Name).ShouldBe(["/.holdfast/applications/second", bench.Folder + "/data2", bench.Folder + "/second"]);

        Directory.Delete(bench.Folder + "/site", recursive: true);
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", "app: { recipe: noted, path: site }")))).Message.ShouldContain("/site has no noted: noted.ini is not there");
    }

    [Fact]
    public async Task A_server_without_a_name_and_an_application_would_share_a_place()
    {
        await using PlanBench bench = await CreateAsync();
        Sites.WordPress(bench.Folder + "/blog");
        PlanEntry plan = bench.Plan("shop", "mysql:", "app: { recipe: wordpress, path: blog }");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan))).Message.ShouldBe(
            "blog: mysql blog would lie at the same place in the snapshot as mysql localhost: give each a `name` of its own in the plan");
    }

    [Theory]
    [InlineData("app: /srv/blog", 9, "app is a mapping of name, recipe, path, config")]
    [InlineData("app: { path: /srv/blog }", 9, "app needs recipe")]
    [InlineData("app: { recipe: wordpress }", 9, "app needs path")]
    [InlineData("app: { recipe: wordpres, path: /srv }", 9, "there is no recipe 'wordpres'; did you mean wordpress?")]
    [InlineData("app: { recipe: oracle, path: /srv }", 9, "there is no recipe 'oracle': there are django-postgresql, gitea, mediawiki, nextcloud, noted, trac, wordpress")]
    [InlineData("app: { recipe: noted, path: /a/x }\n      - app: { recipe: noted, path: /b/x }", 9, "as the source in line 4: give each a `name` of its own")]
    [InlineData("app: { recipe: noted, path: /a, name: a/b }", 9, "name becomes the name of a file")]
    public async Task What_is_wrong_with_an_entry_is_said(string entry, int column, string message)
    {
        await using PlanBench bench = await CreateAsync();
        string file = bench.Folder + "/plan.yaml";
        File.WriteAllText(file, $"plans:\n  shop:\n    sources:\n      - {entry}\n");
        IReadOnlyList<PlanProblem> problems = PlanFile.Read(file).Problems;
        PlanProblem problem = problems.FirstOrDefault(p => p.Message.Contains(message)).ShouldNotBeNull(string.Join('\n', problems));
        problem.Place.Line.ShouldBeGreaterThanOrEqualTo(4);
        problem.Place.Column.ShouldBeGreaterThanOrEqualTo(column);
    }

    [Fact]
    public async Task An_own_recipe_that_is_wrong_is_a_problem_of_the_plan_with_its_own_place()
    {
        await using PlanBench bench = await CreateAsync();
        File.WriteAllText(bench.Folder + "/apps.d/wordpress.yaml", "name: wordpress\nfind: []\n");
        string file = bench.Folder + "/plan.yaml";
        File.WriteAllText(file, "plans:\n  shop: { sources: [ app: { recipe: wordpress, path: /a } ] }\n");
        PlanFile.Read(file).Problems.Select(p => p.ToString()).ShouldContain($"{bench.Folder}/apps.d/wordpress.yaml:1:1: a recipe needs sources");
    }

    [Fact]
    public async Task What_is_shown_of_a_plan_is_a_plan()
    {
        await using PlanBench bench = await CreateAsync();
        string file = bench.Folder + "/plan.yaml";
        File.WriteAllText(file, "plans:\n  shop: { sources: [ app: { recipe: noted, path: site, config: noted.ini } ] }\n");
        string text = PlanText.Write(PlanFile.Load(file));
        text.ShouldContain($"      - app:\n          name: site\n          recipe: noted\n          path: {bench.Folder}/site\n          config: noted.ini\n");
        File.WriteAllText(file, text);
        PlanText.Write(PlanFile.Load(file)).ShouldBe(text);
        Should.Throw<BackupException>(() => PlanFile.ReadSource("app:recipe=noted,path=/a")).Message.ShouldContain("an application goes into a plan file");
    }

    private static async Task<PlanBench> CreateAsync()
    {
        PlanBench bench = await PlanBench.CreateAsync();
        Sites.Write(bench.Folder, "apps.d/noted.yaml", Recipe);
        Sites.Write(bench.Folder, "other/file", "x");
        foreach ((string site, string data) in new[] { ("site", "data"), ("second", "data2") })
        {
            Sites.Write(bench.Folder, $"{site}/noted.ini", $"data = ../{data}\nlog = {bench.Folder}/log\n");
            Sites.Write(bench.Folder, $"{site}/cache/file", "x");
            Sites.Write(bench.Folder, $"{data}/file", "x");
        }

        return bench;
    }

    private static string[] Log(PlanBench bench) => File.ReadAllLines(bench.Folder + "/log");
}
