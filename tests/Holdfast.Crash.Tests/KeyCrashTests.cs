using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;

namespace Holdfast.Crash.Tests;

/// <summary>Making a repository and changing its keys, with something going wrong at each call. Few of them: each costs scrypt several times.</summary>
public sealed class KeyCrashTests
{
    private const string NewPassword = "another password";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<Fault> Faults => [Fault.Fails, Fault.ReplyLost, Fault.Killed, Fault.KilledAfterwards];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_changed_password_leaves_a_repository_that_the_old_or_the_new_one_opens(Fault fault)
    {
        using World world = await World.CreateAsync(seed: 1);
        using var level = new Level.OfBackend();
        for (int number = 1; ; number++)
        {
            var point = new FaultPoint(fault, number);
            bool hasSucceeded = await TryAsync(World.Open(await level.BeginAsync(world.Image, point)).ChangePasswordAsync(NewPassword, Cancellation));
            RepositoryImage after = await level.EndAsync();
            if (!point.IsReached)
            {
                hasSucceeded.ShouldBeTrue();
                number.ShouldBeGreaterThan(2);
                return;
            }

            string password = hasSucceeded || !await OpensAsync(after, World.Password) ? NewPassword : World.Password;
            (await OpensAsync(after, password)).ShouldBeTrue($"{point}");
        }
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task An_initialised_repository_is_there_whole_or_not_at_all(Fault fault)
    {
        RepositoryImage nothing = await RepositoryImage.OfAsync(new MemoryBackend());
        using var level = new Level.OfBackend();
        for (int number = 1; ; number++)
        {
            var point = new FaultPoint(fault, number);
            bool hasSucceeded = await TryAsync(Repository.Repository.InitializeAsync(
                await level.BeginAsync(nothing, point), World.Password, World.Options, null, Cancellation));
            RepositoryImage after = await level.EndAsync();
            if (!point.IsReached)
            {
                hasSucceeded.ShouldBeTrue();
                number.ShouldBeGreaterThan(3);
                return;
            }

            bool isThere = after.FilesOf(FileType.Config).Length == 1;
            isThere.ShouldBe(isThere || hasSucceeded, $"{point}");
            (await OpensAsync(after, World.Password)).ShouldBe(isThere, $"{point}");
        }
    }

    private static async Task<bool> TryAsync(Task operation)
    {
        try
        {
            await operation;
            return true;
        }
        catch (BackupException)
        {
            return false;
        }
    }

    private static async Task<bool> OpensAsync(RepositoryImage image, string password)
    {
        try
        {
            await using OpenRepository repository = await Repository.Repository.OpenAsync(await image.InMemoryAsync(), password, World.Options, Cancellation);
            return (await repository.ListSnapshotsAsync(null, Cancellation)).Count >= 0;
        }
        catch (BackupException e) when (e.Kind is BackupErrorKind.NotFound or BackupErrorKind.WrongPassword)
        {
            return false;
        }
    }
}
