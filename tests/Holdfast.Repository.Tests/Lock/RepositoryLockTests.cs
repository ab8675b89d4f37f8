using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;

namespace Holdfast.Repository.Tests.Lock;

public sealed class RepositoryLockTests : IAsyncDisposable
{
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(200);

    private readonly MemoryBackend _memory = new();
    private readonly FaultBackend _backend;
    private readonly FakeTime _time = new();
    private readonly List<string> _warnings = [];

    public RepositoryLockTests() => _backend = new(_memory);

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    public ValueTask DisposeAsync() => _memory.DisposeAsync();

    [Fact]
    public async Task Shared_locks_live_side_by_side_and_go_when_released()
    {
        RepositoryLock first = await AcquireAsync(false);
        RepositoryLock second = await AcquireAsync(false);
        (await LocksAsync()).Count.ShouldBe(2);
        await first.DisposeAsync();
        await second.DisposeAsync();
        (await LocksAsync()).ShouldBeEmpty();
        _warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_exclusive_lock_excludes_and_is_excluded(bool first, bool second)
    {
        await using RepositoryLock held = await AcquireAsync(first);
        BackupException e = await Should.ThrowAsync<BackupException>(() => AcquireAsync(second));
        e.Kind.ShouldBe(BackupErrorKind.Locked);
        e.IsTransient.ShouldBeTrue();
        e.Message.ShouldContain(Machine.HostName);
        e.Message.ShouldContain(Environment.ProcessId.ToString());
        (await LocksAsync()).Count.ShouldBe(1, "the refused one left nothing behind");
    }

    [Fact]
    public async Task A_lock_written_in_the_same_moment_is_noticed()
    {
        bool placed = false;
        _backend.Script = async call =>
        {
            if (call.Operation == "save" && !placed)
            {
                placed = true;
                await PlaceAsync(Foreign() with { Exclusive = true });
            }
        };
        (await Should.ThrowAsync<BackupException>(() => AcquireAsync(true))).Kind.ShouldBe(BackupErrorKind.Locked);
        (await LocksAsync()).Count.ShouldBe(1, "our own is withdrawn");
    }

    [Fact]
    public async Task What_is_read_while_a_lock_takes_effect_is_begun_before_and_done_after()
    {
        int locks = 0;
        var done = new TaskCompletionSource();
        Task<RepositoryLock> acquiring = RepositoryLock.AcquireAsync(
            Repository(), true, token => { locks = LockCount(); return done.Task; }, Cancellation);
        locks.ShouldBe(1, "the lock is there before the reading begins");
        _time.Advance(TimeSpan.FromSeconds(1));
        acquiring.IsCompleted.ShouldBeFalse();
        done.SetResult();
        await (await acquiring).DisposeAsync();
    }

    [Fact]
    public async Task What_was_read_is_of_no_account_where_another_has_the_lock()
    {
        CancellationToken reading = default;
        BackupException e = await Should.ThrowAsync<BackupException>(() => _time.RunAsync(RepositoryLock.AcquireAsync(
            Repository(),
            true,
            async token =>
            {
                reading = token;
                await PlaceAsync(Foreign() with { Exclusive = true });
                throw BackupException.Corrupt("half of it was away");
            },
            Cancellation)));
        e.Kind.ShouldBe(BackupErrorKind.Locked);
        reading.IsCancellationRequested.ShouldBeTrue();
        (await LocksAsync()).Count.ShouldBe(1, "our own is withdrawn");
    }

    [Fact]
    public async Task A_reading_that_fails_gives_the_lock_back()
    {
        Exception e = await Should.ThrowAsync<BackupException>(() => _time.RunAsync(RepositoryLock.AcquireAsync(
            Repository(), true, _ => Task.FromException(BackupException.Corrupt("an index is damaged")), Cancellation)));
        e.Message.ShouldBe("an index is damaged");
        (await LocksAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_a_lock_is_seen_at_once_nothing_is_read_before_it_is_sure()
    {
        var backend = new FaultBackend(_memory) { ShowsAtOnce = true };
        BackendFile? other = null;
        backend.Afterwards = async call => other = call.Operation == "save" ? await PlaceAsync(Foreign() with { Exclusive = true }) : other;
        bool isRead = false;
        OpenRepository repository = TestRepository.Open(backend, new() { Time = _time });
        await Should.ThrowAsync<BackupException>(() => RepositoryLock.AcquireAsync(
            repository,
            false,
            token =>
            {
                isRead = true; // an index that the other removes, and his lock after it
                return _memory.RemoveAsync(other!.Value, token);
            },
            Cancellation));
        isRead.ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_index_that_changed_before_the_lock_was_sure_is_read_again(bool fails)
    {
        var index = new BackendFile(FileType.Index, new string('c', 64));
        await _memory.SaveAsync(index, "index"u8.ToArray(), Cancellation);
        int readings = 0;
        await using RepositoryLock taken = await _time.RunAsync(RepositoryLock.AcquireAsync(
            Repository(),
            false,
            async token =>
            {
                readings++;
                await _memory.RemoveAsync(index, token); // the work of one who did not see our lock
                if (fails && readings == 1)
                {
                    throw BackupException.Corrupt("half of it was away");
                }
            },
            Cancellation));
        readings.ShouldBe(2);
    }

    [Fact]
    public async Task An_index_that_did_not_change_is_read_once()
    {
        await _memory.SaveAsync(new(FileType.Index, new string('c', 64)), "index"u8.ToArray(), Cancellation);
        int readings = 0;
        await using RepositoryLock taken = await _time.RunAsync(RepositoryLock.AcquireAsync(
            Repository(), false, _ => { readings++; return Task.CompletedTask; }, Cancellation));
        readings.ShouldBe(1);
    }

    [Fact]
    public async Task A_foreign_lock_is_respected_until_it_is_half_an_hour_old()
    {
        BackendFile file = await PlaceAsync(Foreign() with { Exclusive = true });
        _time.Advance(TimeSpan.FromMinutes(29));
        (await Should.ThrowAsync<BackupException>(() => AcquireAsync(false))).Message.ShouldContain("elsewhere");
        _time.Advance(TimeSpan.FromMinutes(2));
        await using RepositoryLock taken = await AcquireAsync(false);
        (await LocksAsync()).ShouldNotContain(file.Name);
        _warnings.ShouldHaveSingleItem().ShouldContain("elsewhere");
    }

    [Fact]
    public async Task A_lock_of_a_process_of_this_machine_that_is_gone_is_removed_at_once()
    {
        Machine.ProcessSpace.ShouldNotBeNull();
        BackendFile file = await PlaceAsync(Foreign() with { Pid = int.MaxValue, ProcessSpace = Machine.ProcessSpace });
        await using RepositoryLock taken = await AcquireAsync(true);
        (await LocksAsync()).ShouldNotContain(file.Name);
    }

    [Fact]
    public async Task A_lock_says_where_its_process_is_to_be_looked_for()
    {
        await using RepositoryLock taken = await AcquireAsync(true);
        (await ReadAsync((await LocksAsync()).ShouldHaveSingleItem())).ProcessSpace.ShouldBe(Machine.ProcessSpace);
    }

    [Fact]
    public async Task D66_a_lock_of_a_container_names_no_machine()
    {
        RepositoryLock.HostNameOf("web1", "pid:[4026532301]").ShouldBe("web1 (pid:[4026532301])");
        RepositoryLock.HostNameOf("web1", null).ShouldBe("web1");
        await using RepositoryLock taken = await AcquireAsync(true);
        (await ReadAsync((await LocksAsync()).ShouldHaveSingleItem())).Hostname.ShouldBe(RepositoryLock.HostNameOf(Machine.HostName, Machine.OwnProcessNamespace));
    }

    [Theory]
    [InlineData("0dd5a08b-4a3c-4a5e-9d0e-1f1b7c1f5f11/pid:[4026531836]", "wait for it to end")]
    [InlineData(null, "`holdfast unlock`")]
    public async Task D51_a_process_that_may_run_in_a_container_of_the_same_name_or_on_a_clone_keeps_its_lock(string? space, string advice)
    {
        BackendFile file = await PlaceAsync(Foreign() with { Hostname = Machine.HostName, Pid = int.MaxValue, ProcessSpace = space });
        (await Should.ThrowAsync<BackupException>(() => AcquireAsync(true))).Message.ShouldContain(advice);
        (await LocksAsync()).ShouldBe([file.Name]);
        (await RepositoryLock.RemoveAsync(Repository(), false, Cancellation)).ShouldBe(space is null ? 1 : 0, "who says unlock goes by restic's rule");
        _time.Advance(TimeSpan.FromMinutes(31));
        await using RepositoryLock taken = await AcquireAsync(true);
        (await LocksAsync()).ShouldNotContain(file.Name);
    }

    [Fact]
    public async Task A_shared_lock_of_others_is_not_even_judged_by_a_shared_one()
    {
        await PlaceAsync(Foreign() with { Time = _time.GetUtcNow().AddDays(-3) });
        await using RepositoryLock taken = await AcquireAsync(false);
        (await LocksAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_lock_is_written_anew_every_five_minutes_the_new_before_the_old_goes()
    {
        await using RepositoryLock held = await AcquireAsync(false);
        var seen = new HashSet<string>(await LocksAsync());
        for (int i = 1; i <= 8; i++)
        {
            _backend.Script = call =>
            {
                // D6: when the old one is removed, the new one is there.
                if (call.Operation == "remove")
                {
                    LockCount().ShouldBe(2);
                }

                return Task.CompletedTask;
            };
            await RefreshAsync();
            seen.Add((await LocksAsync()).ShouldHaveSingleItem());
            seen.Count.ShouldBe(i + 1);
        }

        _backend.Script = null;
        held.Lost.IsCancellationRequested.ShouldBeFalse();
        (await ReadAsync((await LocksAsync())[0])).Time.ShouldBe(_time.GetUtcNow() - Settling);
    }

    [Fact]
    public async Task A_lock_that_is_written_anew_while_somebody_asks_for_it_is_still_held()
    {
        await using RepositoryLock held = await AcquireAsync(false);
        await _time.WhenWaiting();
        bool isAsked = false;
        _backend.Script = async call =>
        {
            if (call.Operation == "find" && !isAsked)
            {
                isAsked = true; // the name that is asked for is gone before the answer comes
                await RefreshAsync();
                (await LocksAsync()).ShouldNotContain(call.File.Name);
            }
        };
        await held.RequireAsync(Cancellation);
        isAsked.ShouldBeTrue();
        await RepositoryLock.RemoveAsync(Repository(), all: true, Cancellation);
        (await Should.ThrowAsync<BackupException>(() => held.RequireAsync(Cancellation))).Kind.ShouldBe(BackupErrorKind.Locked);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_refreshed_is_lost_before_others_may_take_it_for_dead()
    {
        await using RepositoryLock held = await AcquireAsync(true);
        _backend.Script = call => call.Operation == "save" ? throw FaultBackend.Failure() : Task.CompletedTask;
        for (int minutes = 5; minutes <= 20; minutes += 5)
        {
            await RefreshAsync();
            held.Lost.IsCancellationRequested.ShouldBeFalse($"after {minutes} minutes");
        }

        _time.Advance(TimeSpan.FromMinutes(5));
        await LostAsync(held);
        _warnings.Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_lock_that_fails_only_for_a_while_is_kept()
    {
        await using RepositoryLock held = await AcquireAsync(true);
        for (int i = 0; i < 20; i++)
        {
            bool fails = i % 3 != 2;
            _backend.Script = call => fails && call.Operation == "save" ? throw FaultBackend.Failure() : Task.CompletedTask;
            await RefreshAsync();
        }

        held.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task A_lock_that_somebody_removed_is_lost_and_not_revived()
    {
        await using RepositoryLock held = await AcquireAsync(true);
        await RepositoryLock.RemoveAsync(Repository(), all: true, Cancellation);
        _time.Advance(TimeSpan.FromMinutes(5));
        await LostAsync(held);
        (await LocksAsync()).ShouldBeEmpty();
        _warnings.ShouldContain(w => w.Contains("removed"));
    }

    [Fact]
    public async Task An_old_lock_that_could_not_be_removed_goes_with_the_release()
    {
        RepositoryLock held = await AcquireAsync(false);
        _backend.Script = call => call.Operation == "remove" ? throw FaultBackend.Failure() : Task.CompletedTask;
        await RefreshAsync();
        (await LocksAsync()).Count.ShouldBe(2);
        _backend.Script = null;
        await held.DisposeAsync();
        (await LocksAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lock_that_cannot_be_released_is_told_and_not_thrown()
    {
        RepositoryLock held = await AcquireAsync(false);
        _backend.Script = call => call.Operation == "remove" ? throw FaultBackend.Failure() : Task.CompletedTask;
        await held.DisposeAsync();
        _warnings.ShouldHaveSingleItem().ShouldContain("unlock");
    }

    [Fact]
    public async Task Unlock_removes_only_what_nobody_holds_and_remove_all_everything()
    {
        await using RepositoryLock held = await AcquireAsync(false);
        BackendFile fresh = await PlaceAsync(Foreign());
        await PlaceAsync(Foreign() with { Time = _time.GetUtcNow().AddMinutes(-31) });
        await PlaceAsync(Foreign() with { Hostname = Machine.HostName, Pid = int.MaxValue });
        (await RepositoryLock.RemoveAsync(Repository(), all: false, Cancellation)).ShouldBe(2);
        (await LocksAsync()).Count.ShouldBe(2);
        (await LocksAsync()).ShouldContain(fresh.Name);
        (await RepositoryLock.RemoveAsync(Repository(), all: true, Cancellation)).ShouldBe(2);
        (await LocksAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_damaged_lock_excludes_is_named_and_does_not_keep_unlock_from_its_work()
    {
        var damaged = new BackendFile(FileType.Lock, new string('a', 64));
        await _memory.SaveAsync(damaged, "half a lo"u8.ToArray(), Cancellation);
        BackupException e = await Should.ThrowAsync<BackupException>(() => AcquireAsync(false));
        e.Kind.ShouldBe(BackupErrorKind.Locked);
        e.Message.ShouldContain(damaged.Name);
        e.Message.ShouldContain("--remove-all");

        await PlaceAsync(Foreign() with { Time = _time.GetUtcNow().AddMinutes(-31) });
        (await RepositoryLock.RemoveAsync(Repository(), all: false, Cancellation)).ShouldBe(1);
        _warnings.ShouldHaveSingleItem().ShouldContain(damaged.Name);
        (await RepositoryLock.RemoveAsync(Repository(), all: true, Cancellation)).ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    public async Task Waiting_for_a_lock_ends_with_the_time_given(int seconds)
    {
        await PlaceAsync(Foreign() with { Exclusive = true });
        DateTimeOffset began = _time.GetUtcNow();
        (await Should.ThrowAsync<BackupException>(() => AcquireAsync(false, TimeSpan.FromSeconds(seconds)))).Kind.ShouldBe(BackupErrorKind.Locked);
        (_time.GetUtcNow() - began).ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Waiting_for_a_lock_gets_it_once_it_is_free_even_in_the_last_second()
    {
        BackendFile file = await PlaceAsync(Foreign() with { Exclusive = true });
        DateTimeOffset free = _time.GetUtcNow().AddSeconds(9.5);
        _backend.Script = async call =>
        {
            if (call.Operation == "list" && _time.GetUtcNow() >= free)
            {
                await _memory.RemoveAsync(file, Cancellation);
            }
        };
        await using RepositoryLock taken = await AcquireAsync(true, TimeSpan.FromSeconds(10));
        (await LocksAsync()).Count.ShouldBe(1);
    }

    /// <summary>Five minutes later, and as long as the lock then written may take to be seen.</summary>
    private async Task RefreshAsync()
    {
        _time.Advance(TimeSpan.FromMinutes(5));
        await _time.WhenWaiting();
        if (_time.UntilNext() == Settling)
        {
            _time.Advance(Settling);
            await _time.WhenWaiting();
        }
    }

    private OpenRepository Repository(TimeSpan wait = default) =>
        TestRepository.Open(_backend, new() { Time = _time, Warn = _warnings.Add, LockWait = wait });

    private Task<RepositoryLock> AcquireAsync(bool exclusive, TimeSpan wait = default) =>
        _time.RunAsync(RepositoryLock.AcquireAsync(Repository(wait), exclusive, Cancellation));

    private LockDocument Foreign() => new(_time.GetUtcNow(), false, "elsewhere", "somebody", 17, 0, 0);

    private async Task<BackendFile> PlaceAsync(LockDocument document)
    {
        byte[] plain = JsonSerializer.SerializeToUtf8Bytes(document, RepositoryJson.Default.LockDocument);
        return new(FileType.Lock, (await TestRepository.Open(_memory).SaveUnpackedAsync(FileType.Lock, plain, Cancellation)).ToString());
    }

    private async Task<List<string>> LocksAsync() => [.. (await _memory.ListAllAsync(FileType.Lock)).Select(e => e.File.Name)];

    private int LockCount() => _memory.ListAsync(FileType.Lock, Cancellation).ToBlockingEnumerable(Cancellation).Count();

    private async Task<LockDocument> ReadAsync(string name)
    {
        ReadOnlyMemory<byte> plain = await TestRepository.Open(_memory).LoadUnpackedAsync(new(FileType.Lock, name), Cancellation);
        return RepositoryJson.Read(plain.Span, RepositoryJson.Default.LockDocument, name);
    }

    private static async Task LostAsync(RepositoryLock held)
    {
        var lost = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = held.Lost.Register(lost.SetResult);
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }
}
