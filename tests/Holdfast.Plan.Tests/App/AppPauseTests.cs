using System.Diagnostics;
using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Protocol;
using Holdfast.Repository;

namespace Holdfast.Plan.Tests.App;

/// <summary>Applications are held still while they are captured, and no longer; their commands run as whoever they should.</summary>
public sealed class AppPauseTests : AppRunCase
{
    private static readonly string[] s_whole = ["before one", "before two", "after one", "after two"];

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
}
