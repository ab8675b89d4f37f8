using System.Text;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Damage;

/// <summary>
/// A table of damages: each must be found and named by check, and mended as far as what is left allows. Config and keys have
/// theirs where repositories are opened with a password: <see cref="Interop.DamageTests"/>.
/// </summary>
public sealed class DamagedRepositoryTests(DamagedSample sample) : IClassFixture<DamagedSample>
{
    private readonly Random _random = Seeded.Random();
    private readonly List<string> _said = [];
    private readonly List<string> _notes = [];

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    public static TheoryData<BlobType, How, Mend> Packs => new(
        from type in (BlobType[])[BlobType.Data, BlobType.Tree]
        from how in (How[])[How.Flipped, How.Zeroed, How.Truncated, How.Empty, How.Missing, How.Longer, How.Swapped, How.Foreign]
        from mend in (Mend[])[Mend.Correct, Mend.RepairPacks, Mend.Heal, Mend.GiveUp]
        select (type, how, mend));

    [Theory]
    [MemberData(nameof(Packs))]
    public async Task A_pack(BlobType type, How how, Mend mend)
    {
        PruneBench bench = await sample.CopyAsync(withParity: mend is Mend.Correct or Mend.RepairPacks);
        BackendFile file = await PackAsync(bench, type);
        await DamageAsync(bench, file, how, at: 20);
        CheckReport report = await CheckAsync(bench);
        report.Errors.ShouldBeGreaterThan(0);
        report.BrokenPacks.ShouldBe([IdOf(file)]);
        _said.ShouldContain(s => s.Contains(file.Name));
        bool losesBlobs = how != How.Longer;
        _said.Any(s => s.StartsWith("snapshot ", StringComparison.Ordinal)).ShouldBe(losesBlobs, "the files that it touches are named");
        switch (mend)
        {
            case Mend.Correct:
                (await CheckAsync(bench, corrects: true)).Errors.ShouldBe(0);
                break;
            case Mend.RepairPacks:
                (await RepairPacksAsync(bench, report.BrokenPacks)).CorrectedPacks.ShouldBe(1);
                break;
            case Mend.Heal:
                PruneBench mirror = await sample.CopyAsync(withParity: false);
                var source = new RepositorySource(await TestRepository.IndexedAsync(mirror.Store));
                HealReport healed = await new Healer(await TestRepository.IndexedAsync(bench.Store), source, readData: true, dryRun: false, new()).RunAsync(Cancellation);
                healed.IsWhole.ShouldBeTrue();
                healed.LostBlobs.ShouldBe(healed.HealedBlobs);
                (healed.LostBlobs > 0).ShouldBe(losesBlobs);
                (await RepairPacksAsync(bench, healed.BrokenPacks)).LostBlobs.ShouldBe(0);
                break;
            default:
                ((await RepairPacksAsync(bench, report.BrokenPacks)).LostBlobs > 0).ShouldBe(losesBlobs);
                await GiveUpAsync(bench);
                (await CheckAsync(bench)).Errors.ShouldBe(0, "what is left is sound");
                if (losesBlobs)
                {
                    _notes.ShouldContain(n => n.Contains("lost") || n.Contains("nothing of it is left"));
                    return;
                }

                break;
        }

        await bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(How.Flipped, true)]
    [InlineData(How.Flipped, false)]
    [InlineData(How.Zeroed, true)]
    [InlineData(How.Zeroed, false)]
    [InlineData(How.Nonsense, true)]
    [InlineData(How.Nonsense, false)]
    public async Task The_header_of_a_pack(How how, bool withParity)
    {
        PruneBench bench = await sample.CopyAsync(withParity);
        BackendFile file = await PackAsync(bench, BlobType.Data);
        byte[] content = await bench.Store.ReadAllAsync(file);
        switch (how)
        {
            case How.Flipped:
                content[^30] ^= 1;
                break;
            case How.Zeroed:
                content.AsSpan(content.Length - 60).Clear();
                break;
            default:
                content[^1] ^= 0x80; // the length of the header, beyond any sense
                break;
        }

        await bench.Store.SaveAsync(file, content, Cancellation);
        (await CheckAsync(bench)).BrokenPacks.ShouldBe([IdOf(file)]);
        PackRepairOutcome outcome = await RepairPacksAsync(bench, [IdOf(file)]);
        (outcome.LostBlobs, outcome.CorrectedPacks).ShouldBe((0, withParity ? 1 : 0));
        await bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(How.Flipped)]
    [InlineData(How.Truncated)]
    [InlineData(How.Empty)]
    [InlineData(How.Missing)]
    [InlineData(How.Longer)]
    [InlineData(How.Swapped)]
    [InlineData(How.Foreign)]
    [InlineData(How.WrongKey)]
    [InlineData(How.Nonsense)]
    [InlineData(How.Overlapping)]
    [InlineData(How.Dangling)]
    public async Task An_index(How how)
    {
        PruneBench bench = await sample.CopyAsync(withParity: false);
        BackendFile file = (await bench.Store.ListAllAsync(FileType.Index))[0].File;
        BackendFile damaged = how is How.Overlapping or How.Dangling ? await DistortAsync(bench, file, how) : await DamageAsync(bench, file, how, at: 30);
        CheckReport report = await CheckAsync(bench);
        report.Errors.ShouldBeGreaterThan(0);
        if (how is not (How.Missing or How.Overlapping or How.Dangling))
        {
            _said.ShouldContain(s => s.Contains(damaged.Name));
        }

        IndexRepairPlan plan = await new IndexRepairPlanner(TestRepository.Open(bench.Store), how == How.Overlapping, new()).PlanAsync(Cancellation);
        plan.IsEmpty.ShouldBeFalse();
        await plan.ExecuteAsync(Cancellation);
        await bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task An_index_that_is_there_twice_does_no_harm()
    {
        PruneBench bench = await sample.CopyAsync(withParity: false);
        ReadOnlyMemory<byte> plain = await TestRepository.Open(bench.Store).LoadUnpackedAsync((await bench.Store.ListAllAsync(FileType.Index))[0].File, Cancellation);
        await TestRepository.Open(bench.Store).SaveUnpackedAsync(FileType.Index, plain, Cancellation);
        (await CheckAsync(bench)).Errors.ShouldBe(0);
        await bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(How.Flipped)]
    [InlineData(How.Truncated)]
    [InlineData(How.Empty)]
    [InlineData(How.Longer)]
    [InlineData(How.Swapped)]
    [InlineData(How.Foreign)]
    [InlineData(How.WrongKey)]
    [InlineData(How.Nonsense)]
    public async Task A_snapshot(How how)
    {
        PruneBench bench = await sample.CopyAsync(withParity: false);
        SnapshotId id = bench.Expected.Keys.First();
        BackendFile damaged = await DamageAsync(bench, new(FileType.Snapshot, id.ToString()), how, at: 30);
        (await CheckAsync(bench)).Errors.ShouldBe(1);
        _said.ShouldHaveSingleItem().ShouldContain(damaged.Name);

        // Nothing else names what it held: it is given up, as repair snapshots --forget ID does; the other one is whole.
        await TestRepository.Open(bench.Store).RemoveSnapshotAsync(new(Hash256.Parse(damaged.Name)), Cancellation);
        bench.Expected.Remove(id);
        await bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(How.Flipped)]
    [InlineData(How.Zeroed)]
    [InlineData(How.Truncated)]
    [InlineData(How.Empty)]
    [InlineData(How.Missing)]
    [InlineData(How.Longer)]
    [InlineData(How.Swapped)]
    [InlineData(How.Foreign)]
    public async Task A_parity(How how)
    {
        PruneBench bench = await sample.CopyAsync(withParity: true);
        BackendFile file = (await bench.Store.ListAllAsync(FileType.Parity))[0].File;
        byte[] before = await bench.Store.ReadAllAsync(file);
        await DamageAsync(bench, file, how, at: 200);
        CheckReport report = await CheckAsync(bench);
        report.BrokenPacks.ShouldBeEmpty();
        report.Errors.ShouldBe(how == How.Missing ? 0 : 1);
        _said.ShouldHaveSingleItem().ShouldContain(how == How.Missing ? "1 packs have no parity" : file.Name);
        await (await new ParityRepairPlanner(await TestRepository.IndexedAsync(bench.Store), 100, new()).PlanAsync(Cancellation)).ExecuteAsync(Cancellation);
        (await bench.Store.ReadAllAsync(file)).ShouldEqual(before);
        await bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(How.Flipped)]
    [InlineData(How.Truncated)]
    [InlineData(How.Empty)]
    [InlineData(How.Missing)]
    [InlineData(How.Foreign)]
    [InlineData(How.WrongKey)]
    [InlineData(How.Nonsense)]
    public async Task A_ledger(How how)
    {
        PruneBench bench = await sample.CopyAsync(withParity: false);
        BackendFile damaged = await DamageAsync(bench, (await bench.Store.ListAllAsync(FileType.Ledger))[0].File, how, at: 20);
        CheckReport report = await CheckAsync(bench, notes: true);
        report.Errors.ShouldBe(0, "it costs only what it knew");
        _said.Count(s => s.Contains(damaged.Name)).ShouldBe(how == How.Missing ? 0 : 1);
        (await CheckAsync(bench)).History!.Never.ShouldBe(0);
        _said.ShouldBeEmpty();
        await bench.ShouldBeWholeAsync();
    }

    [Theory]
    [InlineData(How.Flipped)]
    [InlineData(How.Truncated)]
    [InlineData(How.Empty)]
    public async Task A_lock(How how)
    {
        PruneBench bench = await sample.CopyAsync(withParity: false);
        byte[] plain = Encoding.UTF8.GetBytes("{\"time\":\"2026-11-21T14:00:00Z\",\"exclusive\":true,\"hostname\":\"elsewhere\",\"pid\":1}");
        Hash256 name = await TestRepository.Open(bench.Store).SaveUnpackedAsync(FileType.Lock, plain, Cancellation);
        BackendFile file = await DamageAsync(bench, new(FileType.Lock, name.ToString()), how, at: 20);
        BackupException e = await Should.ThrowAsync<BackupException>(() => RepositoryLock.AcquireAsync(TestRepository.Open(bench.Store, PruneBench.Options), true, Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.Locked);
        e.Message.ShouldContain(file.Name);
        await bench.Store.RemoveAsync(file, Cancellation);
        await bench.ShouldBeWholeAsync();
    }

    private static PackId IdOf(BackendFile file) => new(Hash256.Parse(file.Name));

    /// <summary>The pack of the file that both snapshots have, or that of the older snapshot's trees.</summary>
    private async Task<BackendFile> PackAsync(PruneBench bench, BlobType type)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(bench.Store);
        BlobHandle blob = type == BlobType.Data ? TestRepository.Handle(sample.Shared)
            : (await indexed.Repository.LoadSnapshotAsync(bench.Expected.Keys.First(), Cancellation)).Snapshot.Tree!.Value;
        indexed.Index.TryFind(blob, out BlobLocation place).ShouldBeTrue();
        return new(FileType.Pack, place.Pack.ToString());
    }

    private async Task<CheckReport> CheckAsync(PruneBench bench, bool corrects = false, bool notes = false)
    {
        _said.Clear();
        int damagedIndexes = 0;
        void Say(string sentence)
        {
            lock (_said)
            {
                _said.Add(sentence);
            }
        }

        IndexedRepository indexed = await TestRepository.Open(bench.Store, new() { Warn = Say }).LoadIndexAsync(e => { damagedIndexes++; Say(e.Message); }, Cancellation);
        CheckReport report = await new Checker(indexed, new(PackSubset.All) { Corrects = corrects, Notes = notes }, new() { OnNote = Say, OnHint = Say }).RunAsync(Cancellation);
        return report with { Errors = report.Errors + damagedIndexes };
    }

    private static async Task<PackRepairOutcome> RepairPacksAsync(PruneBench bench, IReadOnlyCollection<PackId> packs) =>
        await (await new PackRepairPlanner(await TestRepository.IndexedAsync(bench.Store), new()).PlanAsync(packs, Cancellation)).ExecuteAsync(Cancellation);

    /// <summary>Makes snapshots without what is lost, in place of those that miss it.</summary>
    private async Task GiveUpAsync(PruneBench bench)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(bench.Store);
        var progress = new StageProgress { OnNote = n => { lock (_notes) { _notes.Add(n); } } };
        await new SnapshotRepair(indexed, forget: true, dryRun: false, progress).RunAsync(await indexed.Repository.ListSnapshotsAsync(null, Cancellation), Cancellation);
    }

