using System.Text;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Forget;

public sealed class ForgetRunTests : IAsyncDisposable
{
    private readonly MemoryBackend _backend = new();
    private readonly FakeTime _time = new(Runs.Noon.AddHours(1));

    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    [Fact]
    public async Task A_rewritten_snapshot_keeps_every_other_member_as_it_was()
    {
        OpenRepository repository = TestRepository.Open(_backend);
        string document = """{"time":"2026-11-20T12:00:00.123456789+01:00","tree":"TREE","paths":["/ü"],"tags":["a"],"later":{"big":12345678901234567890.5},"summary":{"backup_start":"2026-11-20T12:00:00.987654321Z"}}"""
            .Replace("TREE", new('e', 64), StringComparison.Ordinal);
        var id = new SnapshotId(await repository.SaveUnpackedAsync(FileType.Snapshot, Encoding.UTF8.GetBytes(document), TestRepository.Cancellation));
        StoredSnapshot old = await repository.LoadSnapshotAsync(id, TestRepository.Cancellation);
        StoredSnapshot changed = await repository.ReplaceSnapshotAsync(old, old.Snapshot.WithPin(new("why", null)), TestRepository.Cancellation);
        (await repository.LiveAsync()).ShouldHaveSingleItem().Id.ShouldBe(changed.Id);
        ReadOnlyMemory<byte> stored = await repository.LoadUnpackedAsync(new(FileType.Snapshot, changed.Id.ToString()), TestRepository.Cancellation);
        string text = Encoding.UTF8.GetString(stored.Span);
        foreach (string member in (string[])["12:00:00.123456789+01:00", "12345678901234567890.5", "987654321Z", "[\"a\",\"holdfast-pin\"]", $"\"original\":\"{id}\"", "\"reason\":\"why\""])
        {
            text.ShouldContain(member);
        }

        StoredSnapshot again = await repository.ReplaceSnapshotAsync(changed, changed.Snapshot.WithoutPin(), TestRepository.Cancellation);
        Snapshot read = (await repository.LoadSnapshotAsync(again.Id, TestRepository.Cancellation)).Snapshot;
        read.Tags.ShouldBe(["a"]);
        read.Original.ShouldBe(id);
        read.Marks.ShouldBe(new() { Replaces = changed.Id });
    }

