using System.Text.Json;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Lock;

/// <summary>Locks on a disk of this machine, which shows at once what others wrote (D24).</summary>
public sealed class LocalLockTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Nobody_waits_for_a_lock_to_be_seen()
    {
        var clock = new FakeTime(); // stands still: any waiting would not end
        await using OpenRepository repository = await OpenAsync(clock);
        await using RepositoryLock held = await RepositoryLock.AcquireAsync(repository, exclusive: true, TestRepository.Cancellation);
        held.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Of_many_that_ask_in_the_same_moment_never_two_hold_it()
    {
        int holding = 0, held = 0, most = 0;
        await using OpenRepository made = await OpenAsync(TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            await using OpenRepository repository = await OpenAsync(TimeProvider.System);
            for (int i = 0; i < 60; i++)
            {
                try
                {
                    await using RepositoryLock hold = await RepositoryLock.AcquireAsync(repository, exclusive: true, TestRepository.Cancellation);
                    InterlockedMax(ref most, Interlocked.Increment(ref holding));
                    Interlocked.Increment(ref held);
                    await Task.Yield();
                    Interlocked.Decrement(ref holding);
                }
                catch (BackupException e) when (e.Kind == BackupErrorKind.Locked)
                {
                    // Another has it, or both gave way.
                }
            }
        })));
        most.ShouldBe(1);
        held.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(40, 0, false)] // of a machine whose clock is behind
    [InlineData(40, 29, false)]
    [InlineData(40, 31, true)]
    [InlineData(0, 31, false)] // a storage whose clock was set
    public async Task D56_a_lock_is_old_when_both_its_machine_and_the_storage_say_so(int saidMinutes, int lainMinutes, bool isOld)
    {
        await using OpenRepository repository = await OpenAsync(TimeProvider.System);
        var other = new LockDocument(TimeProvider.System.GetUtcNow().AddMinutes(-saidMinutes), true, "elsewhere", "somebody", 17, 0, 0);
        byte[] plain = JsonSerializer.SerializeToUtf8Bytes(other, RepositoryJson.Default.LockDocument);
        string path = $"{_temp["repository"]}/locks/{await repository.SaveUnpackedAsync(FileType.Lock, plain, TestRepository.Cancellation)}";
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddMinutes(-lainMinutes));
        if (isOld)
        {
            await using RepositoryLock held = await RepositoryLock.AcquireAsync(repository, exclusive: false, TestRepository.Cancellation);
            File.Exists(path).ShouldBeFalse();
            return;
        }

        BackupException e = await Should.ThrowAsync<BackupException>(
            () => RepositoryLock.AcquireAsync(repository, exclusive: false, TestRepository.Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.Locked);
        e.Message.Contains("clock").ShouldBe(saidMinutes > 30);
        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldBe([path], "our own is withdrawn");
        (await RepositoryLock.RemoveAsync(repository, all: false, TestRepository.Cancellation)).ShouldBe(saidMinutes > 30 ? 1 : 0, "a person goes by restic's rule");
    }

    private async Task<OpenRepository> OpenAsync(TimeProvider time)
    {
        var backend = new LocalBackend(_temp["repository"]);
        backend.ShowsAtOnce.ShouldBe(Directory.Exists(_temp["repository"]));
        await backend.CreateAsync(TestRepository.Cancellation);
        return TestRepository.Open(backend, new() { Time = time, PackSize = TestRepository.SmallestPack });
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
