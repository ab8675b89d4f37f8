using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository;
using Holdfast.Repository.Tests;

namespace Holdfast.Crash.Tests;

/// <summary>Making a repository and changing its keys, with something going wrong at each call (D2, D5). Each point costs scrypt several times.</summary>
[Collection(Level.OfKernel.Collection)]
public sealed class KeyCrashTests
{
    private const string NewPassword = "another password";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool, Fault> Cases
    {
        get
        {
            var cases = new TheoryData<bool, Fault>();
            foreach (bool kernel in (bool[])[false, true])
            {
                using Level level = Level.Of(kernel);
                foreach (Fault fault in level.Faults.Where(f => CrashReport.IsSoak || !kernel || f == Fault.KilledAfterwards))
                {
                    cases.Add(kernel, fault);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_changed_password_leaves_a_repository_that_the_old_or_the_new_one_opens(bool kernel, Fault fault)
    {
        using World world = await World.CreateAsync(seed: 1);
        await ReplayAsync(kernel, "key passwd", fault, world.Image, repository => repository.ChangePasswordAsync(NewPassword, null, Cancellation), async (after, hasSucceeded, when) =>
        {
            bool opensOld = await OpensAsync(after, World.Password);
            (hasSucceeded ? !opensOld : opensOld || await OpensAsync(after, NewPassword)).ShouldBeTrue(when);
            if (hasSucceeded)
            {
                (await OpensAsync(after, NewPassword)).ShouldBeTrue(when);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_key_that_comes_and_goes_leaves_the_other_one_as_it_is(bool kernel, Fault fault)
    {
        using World world = await World.CreateAsync(seed: 1);
        await ReplayAsync(kernel, "key add, remove", fault, world.Image, AddAndRemoveAsync, async (after, hasSucceeded, when) =>
        {
            (await OpensAsync(after, World.Password)).ShouldBeTrue(when);
            after.FilesOf(FileType.Key).Length.ShouldBe(hasSucceeded ? 1 : after.FilesOf(FileType.Key).Length, when);
        });

        static async Task AddAndRemoveAsync(OpenRepository repository) =>
            await repository.RemoveKeyAsync(await repository.AddKeyAsync(NewPassword, Cancellation), Cancellation);
    }

    /// <summary>Of the kernel only in the long run: nearly all of these calls make the 256 folders for packs.</summary>
    public static TheoryData<bool, Fault> InitCases => [.. Cases.Where(c => CrashReport.IsSoak || !c.Data.Item1)];

    [Theory]
    [MemberData(nameof(InitCases))]
    public async Task An_initialised_repository_is_there_whole_or_not_at_all(bool kernel, Fault fault)
    {
        RepositoryImage nothing = await RepositoryImage.OfAsync(new MemoryBackend());
        await ReplayAsync(kernel, "init", fault, nothing, InitializeAsync, async (after, hasSucceeded, when) =>
        {
            bool isThere = after.FilesOf(FileType.Config).Length == 1;
            isThere.ShouldBe(isThere || hasSucceeded, when);
            (await OpensAsync(after, World.Password)).ShouldBe(isThere, when);
        });

        static async Task InitializeAsync(OpenRepository repository) =>
            await Repository.Repository.InitializeAsync(repository.Backend, World.Password, World.Options, null, Cancellation);
    }

    /// <param name="check">Given what is there afterwards, whether the operation says that it succeeded, and where it went wrong.</param>
    private static async Task ReplayAsync(
        bool kernel, string name, Fault fault, RepositoryImage image, Func<OpenRepository, Task> operation, Func<RepositoryImage, bool, string, Task> check)
    {
        using Level level = Level.Of(kernel);
        KeyId key = image.FilesOf(FileType.Key) is [BackendFile only] ? new(Hash256.Parse(only.Name)) : default;
        for (int number = 1; ; number++)
        {
            var point = new FaultPoint(fault, number);
            OpenRepository repository = World.Open(await level.BeginAsync(image, point));
            bool hasSucceeded = await TryAsync(operation(new(repository.Backend, repository.Config, TestRepository.Key, key, World.Options)));
            RepositoryImage after = await level.EndAsync();
            if (!point.IsReached)
            {
                hasSucceeded.ShouldBeTrue();
                number.ShouldBeGreaterThan(3);
                CrashReport.Add(level.GetType().Name, name, number - 1);
                return;
            }

            await check(after, hasSucceeded, $"{point}");
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
