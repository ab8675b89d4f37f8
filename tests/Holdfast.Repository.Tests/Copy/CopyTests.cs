using System.Text;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Forget;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Copy;

public sealed class CopyTests
{
    private readonly CopyBench _bench = new();
    private readonly Random _random = Seeded.Random();

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task All_snapshots_come_over_and_a_rerun_reads_no_pack_and_writes_nothing()
    {
        byte[] shared = _random.Bytes(9000);
        await _bench.Source.BackUpAsync(shared, _random.Bytes(900), []);
        await _bench.Source.BackUpAsync(shared, _random.Bytes(300));
        CopyOutcome outcome = await _bench.CopyAsync();
        outcome.Copied.Count.ShouldBe(2);
        outcome.Damaged.ShouldBeEmpty();
        await _bench.ShouldBeCompleteAsync();
        (await _bench.Target.ListAllAsync(FileType.Pack)).Select(p => p.File.Name).ShouldBe(outcome.Packs.Select(p => p.File.Name), ignoreOrder: true);

        var into = new FaultBackend(_bench.Target);
        var from = new FaultBackend(_bench.Source.Store) { Script = call => call is { Operation: "read", File.Type: FileType.Pack } ? throw FaultBackend.Failure() : Task.CompletedTask };
        CopyPlan again = await _bench.PlanAsync(from, into);
        (again.Snapshots.Count, again.Blobs, again.Packs, again.There.Count).ShouldBe((0, 0, 0, 2));
        (await again.ExecuteAsync(Cancellation)).Packs.ShouldBeEmpty();
        into.Count("save").ShouldBe(0);
    }

