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
    public async Task What_somebody_else_paused_stays_paused_and_what_a_killed_run_paused_is_resumed()
    {
        await using PlanBench bench = await CreateAsync();
        Sites.Write(bench.Folder, "apps.d/held.yaml", """
            name: held
            find: [ { file: held.ini } ]
            settings: { mode: { ini: mode, default: 'off' } }
            pause:
              unless: { mode: 'on' }
              before: [ { run: [sh, -c, 'echo mode = on > "$0/held.ini"; echo before >> "$0/../log"', '${root}'] } ]
              after: [ { run: [sh, -c, 'echo mode = off > "$0/held.ini"; echo after >> "$0/../log"', '${root}'] } ]
            sources: [ files: '${root}' ]
            """);
        Sites.Write(bench.Folder, "held/held.ini", "mode = off\n");
        PlanEntry plan = bench.Plan("shop", "app: { recipe: held, path: held }");
        await bench.RunAsync(plan);
        Log(bench).ShouldBe(["before", "after"]);
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).ShouldBeEmpty();

        File.WriteAllText(bench.Folder + "/held/held.ini", "mode = on\n");
        await bench.RunAsync(plan);
        Log(bench).Length.ShouldBe(2, "an administrator did that");
        bench.Warnings.Single().ShouldBe("application held is paused already, and not by a backup: it is captured so, and stays paused");

        // As a run leaves it that was killed.
        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Paused = ["held"], Acknowledged = ["x"] }, PlanBench.Cancellation);
        await bench.RunAsync(plan, dryRun: true);
        await bench.RunAsync(plan);
        Log(bench).ShouldBe(["before", "after", "before", "after"]);
        File.ReadAllText(bench.Folder + "/held/held.ini").ShouldBe("mode = off\n");
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_could_not_be_resumed_is_resumed_by_the_next_run_though_it_is_paused()
    {
        await using PlanBench bench = await CreateAsync();
        Sites.Write(bench.Folder, "apps.d/held.yaml", """
            name: held
            find: [ { file: held.ini } ]
            settings: { mode: { ini: mode } }
            pause:
              unless: { mode: 'on' }
              before: [ { run: [sh, -c, 'echo mode = on > "$0/held.ini"', '${root}'] } ]
              after: [ { run: [sh, -c, 'echo mode = off > "$0/held.ini"', '${root}'] }, { run: [sh, -ec, 'test ! -e "$0/../stop"', '${root}'] } ]
            sources: [ files: '${root}' ]
            """);
        Sites.Write(bench.Folder, "held/held.ini", "mode = off\n");
        Sites.Write(bench.Folder, "stop", "");
        PlanEntry plan = bench.Plan("shop", "app: { recipe: held, path: held }");
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan));
        (await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation)).Paused.ShouldBe(["held"]);
        File.WriteAllText(bench.Folder + "/held/held.ini", "mode = on\n");
        File.Delete(bench.Folder + "/stop");
        await bench.RunAsync(plan);
        File.ReadAllText(bench.Folder + "/held/held.ini").ShouldBe("mode = off\n");
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("'maintenance' => true,", true)]
    [InlineData("'maintenance' => false,", false)]
    [InlineData("", false)]
    public async Task Nextcloud_in_maintenance_mode_is_seen(string more, bool isPaused)
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        Sites.Nextcloud(bench.Folder + "/cloud", "'dbtype' => 'sqlite3'," + more);
        Installation.Open(RecipeBook.Load(bench.Folder).Find("nextcloud")!, bench.Folder + "/cloud", null).IsPaused().ShouldBe(isPaused);
    }

    [Fact]
    public async Task A_command_runs_as_the_owner_of_the_configuration_where_the_recipe_says_so()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can run a command as somebody else");
        await using PlanBench bench = await CreateAsync();
        await OwnedAsync(bench, "chown -R nobody owned");
        await bench.RunAsync(bench.Plan("shop", "app: { recipe: owned, path: owned }"));
        (File.ReadAllText(bench.Folder + "/owned/before"), File.ReadAllText(bench.Folder + "/owned/after")).ShouldBe(("nobody\n", "root\n"));
    }

    [Fact]
    public async Task A_command_of_the_owner_has_neither_our_terminal_nor_our_environment()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can run a command as somebody else");
        await using PlanBench bench = await CreateAsync();
        await OwnedAsync(bench, "chown -R nobody owned", "cat /proc/self/stat /proc/self/environ | tr \"\\\\0\" \"\\\\n\" > \"$0\"");
        await bench.RunAsync(bench.Plan("shop", "app: { recipe: owned, path: owned }"));

        string[] seen = File.ReadAllLines(bench.Folder + "/owned/before");
        string[] process = seen[0].Split(' ');
        process[5].ShouldNotBe(File.ReadAllText("/proc/self/stat").Split(' ')[5], "a session of its own");
        process[6].ShouldBe("0", "no terminal");
        seen.Skip(1).Where(l => l.Length > 0).Select(l => l.Split('=')[0]).Except(["PWD", "OLDPWD", "SHLVL", "_", "USER", "LOGNAME"]).Order().ShouldBe(["HOME", "LC_ALL", "PATH"]);
        seen.ShouldContain("HOME=/nonexistent");
    }

    [Theory]
    [InlineData("chown -R nobody owned", "ln -sf /etc/hostname owned/owned.ini; chown -h nobody owned/owned.ini", "is reached through", "owned.ini, a link of another user")]
    [InlineData("chown -R nobody owned", "mkdir real; cp owned/owned.ini real; chown -R games real; rm -r owned/sub; ln -s ../real owned/sub; chown -h nobody owned/sub", "is reached through", "sub, a link of another user")]
    [InlineData("chown nobody owned", "true", "belongs to root, in a folder of another user", "give configuration and folder to the user that the application runs as")]
    [InlineData("chown nobody owned/sub", "true", "belongs to root, in a folder of another user", "")]
    public async Task Nobody_becomes_somebody_else_by_a_link_or_a_folder(string owner, string make, string trouble, string more)
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can run a command as somebody else");
        await using PlanBench bench = await CreateAsync();
        await OwnedAsync(bench, $"{owner}; {make}");
        string config = make.Contains("owned/sub") || owner.EndsWith("sub") ? "sub/owned.ini" : "owned.ini";
        BackupException refused = await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", $"app: {{ recipe: owned, path: owned, config: {config} }}")));
        (refused.Kind, refused.Message.Contains(trouble), refused.Message.Contains(more)).ShouldBe((BackupErrorKind.Refused, true, true), refused.Message);
        File.Exists(bench.Folder + "/owned/before").ShouldBeFalse();
    }

    [Fact]
    public async Task A_link_that_root_or_the_owner_made_is_followed()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can run a command as somebody else");
        await using PlanBench bench = await CreateAsync();
        await OwnedAsync(bench, "chown -R nobody owned; mv owned owned-1; ln -s owned-1 owned; mv owned-1/owned.ini owned-1/real.ini; ln -s real.ini owned-1/owned.ini; chown -h nobody owned-1/owned.ini");
        await bench.RunAsync(bench.Plan("shop", "app: { recipe: owned, path: owned }"));
        File.ReadAllText(bench.Folder + "/owned/before").ShouldBe("nobody\n");
    }

    [Fact]
    public async Task What_cannot_even_be_started_keeps_no_other_from_being_resumed()
    {
        await using PlanBench bench = await CreateAsync();
        Sites.Write(bench.Folder, "apps.d/odd.yaml", "name: odd\nfind: [ { file: odd.ini } ]\nsettings: { tool: { ini: tool } }\npause: { after: [ { run: ['${tool}'] } ] }\nsources: [ files: '${root}' ]\n");
        Sites.Write(bench.Folder, "odd/odd.ini", "tool = /etc/hostname\n");
        PlanEntry plan = bench.Plan("shop", "app: { recipe: noted, path: site }", "app: { recipe: odd, path: odd }");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan))).Message.ShouldStartWith("the snapshot was made, but odd may still be paused");
        Log(bench).ShouldBe(s_whole);

        Sites.Write(bench.Folder, "odd/odd.ini", "tool =\n");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan))).Message.ShouldContain("a command of the recipe has no program: '${tool}' is empty");
        Log(bench).ShouldBe(s_whole, "and nothing was paused");
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

    /// <summary>An application whose command says, as the owner, who it is.</summary>
    private static async Task OwnedAsync(PlanBench bench, string shell, string command = "id -un > \"$0\"")
    {
        Sites.Write(bench.Folder, "apps.d/owned.yaml", $$"""
            name: owned
            find: [ { file: owned.ini } ]
            pause:
              before: [ { run: [sh, -c, '{{command}}', '${root}/before'], as: owner } ]
              after: [ { run: [sh, -c, 'id -un > "$0"', '${root}/after'] } ]
            sources: [ files: '${root}' ]
            """);
        Sites.Write(bench.Folder, "owned/owned.ini", "");
        Sites.Write(bench.Folder, "owned/sub/owned.ini", "");
        await ShAsync(bench, shell);
    }

    private static async Task ShAsync(PlanBench bench, string commands)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-ec", commands]) { WorkingDirectory = bench.Folder })!;
        await shell.WaitForExitAsync(PlanBench.Cancellation);
        shell.ExitCode.ShouldBe(0, commands);
    }

    private static string[] Log(PlanBench bench) => File.ReadAllLines(bench.Folder + "/log");
}
