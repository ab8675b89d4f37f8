using System.Diagnostics;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Repository;

namespace Holdfast.Plan.Tests.App;

/// <summary>Applications in a plan that runs; what needs a database server is in <see cref="AppDatabaseTests"/>, what is paused in <see cref="AppPauseTests"/>.</summary>
public sealed class AppRunTests : AppRunCase
{
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
    public async Task What_an_application_has_behind_links_is_captured_and_a_new_release_is_no_loss()
    {
        await using PlanBench bench = await CreateAsync();
        await ShAsync(bench, "mkdir releases; mv site releases/1; ln -s releases/1 site; mkdir disk; mv data disk/real; ln -s disk/real releases/data; rm releases/1/noted.ini; printf 'data = ../data\\nlog = %s/log\\n' \"$PWD\" > releases/1/noted.ini; ln -s disk/real data");
        PlanEntry plan = bench.Plan("shop", "app: { recipe: noted, path: site }");
        BackupSummary first = await bench.RunAsync(plan);
        string restored = await bench.RestoreAsync(first);
        foreach (string name in new[] { "releases/1/noted.ini", "disk/real/file" })
        {
            File.Exists($"{restored}{bench.Folder}/{name}").ShouldBeTrue(name);
        }

        Directory.GetFileSystemEntries($"{restored}{bench.Folder}/releases/1/cache").ShouldBeEmpty("what is left out is left out there, too");
        new FileInfo($"{restored}{bench.Folder}/site").LinkTarget.ShouldBe("releases/1");
        IReadOnlyDictionary<string, string> details = (await bench.ManifestAsync(first)).Sources[0].Details;
        (details["links"], details["linked_from"]).ShouldBe(($"{bench.Folder}/releases/1\n{bench.Folder}/disk/real", $"{bench.Folder}/site\n{bench.Folder}/data"));

        await ShAsync(bench, "cp -r releases/1 releases/2; ln -sfn releases/2 site");
        BackupSummary second = await bench.RunAsync(plan);
        (await bench.LoadAsync(second)).Snapshot.Paths.ShouldContain($"{bench.Folder}/releases/2");

        await ShAsync(bench, "rm -r disk/real");
        var gone = new List<GoneItem>();
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan, gone));
        gone.Select(g => g.Name).ShouldBe([bench.Folder + "/disk/real"], "the link still leads there");
    }

    [Fact]
    public async Task A_link_that_became_a_folder_takes_what_it_led_to_out_of_the_backup_and_that_is_missed()
    {
        await using PlanBench bench = await CreateAsync();
        await ShAsync(bench, "mkdir disk; mv data disk/real; ln -s disk/real data");
        PlanEntry plan = bench.Plan("shop", "app: { recipe: noted, path: site }");
        await bench.RunAsync(plan);

        await ShAsync(bench, "rm data; mkdir data; touch data/new");
        var gone = new List<GoneItem>();
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan, gone));
        gone.Select(g => g.ToString()).ShouldBe([$"path {bench.Folder}/disk/real (files) was there last time and is gone"]);
    }

    [Fact]
    public async Task A_folder_of_repositories_that_is_not_there_is_named_and_one_without_any_is_not()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        string gitea = Sites.Gitea(bench.Folder + "/gitea", "conf/", "DB_TYPE = sqlite3\nPATH = data/gitea.db");
        await ShAsync(bench, "sqlite3 gitea/data/gitea.db 'CREATE TABLE a (b)'");
        PlanEntry plan = bench.Plan("apps", $"app: {{ recipe: gitea, path: {gitea} }}");
        (await bench.RunAsync(plan)).Id.ShouldNotBeNull();
        bench.Warnings.ShouldBeEmpty();

        Directory.Delete(gitea + "/repositories", recursive: true);
        StoredSnapshot stored = await bench.LoadAsync(await bench.RunAsync(plan));
        (stored.Snapshot.Marks!.Problems, bench.Warnings.Single()).ShouldBe((1, $"{gitea}/repositories: there is no such file or folder"));

        await ShAsync(bench, "ln -s ../disk gitea/repositories");
        await bench.RunAsync(plan);
        bench.Warnings[^1].ShouldBe($"{bench.Folder}/disk: there is no such file or folder");
    }

    [Fact]
    public async Task What_only_the_application_could_evaluate_is_said_at_each_run()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        Sites.Write(bench.Folder, "apps.d/plain.yaml", "name: plain\nfind: [ { file: wp-config.php } ]\nsettings: { content: { php-define: WP_CONTENT_DIR, default: '', optional: true } }\nsources: [ files: ['${root}', '${content}'] ]\n");
        Sites.Write(bench.Folder, "blog/wp-config.php", "<?php\ndefine('WP_CONTENT_DIR', dirname(__DIR__) . '/content');\n");
        await bench.RunAsync(bench.Plan("apps", "app: { recipe: plain, path: blog }"));
        bench.Notes.Single().ShouldStartWith("application blog: WP_CONTENT_DIR is dirname");
    }

    [Fact]
    public async Task A_pattern_in_what_an_application_says_is_the_name_of_a_file()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await ShAsync(bench, "mkdir other; sqlite3 other/private.db 'CREATE TABLE a (b)'");
        Sites.Trac(bench.Folder + "/trac", $"sqlite:{bench.Folder}/other/*");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("apps", "app: { recipe: trac, path: trac }")))).Message.ShouldContain("no file matches");
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
}