    [Fact]
    public async Task What_is_forgotten_waits_in_the_trash_and_goes_when_its_time_is_over()
    {
        OpenRepository repository = TestRepository.Open(_backend);
        await SaveDailyAsync(repository, 5);
        var options = new ForgetOptions { Policy = new() { Last = 2 } };
        (await repository.ForgetAsync(options, _time)).Trashed.Count.ShouldBe(3);
        (await repository.LiveAsync()).Count.ShouldBe(2);
        (await repository.ForgetAsync(options, _time)).Done.ShouldBe(0);
        _time.Advance(TimeSpan.FromDays(6.9));
        (await repository.ForgetAsync(options, _time)).Done.ShouldBe(0);
        _time.Advance(TimeSpan.FromDays(0.1));
        (await repository.ForgetAsync(options, _time)).Removed.Count.ShouldBe(3);
        (await repository.ListSnapshotsAsync(null, TestRepository.Cancellation)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_ladder_over_snapshots_without_numbers_keeps_the_same_as_with_numbers()
    {
        OpenRepository repository = TestRepository.Open(_backend);
        var options = new ForgetOptions { Policy = new() { Ladder = KeepLadder.Parse("3,2,3") }, WithoutTrash = true };
        for (int run = 1; run <= 60; run++)
        {
            await repository.SaveAsync(Runs.At(Runs.Noon.AddDays(run - 60)));
            if (run % 4 == 0)
            {
                await repository.ForgetAsync(options, _time);
            }
        }

        (await repository.LiveAsync()).Select(s => s.Snapshot.Time.Subtract(Runs.Noon).Days + 60).ShouldBe([48, 54, 57, 58, 59, 60]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fault_at_any_call_loses_nothing_and_another_run_ends_what_was_promised(bool replyIsLost)
    {
        int faults = 0;
        for (int number = 1; ; number++)
        {
            var memory = new MemoryBackend();
            OpenRepository good = TestRepository.Open(memory);
            List<TreeId?> trees = [.. (await SaveDailyAsync(good, 6)).Select(s => s.Snapshot.Tree)];
            int calls = 0;
            bool failed = false;
            Func<BackendCall, Task> fault = _ => Interlocked.Increment(ref calls) == number ? throw FaultBackend.Failure() : Task.CompletedTask;
            var faulty = new FaultBackend(memory) { Connections = 1, Script = replyIsLost ? null : fault, Afterwards = replyIsLost ? fault : null };
            var options = new ForgetOptions { Policy = new() { Ladder = KeepLadder.Parse("2") } };
            try
            {
                await TestRepository.Open(faulty).ForgetAsync(options, _time);
            }
            catch (BackupException e) when (e.Kind == BackupErrorKind.Unreachable)
            {
                failed = true;
                faults++;
            }

            // D12: whatever failed, each of the six is there, once or twice.
            List<StoredSnapshot> left = await good.ListSnapshotsAsync(null, TestRepository.Cancellation);
            left.Select(s => s.Snapshot.Tree).ToHashSet().SetEquals(trees).ShouldBeTrue($"call {number}");
            await good.ForgetAsync(options, _time);
            left = await good.ListSnapshotsAsync(null, TestRepository.Cancellation);
            left.Select(s => s.Snapshot.Tree).ShouldBe(trees, $"call {number}");
            left.Select(s => s.Snapshot.IsInTrash()).ShouldBe([true, true, true, true, false, false], $"call {number}");
            left[4..].ShouldAllBe(s => s.Snapshot.Marks!.Run > 0);
            if (!failed)
            {
                break;
            }
        }

        faults.ShouldBeGreaterThan(replyIsLost ? 11 : 20);
    }

    [Fact]
    public async Task Equal_snapshots_that_do_not_name_each_other_are_left_alone()
    {
        OpenRepository repository = TestRepository.Open(_backend);
        StoredSnapshot first = await repository.SaveAsync(Runs.At(Runs.Noon));
        await repository.SaveAsync(Runs.At(Runs.Noon) with { Original = first.Id, Hostname = "moved" });
        (await repository.ListForChangeAsync(finish: true, TestRepository.Cancellation)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Nothing_is_changed_once_the_lock_is_gone()
    {
        OpenRepository repository = TestRepository.Open(_backend, new() { Time = _time });
        StoredSnapshot stored = (await SaveDailyAsync(repository, 1))[0];
        await using RepositoryLock hold = await _time.RunAsync(RepositoryLock.AcquireAsync(repository, exclusive: true, TestRepository.Cancellation));
        foreach (BackendEntry entry in await _backend.ListAllAsync(FileType.Lock))
        {
            await _backend.RemoveAsync(entry.File, TestRepository.Cancellation);
        }

        (await Should.ThrowAsync<BackupException>(() => repository.ReplaceSnapshotAsync(stored, stored.Snapshot.WithRun(1), TestRepository.Cancellation))).Kind.ShouldBe(BackupErrorKind.Locked);
        (await Should.ThrowAsync<BackupException>(() => repository.RemoveSnapshotAsync(stored.Id, TestRepository.Cancellation))).Kind.ShouldBe(BackupErrorKind.Locked);
        (await repository.LiveAsync()).ShouldHaveSingleItem().Id.ShouldBe(stored.Id);
    }

    private static async Task<List<StoredSnapshot>> SaveDailyAsync(OpenRepository repository, int count)
    {
        foreach (StoredSnapshot stored in Runs.Daily(count))
        {
            await repository.SaveAsync(stored.Snapshot);
        }

        return await repository.ListSnapshotsAsync(null, TestRepository.Cancellation);
    }
}
