using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Parity;

/// <summary>Parity in a repository: who writes it, who removes it, and what it mends.</summary>
public sealed class ParityRepositoryTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();
    private readonly List<string> _damages = [];
    private readonly List<string> _hints = [];

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task The_setting_is_kept_changed_and_removed()
    {
        OpenRepository repository = TestRepository.Open(_bench.Store);
        (await repository.LoadParityAsync(Cancellation)).ShouldBeNull();
        foreach (double percent in (double[])[5, 0.5, 100])
        {
            await repository.SaveParityAsync(percent, Cancellation);
            (await TestRepository.Open(_bench.Store).LoadParityAsync(Cancellation)).ShouldBe(percent);
        }

        await repository.SaveParityAsync(null, Cancellation);
        (await repository.LoadParityAsync(Cancellation)).ShouldBeNull();
        foreach (double percent in (double[])[0, -1, 101, double.NaN])
        {
            await Should.ThrowAsync<ArgumentOutOfRangeException>(() => repository.SaveParityAsync(percent, Cancellation));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"version\":2,\"percent\":5}")]
    [InlineData("{\"version\":1,\"percent\":500}")]
    [InlineData("{\"version\":1,\"per")]
    public async Task A_setting_that_makes_no_sense_is_named_and_stops_no_backup(string content)
    {
        await _bench.Store.SaveAsync(BackendFile.ParitySetting, System.Text.Encoding.UTF8.GetBytes(content), Cancellation);
        BackupException e = await Should.ThrowAsync<BackupException>(() => TestRepository.Open(_bench.Store).LoadParityAsync(Cancellation));
        e.Message.ShouldContain("holdfast/parity.json");
        await _bench.BackUpAsync(_random.Bytes(9000));
        (await _bench.Store.ListAllAsync(FileType.Parity)).ShouldBeEmpty();
        (await CheckAsync(new(null))).Errors.ShouldBe(1);
        _damages.ShouldHaveSingleItem().ShouldContain("parity.json");
    }

    [Fact]
    public async Task New_packs_get_parity_and_prune_removes_that_of_packs_that_go()
    {
        await SetAsync(5);
        byte[] kept = _random.Bytes(9000);
        await _bench.BackUpAsync(kept);
        SnapshotId gone = await _bench.BackUpAsync(kept, _random.Bytes(20_000));
        await ShouldHaveParityAsync();
        await _bench.ForgetAsync(gone);

        // One that another program's prune left.
        await _bench.Store.SaveAsync(new(FileType.Parity, new string('a', 64)), new byte[10], Cancellation);
        (await _bench.PruneAsync()).RemovedPacks.ShouldBeGreaterThan(0);
        await ShouldHaveParityAsync();
        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task Where_parity_cannot_be_stored_the_backup_ends_well_and_repair_makes_up_for_it()
    {
        await SetAsync(5);
        var warnings = new List<string>();
        var refusing = new FaultBackend(_bench.Store)
        {
            Script = call => call is { Operation: "save", File.Type: FileType.Parity } ? throw FaultBackend.Failure() : Task.CompletedTask,
        };
        await _bench.BackUpAsync(await TestRepository.IndexedAsync(refusing, new() { Warn = w => { lock (warnings) { warnings.Add(w); } } }), _random.Bytes(9000));
        warnings.ShouldNotBeEmpty();
        (await CheckAsync(new(PackSubset.All))).Errors.ShouldBe(0);
        _hints.ShouldContain(h => h.Contains("2 packs have no parity yet"));

        ParityRepairPlan plan = await PlanAsync();
        plan.PacksWithout.Count.ShouldBe(2);
        (await plan.ExecuteAsync(Cancellation)).ShouldBeEmpty();
        await ShouldHaveParityAsync();
        (await PlanAsync()).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task A_pack_on_a_bad_sector_gets_no_parity_and_keeps_no_other_from_it()
    {
        await _bench.BackUpAsync(_random.Bytes(9000));
        await _bench.BackUpAsync(_random.Bytes(9000));
        await SetAsync(5);
        PackId bad = (await TestRepository.IndexedAsync(_bench.Store)).Index.Packs[0];
        IBackend disk = new BadSectors(_bench.Store, new(FileType.Pack, bad.ToString()), 100);
        ParityRepairPlan plan = await new ParityRepairPlanner(await TestRepository.IndexedAsync(disk), 5, new()).PlanAsync(Cancellation);
        (await plan.ExecuteAsync(Cancellation)).ShouldBe([bad]);
        (await PlanAsync()).PacksWithout.ShouldBe([bad]);
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("zeroed")]
    [InlineData("truncated")]
    [InlineData("longer")]
    [InlineData("empty")]
    [InlineData("missing")]
    public async Task Check_corrects_a_pack_and_so_does_repair_packs(string damage)
    {
        await SetAsync(damage is "empty" or "missing" ? 100 : 20);
        await _bench.BackUpAsync(_random.Bytes(100_000), _random.Bytes(9000));
        foreach (bool byRepair in (bool[])[false, true])
        {
            BackendFile file = (await _bench.Store.ListAllAsync(FileType.Pack)).MaxBy(p => p.Size).File;
            byte[] content = await _bench.Store.ReadAllAsync(file);
            await DamageAsync(file, content, damage);
            PackId pack = new(Hash256.Parse(file.Name));

            CheckReport found = await CheckAsync(new(PackSubset.All));
            found.BrokenPacks.ShouldBe([pack]);
            found.CorrectedPacks.ShouldBeEmpty();
            _damages[0].ShouldContain("its parity can correct it");
            if (byRepair)
            {
                IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
                PackRepairPlan plan = await new PackRepairPlanner(indexed, new()).PlanAsync([pack], Cancellation);
                plan.CorrectablePacks.ShouldBe([pack]);
                plan.StoredPacks.ShouldBeEmpty("nothing of it is given up");
                (await plan.ExecuteAsync(Cancellation)).ShouldBe(new PackRepairOutcome(0, 0, 1));
            }
            else
            {
                CheckReport report = await CheckAsync(new(PackSubset.All) { Corrects = true });
                report.CorrectedPacks.ShouldBe([pack]);
                report.Errors.ShouldBe(0);
            }

            (await _bench.Store.ReadAllAsync(file)).ShouldEqual(content);
            await _bench.ShouldBeWholeAsync();
        }
    }

    [Fact]
    public async Task What_parity_cannot_correct_is_said_and_left_as_it_is()
    {
        await SetAsync(5);
        await _bench.BackUpAsync(_random.Bytes(200_000));
        BackendFile file = (await _bench.Store.ListAllAsync(FileType.Pack)).MaxBy(p => p.Size).File;
        byte[] content = await _bench.Store.ReadAllAsync(file);
        for (int at = 0; at < 100_000; at += 5000)
        {
            content[at] ^= 1;
        }

        await _bench.Store.SaveAsync(file, content, Cancellation);
        CheckReport report = await CheckAsync(new(PackSubset.All) { Corrects = true });
        report.CorrectedPacks.ShouldBeEmpty();
        report.BrokenPacks.Count.ShouldBe(1);
        _damages[0].ShouldContain("cannot be corrected: ");
        (await _bench.Store.ReadAllAsync(file)).ShouldEqual(content);

        // Nor does it get a new parity, which would keep the damage.
        await _bench.Store.RemoveAsync(file with { Type = FileType.Parity }, Cancellation);
        (await (await PlanAsync()).ExecuteAsync(Cancellation)).ShouldBe([new PackId(Hash256.Parse(file.Name))]);
        (await _bench.Store.FindSizeAsync(file with { Type = FileType.Parity }, Cancellation)).ShouldBeNull();
    }

    [Fact]
    public async Task A_damaged_parity_is_found_and_made_anew()
    {
        await SetAsync(5);
        await _bench.BackUpAsync(_random.Bytes(9000));
        BackendFile parity = (await _bench.Store.ListAllAsync(FileType.Parity))[0].File;
        byte[] content = await _bench.Store.ReadAllAsync(parity);
        byte[] flipped = [.. content];
        flipped[^50] ^= 1;
        await _bench.Store.SaveAsync(parity, flipped, Cancellation);
        CheckReport report = await CheckAsync(new(PackSubset.All));
        report.Errors.ShouldBe(1);
        report.BrokenPacks.ShouldBeEmpty();
        _damages.ShouldHaveSingleItem().ShouldContain($"parity of pack {parity.Name}");
        ParityRepairPlan plan = await PlanAsync();
        plan.PacksWithout.Count.ShouldBe(1);
        await plan.ExecuteAsync(Cancellation);
        (await _bench.Store.ReadAllAsync(parity)).ShouldEqual(content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_correction_that_fails_at_any_call_is_ended_by_the_next(bool replyLost)
    {
        await SetAsync(20);
        await _bench.BackUpAsync(_random.Bytes(50_000));
        BackendFile file = (await _bench.Store.ListAllAsync(FileType.Pack)).MaxBy(p => p.Size).File;
        byte[] content = await _bench.Store.ReadAllAsync(file);
        for (int point = 1; ; point++)
        {
            await DamageAsync(file, content, "flipped");
            int calls = 0;
            Task CountAsync(BackendCall _) => Interlocked.Increment(ref calls) == point ? throw FaultBackend.Failure() : Task.CompletedTask;
            try
            {
                await CheckAsync(new(PackSubset.All) { Corrects = true }, new FaultBackend(_bench.Store) { Script = replyLost ? null : CountAsync, Afterwards = replyLost ? CountAsync : null });
            }
            catch (BackupException)
            {
                // As scripted.
            }

            (await CheckAsync(new(PackSubset.All) { Corrects = true })).Errors.ShouldBe(0, $"at call {point}");
            (await _bench.Store.ReadAllAsync(file)).ShouldEqual(content);
            if (calls < point)
            {
                point.ShouldBeGreaterThan(replyLost ? 1 : 8);
                return;
            }
        }
    }

    private async Task DamageAsync(BackendFile file, byte[] content, string damage)
    {
        byte[] damaged = [.. content];
        if (damage == "missing")
        {
            await _bench.Store.RemoveAsync(file, Cancellation);
            return;
        }

        damaged[5000] ^= 1;
        damaged.AsSpan(40_960, damage == "zeroed" ? 8192 : 0).Clear();
        damaged = damage switch
        {
            "truncated" => damaged[..^6000],
            "longer" => [.. content, 1, 2, 3],
            "empty" => [],
            _ => damaged,
        };
        await _bench.Store.SaveAsync(file, damaged, Cancellation);
    }

    private Task SetAsync(double percent) => TestRepository.Open(_bench.Store).SaveParityAsync(percent, Cancellation);

    private async Task<ParityRepairPlan> PlanAsync() => await new ParityRepairPlanner(
        await TestRepository.IndexedAsync(_bench.Store), (await TestRepository.Open(_bench.Store).LoadParityAsync(Cancellation))!.Value, new()).PlanAsync(Cancellation);

    private async Task ShouldHaveParityAsync()
    {
        var packs = (await _bench.Store.ListAllAsync(FileType.Pack)).Select(p => p.File.Name).ToHashSet();
        packs.ShouldNotBeEmpty();
        (await _bench.Store.ListAllAsync(FileType.Parity)).Select(p => p.File.Name).ShouldBe(packs, ignoreOrder: true);
        foreach (string name in packs)
        {
            ParityFile.TryRead(new(Hash256.Parse(name)), await _bench.Store.ReadAllAsync(new(FileType.Parity, name))).ShouldNotBeNull().IsWhole.ShouldBeTrue();
        }
    }

    private async Task<CheckReport> CheckAsync(CheckOptions options, IBackend? through = null)
    {
        _damages.Clear();
        IndexedRepository indexed = await TestRepository.IndexedAsync(through ?? _bench.Store);
        return await new Checker(indexed, options, new() { OnNote = d => { lock (_damages) { _damages.Add(d); } }, OnHint = h => { lock (_hints) { _hints.Add(h); } } }).RunAsync(Cancellation);
    }
}
