using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Lock;

/// <summary>Of a lock that one takes for left behind and the other writes anew in the same moment, one of the two knows (D55).</summary>
public sealed class LostLockTests : IAsyncDisposable
{
    private readonly MemoryBackend _memory = new();
    private readonly FaultBackend _backend;
    private readonly FakeTime _time = new();
    private readonly List<string> _warnings = [];

    /// <summary>What others write is seen at once: nobody waits on the clock, so it stands still unless a test moves it.</summary>
    public LostLockTests() => _backend = new(_memory) { ShowsAtOnce = true };

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    public ValueTask DisposeAsync() => _memory.DisposeAsync();

    [Fact]
    public async Task A_lock_that_is_removed_while_it_is_written_anew_is_lost()
    {
        await using RepositoryLock held = await AcquireAsync();
        await RemoveOldOneAfterSaveAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        await LostAsync(held);
        (await LocksAsync()).ShouldBeEmpty();
        _warnings.ShouldHaveSingleItem().ShouldContain("removed");
    }

    [Fact]
    public async Task Who_lists_and_then_removes_a_lock_lists_again()
    {
        await PlaceOnceAfterSaveAsync(Foreign() with { Time = _time.GetUtcNow().AddMinutes(-31) });
        PlaceAt("remove", Foreign());
        await ShouldBeRefusedAsync(shared: false);
    }

    [Fact]
    public async Task Who_lists_a_lock_and_does_not_find_it_any_more_lists_again()
    {
        BackendFile old = await PlaceOnceAfterSaveAsync(Foreign() with { Exclusive = true });
        PlaceAt("find", Foreign() with { Exclusive = true }, () => _memory.RemoveAsync(old, Cancellation));
        await ShouldBeRefusedAsync(shared: true);
    }

    [Fact]
    public async Task A_machine_that_slept_writes_its_lock_anew_before_it_counts_on_it()
    {
        await using RepositoryLock held = await AcquireAsync();
        string old = (await LocksAsync()).ShouldHaveSingleItem();
        await held.RequireAsync(Cancellation);
        (await LocksAsync()).ShouldBe([old], "nothing is written as long as the lock is young");
        _time.Set(TimeSpan.FromMinutes(40));
        await held.RequireAsync(Cancellation);
        (await LocksAsync()).ShouldHaveSingleItem().ShouldNotBe(old);
        held.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task A_machine_that_slept_and_whose_lock_goes_in_that_moment_knows()
    {
        await using RepositoryLock held = await AcquireAsync();
        await RemoveOldOneAfterSaveAsync();
        _time.Set(TimeSpan.FromMinutes(40));
        (await Should.ThrowAsync<BackupException>(() => held.RequireAsync(Cancellation))).Kind.ShouldBe(BackupErrorKind.Locked);
        (await LocksAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Any_failure_is_a_failed_refresh()
    {
        await using RepositoryLock held = await AcquireAsync();
        string old = (await LocksAsync()).ShouldHaveSingleItem();
        _backend.Script = call => call.Operation == "save" ? throw new IOException("too many open files") : Task.CompletedTask;
        for (int minutes = 5; minutes <= 20; minutes += 5)
        {
            await _time.WhenWaiting();
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        await _time.WhenWaiting();
        _warnings.Count.ShouldBe(4);
        _warnings.ShouldAllBe(w => w.Contains("too many open files"));
        held.Lost.IsCancellationRequested.ShouldBeFalse();
        (await LocksAsync()).ShouldBe([old]);
        _time.Advance(TimeSpan.FromMinutes(5));
        await LostAsync(held);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_make_a_lock_younger()
    {
        await using RepositoryLock held = await AcquireAsync();
        _time.Set(TimeSpan.FromHours(-2));
        _backend.Script = call => call.Operation == "save" ? throw FaultBackend.Failure() : Task.CompletedTask;
        for (int minutes = 5; minutes <= 25; minutes += 5)
        {
            await _time.WhenWaiting();
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        await LostAsync(held);
    }

    private async Task ShouldBeRefusedAsync(bool shared)
    {
        (await Should.ThrowAsync<BackupException>(() => RepositoryLock.AcquireAsync(Repository(), !shared, Cancellation))).Kind
            .ShouldBe(BackupErrorKind.Locked);
        (await LocksAsync()).Count.ShouldBe(1, "our own is withdrawn");
    }

    private async Task RemoveOldOneAfterSaveAsync()
    {
        string old = (await LocksAsync()).ShouldHaveSingleItem();
        _backend.Afterwards = call => call.Operation == "save" ? _memory.RemoveAsync(new(FileType.Lock, old), Cancellation) : Task.CompletedTask;
    }

    /// <summary>Places a lock when ours is written: after the first look at others, before the one that counts.</summary>
    private async Task<BackendFile> PlaceOnceAfterSaveAsync(LockDocument document)
    {
        BackendFile file = await PlaceAsync(document);
        byte[] content = await _memory.ReadAllAsync(file);
        await _memory.RemoveAsync(file, Cancellation);
        _backend.Afterwards = call => call.Operation == "save" ? _memory.SaveAsync(file, content, Cancellation) : Task.CompletedTask;
        return file;
    }

    /// <summary>Places a lock at the first call of an operation, and does something else then.</summary>
    private void PlaceAt(string operation, LockDocument document, Func<Task>? also = null)
    {
        _backend.Script = async call =>
        {
            if (call.Operation == operation && call.File.Type == FileType.Lock)
            {
                _backend.Script = null;
                await PlaceAsync(document);
                await (also?.Invoke() ?? Task.CompletedTask);
            }
        };
    }

    private OpenRepository Repository() => TestRepository.Open(_backend, new() { Time = _time, Warn = _warnings.Add });

    private Task<RepositoryLock> AcquireAsync() => RepositoryLock.AcquireAsync(Repository(), exclusive: true, Cancellation);

    private LockDocument Foreign() => new(_time.GetUtcNow(), false, "elsewhere", "somebody", 17, 0, 0);

    private async Task<BackendFile> PlaceAsync(LockDocument document)
    {
        byte[] plain = JsonSerializer.SerializeToUtf8Bytes(document, RepositoryJson.Default.LockDocument);
        return new(FileType.Lock, (await TestRepository.Open(_memory).SaveUnpackedAsync(FileType.Lock, plain, Cancellation)).ToString());
    }

    private async Task<List<string>> LocksAsync() => [.. (await _memory.ListAllAsync(FileType.Lock)).Select(e => e.File.Name)];

    private static async Task LostAsync(RepositoryLock held)
    {
        var lost = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = held.Lost.Register(lost.SetResult);
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }
}