    [Fact]
    public async Task Compressed_bytes_are_not_compressed_again()
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i * i}\n")));
        IndexedRepository max = await TestRepository.IndexedAsync(_bench.Source.Store, PruneBench.Options with { Compression = CompressionMode.Max });
        await _bench.Source.BackUpAsync(max, text);
        await _bench.CopyAsync();
        (await _bench.SourceAsync()).Index.TryFind(TestRepository.Handle(text), out BlobLocation there).ShouldBeTrue();
        IndexedRepository target = await _bench.TargetAsync();
        target.Index.TryFind(TestRepository.Handle(text), out BlobLocation here).ShouldBeTrue();
        (here.Length, here.UncompressedLength).ShouldBe((there.Length, there.UncompressedLength));
        here.Length.ShouldBeLessThan((uint)text.Length / 2);
        BlobCodec usual = target.Repository.RentCodec();
        usual.Encode(BlobType.Data, text, out _).Length.ShouldNotBe((int)here.Length, "the default level makes another length");
        (await target.LoadBlobAsync(TestRepository.Handle(text), Cancellation)).ShouldEqual(text);
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(2, 1, false)]
    [InlineData(1, 1, false)]
    public async Task Between_versions_content_takes_the_form_of_the_destination(int from, int into, bool isCompressed)
    {
        var bench = new CopyBench { SourceVersion = from, TargetVersion = into };
        byte[] content = new byte[100_000];
        await bench.Source.BackUpAsync(await bench.SourceAsync(), content, [], _random.Bytes(500));
        await bench.CopyAsync();
        await bench.ShouldBeCompleteAsync();
        (await bench.TargetAsync()).Index.Entries().Where(e => e.Location.PlainLength > 0).ShouldAllBe(e => e.Location.IsCompressed == isCompressed);
    }

    [Fact]
    public async Task What_the_destination_has_is_not_read()
    {
        byte[] large = _random.Bytes(5 << 20), other = _random.Bytes(5 << 20);
        await _bench.Source.BackUpAsync(large);
        await _bench.Source.BackUpAsync(other);
        IndexedRepository target = await _bench.TargetAsync();
        await using (BlobWriter writer = target.StartWriting())
        {
            await writer.SaveAsync(target.Repository, large);
            await writer.CompleteAsync(Cancellation);
        }

        (await _bench.SourceAsync()).Index.TryFind(TestRepository.Handle(large), out BlobLocation place).ShouldBeTrue();
        var from = new FaultBackend(_bench.Source.Store) { Script = call => call.Operation == "read" && call.File.Name == place.Pack.ToString() ? throw FaultBackend.Failure() : Task.CompletedTask };
        (await _bench.CopyAsync(from)).Damaged.ShouldBeEmpty();
        await _bench.ShouldBeCompleteAsync();
    }

    [Theory]
    [InlineData(BlobType.Data)]
    [InlineData(BlobType.Tree)]
    public async Task A_snapshot_that_needs_a_damaged_blob_is_named_and_the_others_are_copied(BlobType type)
    {
        byte[] lost = _random.Bytes(9000), shared = _random.Bytes(700);
        SnapshotId damaged = await _bench.Source.BackUpAsync(shared, lost);
        await _bench.Source.BackUpAsync(shared, _random.Bytes(600));
        SnapshotId alsoDamaged = await _bench.Source.BackUpAsync(_random.Bytes(50), lost);
        IndexedRepository source = await _bench.SourceAsync();
        BlobHandle broken = TestRepository.Handle(lost);
        if (type == BlobType.Tree)
        {
            List<Node> nodes = await source.LoadTreeAsync((await source.Repository.LoadSnapshotAsync(damaged, Cancellation)).Snapshot.Tree!.Value, Cancellation);
            broken = nodes[^1].Subtree!.Value;
        }

        await FlipAsync(source, broken);
        CopyPlan plan = await _bench.PlanAsync();
        plan.Damaged.Select(d => d.Path).ShouldBe(type == BlobType.Tree ? ["/folder", "/folder"] : [], "what is lost of content shows when it is read");
        CopyOutcome outcome = await plan.ExecuteAsync(Cancellation);
        List<DamagedSnapshot> named = [.. plan.Damaged, .. outcome.Damaged];
        named.Select(d => d.Stored.Id).ShouldBe([damaged, alsoDamaged], ignoreOrder: true);
        named.ShouldAllBe(d => d.Path.StartsWith("/folder"));
        await _bench.ShouldBeCompleteAsync("", damaged, alsoDamaged);
        (await _bench.TargetAsync()).Index.Contains(TestRepository.Handle(lost)).ShouldBeFalse();
        (await _bench.PlanAsync()).There.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_blob_that_is_in_no_index_makes_its_snapshots_damaged_and_nothing_of_them_is_copied()
    {
        byte[] lost = _random.Bytes(9000), with = _random.Bytes(300);
        SnapshotId damaged = await _bench.Source.BackUpAsync(lost);
        List<BackendEntry> before = await _bench.Source.Store.ListAllAsync(FileType.Index);
        SnapshotId alsoDamaged = await _bench.Source.BackUpAsync(with, lost);
        await _bench.Source.Store.RemoveAsync(before[0].File, Cancellation);
        CopyOutcome outcome = await _bench.CopyAsync();
        outcome.Copied.ShouldBeEmpty();
        outcome.Packs.ShouldBeEmpty();
        (await _bench.PlanAsync()).Damaged.Select(d => d.Stored.Id).ShouldBe([damaged, alsoDamaged]);
    }

    [Fact]
    public async Task A_blob_that_cannot_be_read_at_one_place_is_taken_from_another()
    {
        byte[] content = _random.Bytes(9000);
        IndexedRepository early = await _bench.SourceAsync(); // knows of no backup, and stores everything again
        await _bench.Source.BackUpAsync(content);
        await _bench.Source.BackUpAsync(early, content);
        IndexedRepository source = await _bench.SourceAsync();
        source.Index.FindAll(TestRepository.Handle(content)).Count.ShouldBe(2);
        await FlipAsync(source, TestRepository.Handle(content));
        (await _bench.CopyAsync()).Copied.Count.ShouldBe(2);
        await _bench.ShouldBeCompleteAsync("", default(SnapshotId));
    }

    [Fact]
    public async Task What_was_indexed_before_a_failure_is_not_copied_again()
    {
        await _bench.Source.BackUpAsync([.. Enumerable.Range(0, 6).Select(_ => _random.Bytes(5 << 20))]);
        long all = (await _bench.PlanAsync()).Blobs;
        int saves = 0;
        var into = new FaultBackend(_bench.Target) { Connections = 1, Script = call => call is { Operation: "save", File.Type: FileType.Pack } && ++saves == 4 ? throw FaultBackend.Failure() : Task.CompletedTask };
        await Should.ThrowAsync<BackupException>(() => _bench.CopyAsync(into: into));
        (await _bench.Target.ListAllAsync(FileType.Snapshot)).ShouldBeEmpty();
        long left = (await _bench.PlanAsync()).Blobs;
        left.ShouldBe(all - 3);
        await _bench.CopyAsync();
        await _bench.ShouldBeCompleteAsync();
    }

    [Fact]
    public async Task A_copy_keeps_every_member_of_its_snapshot_but_the_parent()
    {
        SnapshotId first = await _bench.Source.BackUpAsync(_random.Bytes(100));
        OpenRepository source = (await _bench.SourceAsync()).Repository;
        string tree = (await source.LoadSnapshotAsync(first, Cancellation)).Snapshot.Tree!.Value.ToString();
        string document = $$$"""{"time":"2026-03-01T12:00:00.123456789+01:00","parent":"{{{first}}}","tree":"{{{tree}}}","paths":["/a b"],"hostname":"h","tags":["x","holdfast-pin"],"novel":{"a":[1,2.50]},"holdfast":{"run":12,"pin":{"reason":"why"},"later":true}}""";
        SnapshotId second = await source.SaveDocumentAsync(Encoding.UTF8.GetBytes(document), Cancellation);
        CopiedSnapshot copy = (await _bench.CopyAsync()).Copied.Single(c => c.Source.Id == second);
        ReadOnlyMemory<byte> copied = await _bench.OpenTarget().LoadUnpackedAsync(SnapshotRewrite.File(copy.Copy), Cancellation);
        Encoding.UTF8.GetString(copied.Span).ShouldBe(document.Replace($"\"parent\":\"{first}\",", string.Empty)[..^1] + $",\"original\":\"{second}\"}}");
    }

    [Fact]
    public async Task A_copy_is_known_by_its_first_id_whatever_was_marked_since_and_copied_anew_where_its_tags_differ()
    {
        await _bench.Source.BackUpAsync(_random.Bytes(100));
        await _bench.CopyAsync();
        OpenRepository source = (await _bench.SourceAsync()).Repository, target = _bench.OpenTarget();
        StoredSnapshot copy = (await target.ListSnapshotsAsync(null, Cancellation)).Single();
        await target.ReplaceSnapshotAsync(copy, copy.Snapshot.WithTrash(new(Runs.Noon, Runs.Noon)), Cancellation);
        StoredSnapshot original = (await source.ListSnapshotsAsync(null, Cancellation)).Single();
        original = await source.ReplaceSnapshotAsync(original, original.Snapshot.WithPin(new("why", null)), Cancellation);
        (await _bench.PlanAsync()).There.Count.ShouldBe(1);
        await source.ReplaceSnapshotAsync(original, original.Snapshot.WithUserTags(["new"]), Cancellation);
        (await _bench.PlanAsync()).Snapshots.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_copy_back_moves_nothing()
    {
        await _bench.Source.BackUpAsync(_random.Bytes(100));
        await _bench.CopyAsync();
        IndexedRepository target = await _bench.TargetAsync();
        List<StoredSnapshot> copies = await target.Repository.ListSnapshotsAsync(null, Cancellation);
        CopyPlan back = await new CopyPlanner(target, await _bench.SourceAsync(), new()).PlanAsync(copies, Cancellation);
        (back.Snapshots.Count, back.There.Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task A_repository_is_not_copied_into_itself()
    {
        IndexedRepository source = await _bench.SourceAsync();
        BackupException e = await Should.ThrowAsync<BackupException>(() => new CopyPlanner(source, source, new()).PlanAsync([], Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.Refused);
    }

    [Fact]
    public async Task Another_polynomial_is_said_and_hinders_nothing()
    {
        await _bench.Source.BackUpAsync(_random.Bytes(100));
        var notes = new List<string>();
        IndexedRepository source = await _bench.SourceAsync(), target = await _bench.TargetAsync(polynomial: Polynomial.Random().Value);
        List<StoredSnapshot> all = await source.Repository.ListSnapshotsAsync(null, Cancellation);
        CopyPlan plan = await new CopyPlanner(source, target, new() { OnNote = notes.Add }).PlanAsync(all, Cancellation);
        notes.ShouldHaveSingleItem().ShouldContain("--copy-chunker-params");
        (await plan.ExecuteAsync(Cancellation)).Copied.Count.ShouldBe(1);
        await _bench.CopyAsync();
        _bench.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void A_policy_chooses_what_it_would_keep_and_what_is_pinned()
    {
        List<StoredSnapshot> all = [.. Runs.Daily(10).AsEnumerable().Reverse()];
        all[2] = all[2] with { Snapshot = all[2].Snapshot.WithPin(new(null, null)) };
        List<StoredSnapshot> chosen = CopyChoice.ByPolicy(all, all, new() { Last = 2 }, SnapshotGrouping.ByHostAndPaths, TimeProvider.System);
        chosen.Select(s => s.Id).ShouldBe([all[9].Id, all[8].Id, all[2].Id], ignoreOrder: true);
        CopyChoice.ByPolicy(all, all, new() { Tags = [["none"]] }, SnapshotGrouping.ByHostAndPaths, TimeProvider.System).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Reading_back_finds_what_the_destination_lost()
    {
        byte[] content = _random.Bytes(9000);
        await _bench.Source.BackUpAsync(content);
        CopyOutcome first = await _bench.CopyAsync();
        await _bench.Source.BackUpAsync(_random.Bytes(300));
        CopyOutcome second = await _bench.CopyAsync();
        SnapshotId[] copies = [first.Copied[0].Copy, second.Copied[0].Copy];
        (await VerifyAsync(null, copies)).ShouldBeEmpty();
        (await VerifyAsync(first.Packs, copies)).ShouldBeEmpty();

        IndexedRepository target = await _bench.TargetAsync();
        await FlipAsync(target, TestRepository.Handle(content), _bench.Target);
        (await VerifyAsync(second.Packs, [copies[1]])).ShouldBeEmpty("those packs are sound");
        IReadOnlyCollection<string> damages = await VerifyAsync(null, copies);
        damages.ShouldContain(d => d.Contains("does not match its name"));
        damages.ShouldContain(d => d.Contains(copies[0].Hash.ToShortString()) && d.Contains("/folder/000000"));
        damages.ShouldNotContain(d => d.Contains(copies[1].Hash.ToShortString()));
        await _bench.Target.RemoveAsync(second.Packs.First().File, Cancellation);
        (await VerifyAsync(null, [copies[1]])).ShouldNotBeEmpty();
    }

    private async Task<IReadOnlyCollection<string>> VerifyAsync(IReadOnlyCollection<BackendEntry>? packs, SnapshotId[] snapshots) =>
        await new CopyVerifier(await _bench.TargetAsync(), new()).RunAsync(packs, snapshots, Cancellation);

    /// <summary>Flips a bit in the middle of the first place of a blob.</summary>
    private async Task FlipAsync(IndexedRepository repository, BlobHandle blob, IBackend? store = null)
    {
        store ??= _bench.Source.Store;
        repository.Index.TryFind(blob, out BlobLocation place).ShouldBeTrue();
        var file = new BackendFile(FileType.Pack, place.Pack.ToString());
        byte[] content = await store.ReadAllAsync(file);
        content[place.Offset + (place.Length / 2)] ^= 4;
        await store.SaveAsync(file, content, Cancellation);
    }
}
