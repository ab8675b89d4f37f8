using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Parity;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Ledger;

/// <summary>Checks that remember what they read.</summary>
public sealed class ReadLedgerTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();
    private readonly FakeTime _time = new();
    private readonly List<string> _warnings = [];
    private readonly List<string> _damages = [];
    private readonly List<string> _hints = [];

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    private RepositoryOptions Options => new() { Time = _time, Warn = _warnings.Add };

    [Fact]
    public async Task A_budget_reads_what_was_not_read_for_longest()
    {
        await PacksAsync(4);
        long half = (await _bench.PackBytesAsync()) / 2;
        ReadHistory first = (await CheckAsync(ReadBudget.Bytes(half))).History.ShouldNotBeNull();
        (first.Total - first.Never).ShouldBeInRange(1, half);
        first.Within30Days.ShouldBe(first.Total - first.Never);
        first.Oldest.ShouldBe(_time.GetUtcNow());

        _time.Advance(TimeSpan.FromDays(31));
        DateTimeOffset second = _time.GetUtcNow();
        ReadHistory later = (await CheckAsync(ReadBudget.Percent(50))).History.ShouldNotBeNull();
        later.Never.ShouldBeLessThan(first.Never);
        later.Within30Days.ShouldBeInRange(1, half);
        later.Within90Days.ShouldBe(later.Total - later.Never);
        later.Oldest.ShouldBe(second - TimeSpan.FromDays(31));

        // After a few more, everything was read since, oldest first: nothing is read twice before all are read once.
        _time.Advance(TimeSpan.FromDays(1));
        ReadHistory last = later;
        for (int i = 0; i < 3; i++)
        {
            last = (await CheckAsync(ReadBudget.Percent(50))).History.ShouldNotBeNull();
        }

        last.Never.ShouldBe(0);
        last.Within30Days.ShouldBe(last.Total);
        _warnings.ShouldBeEmpty();
        (await _bench.Store.ListAllAsync(FileType.Ledger)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_budget_of_time_begins_no_pack_when_it_is_over_and_reads_one_at_least()
    {
        await PacksAsync(5);
        int read = 0;
        var slow = new FaultBackend(_bench.Store)
        {
            Script = call =>
            {
                if (call is { Operation: "read", File.Type: FileType.Pack } && Interlocked.Increment(ref read) > 0)
                {
                    _time.Advance(TimeSpan.FromMinutes(1));
                }

                return Task.CompletedTask;
            },
        };
        ReadHistory history = (await CheckAsync(ReadBudget.Duration(TimeSpan.FromSeconds(30)), slow)).History.ShouldNotBeNull();
        history.Never.ShouldBeInRange(1, history.Total - 1);
    }

    [Fact]
    public async Task Every_way_of_reading_is_noted_and_a_check_that_reads_nothing_notes_nothing()
    {
        await PacksAsync(1);
        (await CheckAsync(new CheckOptions(null) { Notes = true })).History.ShouldBeNull();
        (await _bench.Store.ListAllAsync(FileType.Ledger)).ShouldBeEmpty();
        (await CheckAsync(new CheckOptions(PackSubset.All))).History!.Never.ShouldBe(await _bench.PackBytesAsync(), "without a lock nothing is noted");
        (await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true })).History!.Never.ShouldBe(0);
        (await CheckAsync(new CheckOptions(null))).History!.Never.ShouldBe(0);
    }

    [Fact]
    public async Task Several_ledgers_become_one_the_newest_time_counts_and_packs_that_are_gone_leave_it()
    {
        await PacksAsync(2);
        PackId[] packs = [.. (await _bench.Store.ListAllAsync(FileType.Pack)).Select(p => new PackId(Hash256.Parse(p.File.Name)))];
        PackId gone = new(Hash256.Of("gone"u8));
        OpenRepository repository = TestRepository.Open(_bench.Store, Options);
        DateTimeOffset now = _time.GetUtcNow();
        foreach (int days in (int[])[50, 3, 70])
        {
            Dictionary<PackId, DateTimeOffset> entries = packs.Append(gone).ToDictionary(p => p, _ => now - TimeSpan.FromDays(days));
            await repository.SaveUnpackedAsync(FileType.Ledger, LedgerFile.Write(entries), Cancellation);
        }

        (await CheckAsync(new CheckOptions(null))).History!.Oldest.ShouldBe(now - TimeSpan.FromDays(3));
        await CheckAsync(ReadBudget.Bytes(1));
        BackendEntry only = (await _bench.Store.ListAllAsync(FileType.Ledger)).ShouldHaveSingleItem();
        var left = new Dictionary<PackId, DateTimeOffset>();
        LedgerFile.Read((await repository.LoadUnpackedAsync(only.File, Cancellation)).Span, "ledger", left.Add);
        left.Keys.ShouldBe(packs, ignoreOrder: true);
        left.Values.Count(t => t == now).ShouldBe(1);
    }

    [Fact]
    public async Task An_entry_takes_36_bytes_and_a_time_that_is_yet_to_come_does_not_keep_a_pack_from_being_read()
    {
        await PacksAsync(1);
        Dictionary<PackId, DateTimeOffset> entries = (await _bench.Store.ListAllAsync(FileType.Pack))
            .ToDictionary(p => new PackId(Hash256.Parse(p.File.Name)), _ => _time.GetUtcNow() + TimeSpan.FromDays(4000));
        byte[] plain = LedgerFile.Write(entries);
        plain.Length.ShouldBe(8 + (36 * entries.Count));
        await TestRepository.Open(_bench.Store).SaveUnpackedAsync(FileType.Ledger, plain, Cancellation);
        (await CheckAsync(ReadBudget.Bytes(1))).History!.Oldest.ShouldBe(_time.GetUtcNow());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_ledger_is_kept_in_a_repository_of_either_version(int version)
    {
        OpenRepository repository = TestRepository.Open(_bench.Store, Options, version);
        using var ledger = new ReadLedger(repository, _warnings.Add);
        await ledger.LoadAsync(Cancellation);
        PackId pack = new(Hash256.Of("pack"u8));
        await ledger.NoteAsync(pack, Cancellation);
        await ledger.SaveAsync(Cancellation);
        using var again = new ReadLedger(repository, _warnings.Add);
        await again.LoadAsync(Cancellation);
        again.Find(pack).ShouldBe(_time.GetUtcNow());
        _warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("empty")]
    [InlineData("foreign")]
    public async Task A_damaged_ledger_costs_only_what_it_knew(string damage)
    {
        await PacksAsync(1);
        await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true });
        BackendFile file = (await _bench.Store.ListAllAsync(FileType.Ledger)).Single().File;
        byte[] content = await _bench.Store.ReadAllAsync(file);
        content[20] ^= 1;
        if (damage == "foreign")
        {
            await _bench.Store.RemoveAsync(file, Cancellation);
            await TestRepository.Open(_bench.Store).SaveUnpackedAsync(FileType.Ledger, "{\"not\":\"ours\"}"u8.ToArray(), Cancellation);
        }
        else
        {
            await _bench.Store.SaveAsync(file, damage == "empty" ? [] : content, Cancellation);
        }

        CheckReport report = await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true });
        report.Errors.ShouldBe(0);
        report.History!.Never.ShouldBe(0);
        _warnings.ShouldHaveSingleItem().ShouldContain("last read is not known");
        _warnings.Clear();
        (await CheckAsync(new CheckOptions(null))).History!.Never.ShouldBe(0, "the damaged one made way for a good one");
        _warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_ledger_that_cannot_be_reached_for_a_while_is_not_forgotten()
    {
        await PacksAsync(3);
        await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true });
        var away = new FaultBackend(_bench.Store)
        {
            Script = call => call is { Operation: "read", File.Type: FileType.Ledger } ? throw FaultBackend.Failure() : Task.CompletedTask,
        };
        (await CheckAsync(ReadBudget.Bytes(1), away)).History!.Never.ShouldBeGreaterThan(0);
        (await CheckAsync(new CheckOptions(null))).History!.Never.ShouldBe(0, "D20: what was not merged stays");
    }

    [Fact]
    public async Task Where_no_ledger_can_be_stored_that_is_said_once_and_the_check_goes_on()
    {
        await PacksAsync(3);
        var refusing = new FaultBackend(_bench.Store)
        {
            Script = call => call is { Operation: "save", File.Type: FileType.Ledger }
                ? throw new BackupException(BackupErrorKind.Refused, "no such folder here")
                : Task.CompletedTask,
        };
        (await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true }, refusing)).Errors.ShouldBe(0);
        _warnings.ShouldHaveSingleItem().ShouldContain("no such folder here");
    }

    [Fact]
    public async Task A_fault_at_any_call_of_a_check_leaves_a_ledger_that_can_be_read()
    {
        await PacksAsync(1);
        for (int point = 1; ; point++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            int calls = 0;
            var faulty = new FaultBackend(_bench.Store)
            {
                Script = _ => Interlocked.Increment(ref calls) == point ? throw FaultBackend.Failure() : Task.CompletedTask,
            };
            try
            {
                await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true }, faulty);
            }
            catch (BackupException)
            {
                // As scripted.
            }

            _warnings.Clear();
            await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true }); // which also merges what was left
            _warnings.ShouldBeEmpty();
            (await _bench.Store.ListAllAsync(FileType.Ledger)).ShouldHaveSingleItem();
            if (calls < point)
            {
                point.ShouldBeGreaterThan(8);
                return;
            }
        }
    }

    [Theory]
    [InlineData(BlobType.Data)]
    [InlineData(BlobType.Tree)]
    public async Task A_pack_is_called_damaged_only_where_a_second_reading_says_so(BlobType type)
    {
        await PacksAsync(1);
        PackContents contents = (await TestRepository.IndexedAsync(_bench.Store)).Index.ByPack();
        var file = new BackendFile(FileType.Pack, contents.Packs.Single(p => contents.EntriesOf(p)[0].Blob.Type == type).ToString());
        CheckReport report = await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true }, new BadSectors(_bench.Store, file, 100) { Failures = 1 });
        report.Errors.ShouldBe(0);
        _hints.ShouldHaveSingleItem().ShouldContain($"pack {file.Name} cannot be read");
        report.History!.Never.ShouldBe(0);

        report = await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true }, new BadSectors(_bench.Store, file, 100));
        report.Errors.ShouldBeGreaterThan(0);
        report.BrokenPacks.ShouldHaveSingleItem().ToString().ShouldBe(file.Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_pack_is_not_noted_though_it_was_good_once(bool wasGood)
    {
        await PacksAsync(2);
        if (wasGood)
        {
            await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true });
        }

        BackendFile file = (await _bench.Store.ListAllAsync(FileType.Pack))[0].File;
        byte[] content = await _bench.Store.ReadAllAsync(file);
        content[^8] ^= 1;
        await _bench.Store.SaveAsync(file, content, Cancellation);
        CheckReport report = await CheckAsync(new CheckOptions(PackSubset.All) { Notes = true });
        report.Errors.ShouldBeGreaterThan(0);
        report.History!.Never.ShouldBe(content.Length);
    }

    private async Task PacksAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            await _bench.BackUpAsync(_random.Bytes(9000 + i));
        }
    }

    private Task<CheckReport> CheckAsync(ReadBudget budget, IBackend? through = null) =>
        CheckAsync(new CheckOptions(null) { Budget = budget, Notes = true }, through);

    private async Task<CheckReport> CheckAsync(CheckOptions options, IBackend? through = null)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(through ?? _bench.Store, Options);
        return await new Checker(indexed, options, new() { OnNote = _damages.Add, OnHint = _hints.Add }).RunAsync(Cancellation);
    }
}
