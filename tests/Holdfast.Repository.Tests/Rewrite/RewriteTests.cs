using System.Text;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Rewrite;

public sealed class RewriteTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task Text_outside_of_what_changes_stays_byte_for_byte()
    {
        const string Tree = """{"nodes":[{"name":"a","type":"dir","mtime":"2020-01-01T00:00:00.1+05:45","uid":1,"gid":2,"content":null,"novel":{"subtree":"x","z":[1]},"subtree":"1111111111111111111111111111111111111111111111111111111111111111"},{"name":"b","type":"file","uid":0,"gid":0,"content":[]}, {"name":"c","type":"fifo","uid":0,"gid":0,"content":null}],"more":true}""";
        byte[] encoded = Encoding.UTF8.GetBytes(Tree + "\n");
        TreeText text() => new(encoded, default, 3);
        Encoding.UTF8.GetString(text().Edit([0, 1, 2], _ => default)).ShouldBe(Tree.Replace(", {", ",{") + "\n");
        var other = new TreeId(Hash256.Of("x"u8));
        Encoding.UTF8.GetString(text().Edit([0, 2], i => i == 0 ? new(other) : default))
            .ShouldBe(Tree.Replace(new string('1', 64), other.ToString()).Replace("""{"name":"b","type":"file","uid":0,"gid":0,"content":[]}, """, string.Empty) + "\n");
        Encoding.UTF8.GetString(text().Edit([], _ => default)).ShouldBe("""{"nodes":[],"more":true}""" + "\n");
        Should.Throw<BackupException>(() => new TreeText(encoded, default, 2)).Kind.ShouldBe(BackupErrorKind.Unsupported);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_file_leaves_every_snapshot_and_all_else_stays_the_same()
    {
        byte[] secret = _random.Bytes(900), kept = _random.Bytes(500);
        SnapshotId first = await _bench.BackUpAsync(kept, secret), second = await _bench.BackUpAsync(kept, secret);
        SnapshotId without = await _bench.BackUpAsync(kept);
        List<StoredSnapshot> before = await ListAsync();
        List<RewrittenSnapshot> rewritten = await RewriteAsync(new() { Excludes = p => p == "/folder/000001", MayExcludeBelow = p => p == "/folder", Forget = true });
        rewritten.Select(r => r.Old.Id).ShouldBe([first, second], ignoreOrder: true);
        rewritten.ShouldAllBe(r => r.Files == 1 && r.Bytes == 900);
        List<StoredSnapshot> after = await ListAsync();
        after.Count.ShouldBe(3);
        after.Select(s => s.Id).ShouldContain(without);
        foreach (StoredSnapshot stored in after.Where(s => s.Id != without))
        {
            StoredSnapshot old = before.Single(o => o.Id == stored.Snapshot.Original);
            (stored.Snapshot with { Tree = old.Snapshot.Tree, Original = null, Marks = null }).ShouldBeEquivalentTo(old.Snapshot);
            stored.Snapshot.Marks!.Replaces.ShouldBe(old.Id);
            (await NamesAsync(stored)).ShouldBe(["000000", "folder/"], ignoreOrder: true);
        }

        after.Single(s => s.Snapshot.Original == first).Snapshot.Tree.ShouldBe(after.Single(s => s.Snapshot.Original == second).Snapshot.Tree);
        (await RewriteAsync(new() { Excludes = p => p == "/folder/000001", MayExcludeBelow = _ => true, Forget = true })).ShouldBeEmpty();
        (await ListAsync()).Select(s => s.Id).ShouldBe(after.Select(s => s.Id), ignoreOrder: true);
    }

    [Fact]
    public async Task Only_what_is_included_stays_with_the_way_to_it_and_a_snapshot_without_any_is_left_alone()
    {
        byte[] wanted = _random.Bytes(900);
        SnapshotId first = await _bench.BackUpAsync(_random.Bytes(70), wanted), none = await _bench.BackUpAsync(_random.Bytes(30));
        var options = new RewriteOptions { Includes = p => p == "/folder/000001", MayIncludeBelow = p => p == "/folder" };
        RewrittenSnapshot one = (await RewriteAsync(options with { Forget = true })).ShouldHaveSingleItem();
        (one.Old.Id, one.Files, one.Bytes).ShouldBe((first, 1, 70));
        List<StoredSnapshot> after = await ListAsync();
        (await NamesAsync(after.Single(s => s.Id == one.New))).ShouldBe(["folder/", "folder/000001"]);
        after.Select(s => s.Id).ShouldContain(none);
        (await RewriteAsync(options with { Forget = true })).ShouldBeEmpty();
        (await RewriteAsync(options with { Includes = p => p == "/000000", MayIncludeBelow = _ => true, DryRun = true })).ShouldBeEmpty("nothing of the one is left, and the other has no such file");
    }

    [Fact]
    public async Task Without_forget_both_are_there_and_a_rerun_makes_no_third()
    {
        SnapshotId old = await _bench.BackUpAsync(_random.Bytes(900), _random.Bytes(90));
        var options = new RewriteOptions { Excludes = p => p.EndsWith("000000"), MayExcludeBelow = _ => true, Host = "other", Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)) };
        SnapshotId made = (await RewriteAsync(options)).Single().New!.Value;
        Snapshot snapshot = (await ListAsync()).Single(s => s.Id == made).Snapshot;
        (snapshot.Original, snapshot.Hostname, snapshot.Time, string.Join(',', snapshot.Tags!)).ShouldBe((old, "other", options.Time!.Value, "rewrite"));
        (await RewriteAsync(options)).ShouldBeEmpty();
        (await ListAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Totals_are_less_what_went_and_other_figures_stay()
    {
        SnapshotId id = await _bench.BackUpAsync(_random.Bytes(900), _random.Bytes(90), _random.Bytes(9));
        OpenRepository repository = TestRepository.Open(_bench.Store);
        string tree = (await repository.LoadSnapshotAsync(id, Cancellation)).Snapshot.Tree!.Value.ToString();
        await _bench.ForgetAsync(id);
        string document = $$$"""{"time":"2026-03-01T12:00:00.123456789+01:00","tree":"{{{tree}}}","paths":["/a"],"summary":{"backup_start":"2026-03-01T12:00:00.123456789+01:00","total_files_processed":3,"novel":1,"total_bytes_processed":999}}""";
        await repository.SaveDocumentAsync(Encoding.UTF8.GetBytes(document), Cancellation);
        RewrittenSnapshot one = (await RewriteAsync(new() { Excludes = p => p == "/folder", MayExcludeBelow = _ => false })).Single();
        (one.Files, one.Bytes).ShouldBe((2, 99));
        string made = Encoding.UTF8.GetString((await repository.LoadUnpackedAsync(SnapshotRewrite.File(one.New!.Value), Cancellation)).Span);
        made.ShouldContain("""
            "summary":{"backup_start":"2026-03-01T12:00:00.123456789+01:00","novel":1,"total_files_processed":1,"total_bytes_processed":900}
            """);
        made.ShouldContain("""{"time":"2026-03-01T12:00:00.123456789+01:00",""");
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_and_a_folder_that_may_hold_nothing_is_not_read()
    {
        await _bench.BackUpAsync(_random.Bytes(900), _random.Bytes(90));
        HashSet<string> before = await _bench.AllNamesAsync();
        (await RewriteAsync(new() { Excludes = p => p == "/000000", DryRun = true })).ShouldHaveSingleItem().New.ShouldBeNull();
        (await _bench.AllNamesAsync()).ShouldBe(before, ignoreOrder: true);
        (await RewriteAsync(new() { Excludes = p => p == "/folder/000001", MayExcludeBelow = _ => false, DryRun = true })).ShouldBeEmpty("it is not looked for");
    }

    [Fact]
    public async Task A_tree_that_cannot_be_read_stops_the_run_before_any_snapshot_changes()
    {
        await _bench.BackUpAsync(_random.Bytes(900), _random.Bytes(90));
        OpenRepository repository = TestRepository.Open(_bench.Store);
        await repository.SaveSnapshotAsync(new() { Time = DateTimeOffset.UnixEpoch, Tree = new(Hash256.Of("lost"u8)), Paths = ["/"] }, Cancellation);
        HashSet<string> before = await _bench.NamesAsync(FileType.Snapshot);
        BackupException e = await Should.ThrowAsync<BackupException>(() => RewriteAsync(new() { Excludes = p => p == "/000000", Forget = true }));
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        (await _bench.NamesAsync(FileType.Snapshot)).ShouldBe(before, ignoreOrder: true);
    }

    [Theory]
    [InlineData(Fault.Fails)]
    [InlineData(Fault.ReplyLost)]
    [InlineData(Fault.Killed)]
    public async Task No_fault_loses_a_snapshot_and_a_rerun_ends_with_one_of_each(Fault fault)
    {
        int number = 0;
        for (FaultPoint? point = null; point?.IsReached != false;)
        {
            var bench = new PruneBench(new MemoryBackend());
            byte[] kept = _random.Bytes(300);
            await bench.BackUpAsync(kept, _random.Bytes(200));
            await bench.BackUpAsync(kept, _random.Bytes(100));
            point = new FaultPoint(fault, ++number);
            var options = new RewriteOptions { Excludes = p => p == "/folder/000001", MayExcludeBelow = _ => true, Forget = true };
            try
            {
                await RewriteAsync(options, new PointedBackend(bench.Store, point));
            }
            catch (BackupException)
            {
                // As scripted.
            }

            string when = $"{point}";
            List<StoredSnapshot> after = await ListAsync(bench.Store);
            after.Select(s => s.Snapshot.Time).Distinct().Count().ShouldBe(2, when);
            await RewriteAsync(options, bench.Store);
            after = await ListAsync(bench.Store);
            after.Count.ShouldBe(2, when);
            after.ShouldAllBe(s => s.Snapshot.Original != null, when);
            var damages = new List<string>();
            await new Checker(await TestRepository.IndexedAsync(bench.Store), new(PackSubset.All), new() { OnNote = damages.Add }).RunAsync(Cancellation);
            damages.ShouldBeEmpty(when);
        }

        number.ShouldBeGreaterThan(fault == Fault.ReplyLost ? 5 : 12);
    }

    private async Task<List<RewrittenSnapshot>> RewriteAsync(RewriteOptions options, IBackend? through = null)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(through ?? _bench.Store, PruneBench.Options);
        List<StoredSnapshot> all = await indexed.Repository.ListForChangeAsync(finish: false, Cancellation);
        return await new SnapshotRewriter(indexed, options, new()).RunAsync(all, all, Cancellation);
    }

    private Task<List<StoredSnapshot>> ListAsync(IBackend? store = null) => TestRepository.Open(store ?? _bench.Store).ListSnapshotsAsync(null, Cancellation);

    /// <summary>The names in the root, a folder with a slash and, behind it, its names.</summary>
    private async Task<List<string>> NamesAsync(StoredSnapshot stored)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        var names = new List<string>();
        foreach (Node node in await indexed.LoadTreeAsync(stored.Snapshot.Tree!.Value, Cancellation))
        {
            names.Add(node.Subtree is null ? node.NameText : node.NameText + "/");
            names.AddRange(node.Subtree is { } tree ? (await indexed.LoadTreeAsync(tree, Cancellation)).Select(n => $"{node.NameText}/{n.NameText}") : []);
        }

        return names;
    }
}