    /// <summary>Damages a file; returns it under the name that it has then.</summary>
    private async Task<BackendFile> DamageAsync(PruneBench bench, BackendFile file, How how, int at)
    {
        byte[] content = await bench.Store.ReadAllAsync(file);
        switch (how)
        {
            case How.Flipped:
                content[at] ^= 1;
                break;
            case How.Zeroed:
                content.AsSpan(at, Math.Min(300, content.Length - at)).Clear();
                break;
            case How.Truncated:
                content = content[..(content.Length / 3)];
                break;
            case How.Empty:
                content = [];
                break;
            case How.Longer:
                content = [.. content, 1, 2, 3];
                break;
            case How.Foreign:
                content = _random.Bytes(content.Length);
                break;
            case How.Swapped:
                content = await bench.Store.ReadAllAsync((await bench.Store.ListAllAsync(file.Type)).First(e => e.File.Name != file.Name).File);
                break;
            case How.Missing:
                await bench.Store.RemoveAsync(file, Cancellation);
                return file;
            case How.WrongKey or How.Nonsense:
                using (var sealer = new Sealer(how == How.WrongKey ? MasterKey.Random() : MasterKey.FromBytes([.. Enumerable.Range(1, 64).Select(i => (byte)i)])))
                {
                    content = sealer.Seal(how == How.WrongKey ? "{}"u8 : "{\"packs\":7,\"time\":[]}"u8);
                }

                await bench.Store.RemoveAsync(file, Cancellation);
                file = file with { Name = Hash256.Of(content).ToString() };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(how));
        }

        await bench.Store.SaveAsync(file, content, Cancellation);
        return file;
    }

    /// <summary>Replaces an index by one that is sealed well and says what is not so.</summary>
    private async Task<BackendFile> DistortAsync(PruneBench bench, BackendFile file, How how)
    {
        OpenRepository repository = TestRepository.Open(bench.Store);
        var entries = new List<PackEntry>();
        IndexFile.Read((await repository.LoadUnpackedAsync(file, Cancellation)).Span, "index", entries.Add);
        if (how == How.Overlapping)
        {
            int second = entries.FindIndex(e => e.Location.Offset > 0);
            entries[second] = entries[second] with { Location = entries[second].Location with { Offset = 5 } };
        }
        else
        {
            entries.Add(new(TestRepository.Handle("gone"u8.ToArray()), new(new(Hash256.Of("gone"u8)), 0, 100, 0)));
        }

        var text = new System.Buffers.ArrayBufferWriter<byte>();
        IndexFile.Write([.. entries.OrderBy(e => e.Location.Pack.Hash)], text);
        await bench.Store.RemoveAsync(file, Cancellation);
        return file with { Name = (await repository.SaveUnpackedAsync(FileType.Index, text.WrittenMemory, Cancellation)).ToString() };
    }
}
