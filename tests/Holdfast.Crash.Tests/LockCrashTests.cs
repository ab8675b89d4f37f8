using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;
using Holdfast.Repository.Tests;

namespace Holdfast.Crash.Tests;

/// <summary>A lock that is held for longer than half an hour, with something going wrong at each call (D6).</summary>
[Collection(Level.OfKernel.Collection)]
public sealed class LockCrashTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_believes_to_hold_the_lock_keeps_others_out_and_what_is_left_behind_ends(bool kernel)
    {
        using World world = await World.CreateAsync(seed: 1);
        using Level level = Level.Of(kernel);
        int points = 0;
        foreach (Fault fault in level.Faults)
        {
            for (int number = 1; ; number++, points++)
            {
                var point = new FaultPoint(fault, number);
                var time = new FakeTime();
                await HoldAsync(level, await level.BeginAsync(world.Image, point), time, $"{point}");
                RepositoryImage after = await level.EndAsync();
                if (!point.IsReached)
                {
                    after.FilesOf(FileType.Lock).ShouldBeEmpty();
                    break;
                }

                // It says that it is of a process that is alive, which is this one: only its age tells.
                (await TryLockAsync(after, time.GetUtcNow() + RepositoryLock.StaleAge + Interval)).ShouldBeTrue($"{point}");
            }
        }

        points.ShouldBeGreaterThan(50);
        CrashReport.Add(level.GetType().Name, "lock held", points);
    }

    private static async Task HoldAsync(Level level, IBackend backend, FakeTime time, string when)
    {
        try
        {
            OpenRepository repository = TestRepository.Open(backend, World.Options with { Time = time });
            await using RepositoryLock hold = await time.RunAsync(RepositoryLock.AcquireAsync(repository, exclusive: true, Cancellation));
            var lost = new TaskCompletionSource();
            await using CancellationTokenRegistration told = hold.Lost.Register(lost.SetResult);
            for (int i = 0; i < 8; i++)
            {
                await Task.WhenAny(time.WhenWaiting(), lost.Task);
                if (hold.Lost.IsCancellationRequested)
                {
                    return;
                }

                (await TryLockAsync(await level.LookAsync(), time.GetUtcNow())).ShouldBeFalse($"{when}, {i * Interval} later");
                time.Advance(Interval);
            }
        }
        catch (BackupException)
        {
            // It did not get the lock, and knows it.
        }
    }

    /// <summary>Whether another process gets the lock, at this time by its clock.</summary>
    private static async Task<bool> TryLockAsync(RepositoryImage image, DateTimeOffset now)
    {
        var time = new FakeTime(now);
        OpenRepository other = TestRepository.Open(await image.InMemoryAsync(), World.Options with { Time = time });
        try
        {
            await using RepositoryLock hold = await time.RunAsync(RepositoryLock.AcquireAsync(other, exclusive: true, Cancellation));
            return true;
        }
        catch (BackupException e) when (e.Kind == BackupErrorKind.Locked)
        {
            return false;
        }
    }
}
