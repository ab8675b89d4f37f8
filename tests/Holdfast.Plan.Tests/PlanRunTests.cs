using Holdfast.Archiver;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Protocol;
using Holdfast.Repository;

namespace Holdfast.Plan.Tests;

public sealed class PlanRunTests
{
    private const string Numbers = "command: { name: numbers, run: [seq, '1', '1000'] }";
    private const string Letters = "command: { name: letters, run: [echo, abc] }";

    [Fact]
    public async Task A_snapshot_carries_its_plan_and_the_next_is_compared_with_it()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        File.WriteAllText(bench.Folder + "/file", "x");
        PlanEntry plan = bench.Plan("shop", $"files: [file]", Numbers);

        BackupSummary first = await bench.RunAsync(plan);
        BackupSummary second = await bench.RunAsync(plan);

        StoredSnapshot stored = await bench.LoadAsync(second);
        stored.Snapshot.Tags!.ShouldBe(["shop", "extra"]);
        (stored.Snapshot.Parent, stored.Snapshot.Marks!.Run).ShouldBe((first.Id, 2));
        Manifest manifest = await bench.ManifestAsync(second);
        manifest.Plan.ShouldBe("shop");
        manifest.Sources.Select(s => (s.Name, s.Root)).ShouldBe([("command seq", "/.holdfast/commands/numbers"), ("files", "/")]);
        manifest.Sources[1].Items.ShouldBe(
            [new("path", bench.Folder + "/file") { Path = bench.Folder + "/file", Files = 1, Folders = 0, Others = 0, Bytes = 1, Errors = 0 }]);
    }

    [Fact]
    public async Task Another_plan_or_a_tag_given_by_hand_is_no_parent()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        BackupSummary mine = await bench.RunAsync(bench.Plan("shop", Numbers));
        await bench.RunAsync(bench.Plan("extra", Letters));
        PlanEntry byHand = bench.Plan("hand", Letters);
        await bench.RunAsync(byHand);

        BackupSummary again = await bench.RunAsync(bench.Plan("shop", Numbers));
        (await bench.LoadAsync(again)).Snapshot.Parent.ShouldBe(mine.Id);

        // All have the tag `extra`; only one says in its manifest that it is the plan's.
        BackupSummary extra = await bench.RunAsync(bench.Plan("extra", Letters));
        (await bench.ManifestAsync(extra)).Plan.ShouldBe("extra");
    }

    [Fact]
    public async Task What_is_gone_fails_the_run_until_it_is_acknowledged_and_once_only()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        PlanEntry both = bench.Plan("shop", Numbers, Letters);
        PlanEntry one = bench.Plan("shop", Numbers);
        await bench.RunAsync(both);

        var gone = new List<GoneItem>();
        BackupException failure = await Should.ThrowAsync<BackupException>(() => bench.RunAsync(one, gone, force: true));
        failure.Kind.ShouldBe(BackupErrorKind.Gone);
        failure.Message.ShouldEndWith("holdfast acknowledge shop");
        gone.Select(g => g.Name).ShouldBe(["/.holdfast/commands/letters"]);
        (await bench.CountSnapshotsAsync()).ShouldBe(1);
        InventoryNote note = await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation);
        note.Gone.ShouldBe(gone);

        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = ["/.holdfast/commands/letters"], Gone = [] }, PlanBench.Cancellation);
        await bench.RunAsync(one, dryRun: true);
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).ShouldHaveSingleItem("a dry run forgets nothing");
        await bench.RunAsync(one);
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).ShouldBeEmpty();

        await bench.RunAsync(both);
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(one));
    }

    [Theory]
    [InlineData("/.holdfast/commands/let*", false)]
    [InlineData("/.holdfast/**", false)]
    [InlineData(".holdfast", false)]
    [InlineData("/commands/letters", true)]
    [InlineData("letters", true)]
    [InlineData("/.holdfast/commands/letters/more", true)]
    public async Task What_a_plan_says_may_go_is_not_missed(string pattern, bool isMissed)
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await bench.RunAsync(bench.Plan("shop", Numbers, Letters));
        PlanEntry plan = bench.Plan("shop", Numbers) with { MayGo = ["x", pattern] };
        if (isMissed)
        {
            (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan))).Kind.ShouldBe(BackupErrorKind.Gone);
        }
        else
        {
            (await bench.RunAsync(plan)).Id.ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task What_is_acknowledged_while_a_plan_runs_is_for_the_next_run()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = ["first"] }, PlanBench.Cancellation);
        var common = new BackupOptions { Paths = [], Label = new(TimeProvider.System.GetLocalNow(), "host", [], "test") };
        PlanRun run = await PlanRun.PrepareAsync(await bench.Repository.LoadIndexAsync(null, PlanBench.Cancellation), bench.Plan("shop", Numbers), [], common, null, PlanBench.Cancellation);
        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = ["first", "second"] }, PlanBench.Cancellation);
        await run.RunAsync(new(), countAhead: false, PlanBench.Cancellation);
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).Single().Acknowledged.ShouldBe(["second"]);
    }

    [Fact]
    public async Task A_dry_run_says_what_is_gone_and_notes_nothing()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await bench.RunAsync(bench.Plan("shop", Numbers, Letters));
        var gone = new List<GoneItem>();
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", Numbers), gone, dryRun: true));
        gone.ShouldHaveSingleItem();
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_path_that_vanished_is_missed_and_one_that_never_was_is_only_named()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        File.WriteAllText(bench.Folder + "/a", "x");
        File.WriteAllText(bench.Folder + "/b", "x");
        PlanEntry plan = bench.Plan("shop", "files: [a, b, never]");
        BackupSummary summary = await bench.RunAsync(plan);
        StoredSnapshot first = await bench.LoadAsync(summary);
        first.Snapshot.Marks!.Problems.ShouldBe(1);
        (await bench.ManifestAsync(summary)).Sources.Single().Items.Select(i => (i.Name, i.Missing)).ShouldBe(
            [(bench.Folder + "/a", null), (bench.Folder + "/b", null), (bench.Folder + "/never", true)]);
        bench.Warnings.ShouldContain($"{bench.Folder}/never: there is no such file or folder");

        File.Delete(bench.Folder + "/b");
        var gone = new List<GoneItem>();
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan, gone));
        gone.Select(g => g.ToString()).ShouldBe([$"path {bench.Folder}/b (files) was there last time and is gone"]);

        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = [bench.Folder + "/b"] }, PlanBench.Cancellation);
        (await bench.ManifestAsync(await bench.RunAsync(plan))).Sources.Single().Items.Count(i => i.Missing == true).ShouldBe(2);
        await bench.RunAsync(plan);
    }

    [Fact]
    public async Task A_path_that_is_missing_is_noted_also_where_no_path_is_left()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        BackupSummary summary = await bench.RunAsync(bench.Plan("shop", "files: [never]", Numbers));
        (await bench.ManifestAsync(summary)).Sources[1].Items.ShouldBe([new("path", bench.Folder + "/never") { Path = bench.Folder + "/never", Missing = true }]);
        await bench.RunAsync(bench.Plan("shop", Numbers));
    }

    [Fact]
    public async Task A_folder_that_lost_most_of_its_files_is_worth_a_word()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        Directory.CreateDirectory(bench.Folder + "/www");
        for (int i = 0; i < 5; i++)
        {
            File.WriteAllText($"{bench.Folder}/www/{i}", "x");
        }

        PlanEntry plan = bench.Plan("shop", "files: [www]");
        await bench.RunAsync(plan);
        await bench.RunAsync(plan);
        bench.Warnings.ShouldBeEmpty();
        Array.ForEach(Directory.GetFiles(bench.Folder + "/www"), File.Delete);
        await bench.RunAsync(plan);
        bench.Warnings.ShouldBe([$"path {bench.Folder}/www (files) has 0 files, and had 5 last time"]);
    }

    [Theory]
    [InlineData("seq 1 10", "stream numbers (command sh) has 21 bytes, less than 50 % of the 3893 it had last time")]
    [InlineData("seq 1 1000 | head -c 2000", null)]
    public async Task A_stream_out_of_proportion_is_missed(string script, string? missed)
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await bench.RunAsync(bench.Plan("shop", "command: { name: numbers, run: [sh, -c, 'seq 1 1000'] }"));
        var gone = new List<GoneItem>();
        Task<BackupSummary> run = bench.RunAsync(bench.Plan("shop", $"command: {{ name: numbers, run: [sh, -c, '{script}'] }}"), gone);
        if (missed is null)
        {
            await run;
        }

        (await Task.WhenAny(run)).IsFaulted.ShouldBe(missed is not null);
        gone.Select(g => g.ToString()).ShouldBe(missed is null ? [] : [missed]);
    }

    [Fact]
    public async Task A_note_that_is_damaged_lets_nothing_pass()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await bench.Repository.SaveUnpackedAsync(FileType.Inventory, "{\"version\":1}"u8.ToArray(), PlanBench.Cancellation);
        await bench.Repository.SaveUnpackedAsync(FileType.Inventory, "{\"version\":2,\"host\":\"host\",\"plan\":\"shop\",\"time\":\"2026-01-01T00:00:00Z\"}"u8.ToArray(), PlanBench.Cancellation);
        await bench.RunAsync(bench.Plan("shop", Numbers, Letters));
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(bench.Plan("shop", Numbers)));
        bench.Warnings.Count(w => w.StartsWith("what was acknowledged is not known", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task Of_two_notes_that_a_crash_left_the_newer_counts_and_both_go()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        Hash256 old = await StoreAsync(bench, "old");
        await StoreAsync(bench, "new", old.ToString());

        (await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation)).Acknowledged.ShouldBe(["new"]);
        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = ["third"] }, PlanBench.Cancellation);
        (await bench.Remembered.ListAsync(PlanBench.Cancellation)).Single().Acknowledged.ShouldBe(["third"]);
        (await CountNotesAsync(bench)).ShouldBe(1);
        (await bench.Remembered.FindAsync("other", "shop", PlanBench.Cancellation)).Acknowledged.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_two_notes_written_at_the_same_time_both_count_until_one_comes_in_their_place()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = ["before"] }, PlanBench.Cancellation);
        bool isFirst = true;
        var store = new FaultBackend(bench.Store)
        {
            Script = async made =>
            {
                if (made.Operation == "save" && isFirst)
                {
                    // Another command, which read the same note, is done first.
                    isFirst = false;
                    await bench.Remembered.ChangeAsync("host", "shop", n => n with { Paused = ["blog"] }, PlanBench.Cancellation);
                }
            },
        };
        OpenRepository repository = await Holdfast.Repository.Repository.OpenAsync(store, "password", new(), PlanBench.Cancellation);
        await new InventoryNotes(repository).ChangeAsync(
            "host", "shop", n => n with { Acknowledged = [.. n.Acknowledged, "mine"], Mirrored = ["db"] }, PlanBench.Cancellation);
        (await CountNotesAsync(bench)).ShouldBe(2);

        InventoryNote both = await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation);
        both.Acknowledged.ShouldBe(["before", "mine"], ignoreOrder: true);
        both.Paused.ShouldBe(["blog"]);
        both.Mirrored.ShouldBe(["db"]);

        await bench.Remembered.ChangeAsync("host", "shop", n => n with { Paused = [] }, PlanBench.Cancellation);
        (await CountNotesAsync(bench)).ShouldBe(1);
        InventoryNote last = await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation);
        last.Paused.ShouldBeEmpty();
        last.Mirrored.ShouldBe(["db"]);
    }

    [Fact]
    public async Task What_one_note_misses_and_another_acknowledges_is_acknowledged()
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        PlanEntry plan = bench.Plan("shop", "command: { name: letters, run: [echo, a] }", "command: { name: orders, run: [echo, b] }");
        await bench.RunAsync(plan);
        plan = bench.Plan("shop", "command: { name: orders, run: [echo, b] }");
        await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan));
        string gone = (await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation)).Gone.ShouldHaveSingleItem().Name;
        await StoreAsync(bench, gone);
        InventoryNote both = await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation);
        both.Gone.ShouldBeEmpty();
        both.Acknowledged.ShouldBe([gone]);
        await bench.RunAsync(plan);
        (await CountNotesAsync(bench)).ShouldBe(0);
    }

    [Fact]
    public async Task Whichever_write_fails_there_is_the_old_note_or_the_new_one()
    {
        for (int call = 1; call <= 2; call++)
        {
            foreach (bool afterwards in (bool[])[false, true])
            {
                await using PlanBench bench = await PlanBench.CreateAsync();
                await bench.Remembered.ChangeAsync("host", "shop", n => n with { Acknowledged = ["old"] }, PlanBench.Cancellation);
                int changes = 0;
                Task Fail(BackendCall made) => made.Operation is "save" or "remove" && ++changes == call ? throw FaultBackend.Failure() : Task.CompletedTask;
                var store = new FaultBackend(bench.Store) { Script = afterwards ? null : Fail, Afterwards = afterwards ? Fail : null };
                OpenRepository repository = await Holdfast.Repository.Repository.OpenAsync(store, "password", new(), PlanBench.Cancellation);
                await Should.ThrowAsync<BackupException>(() => new InventoryNotes(repository).ChangeAsync("host", "shop", n => n with { Acknowledged = ["new"] }, PlanBench.Cancellation));

                string expected = call == 1 && !afterwards ? "old" : "new";
                (await bench.Remembered.FindAsync("host", "shop", PlanBench.Cancellation)).Acknowledged.ShouldBe([expected], $"call {call}, afterwards {afterwards}");
            }
        }
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task A_password_file_that_others_can_read_or_change_is_refused(UnixFileMode others)
    {
        await using PlanBench bench = await PlanBench.CreateAsync();
        File.WriteAllText(bench.Folder + "/pw", "secret");
        File.SetUnixFileMode(bench.Folder + "/pw", UnixFileMode.UserRead | others);
        PlanEntry plan = bench.Plan("shop", "mysql: { password-file: pw }");
        (await Should.ThrowAsync<BackupException>(() => bench.RunAsync(plan))).Message.ShouldBe($"the password file {bench.Folder}/pw can be read or changed by others: chmod 600 {bench.Folder}/pw");
        PlanSources.CreateServer(new CommandEntry { Name = "a", Run = ["a"] }).ShouldBeNull();
    }

    private static async Task<Hash256> StoreAsync(PlanBench bench, string acknowledged, params string[] replaces)
    {
        byte[] note = InventoryJson.Write(new() { Host = "host", Plan = "shop", Time = new(2026, 1, 1, 0, 0, 0, default), Acknowledged = [acknowledged], Replaces = replaces });
        return await bench.Repository.SaveUnpackedAsync(FileType.Inventory, note, PlanBench.Cancellation);
    }

    private static async Task<int> CountNotesAsync(PlanBench bench) => await bench.Store.ListAsync(FileType.Inventory, PlanBench.Cancellation).CountAsync();
}
