using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Upgrade;

public sealed class UpgradeTests
{
    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_fault_at_any_call_there_is_one_config_that_opens_and_a_rerun_upgrades(bool isReplyLost)
    {
        int point = 0;
        for (bool reached = true; reached;)
        {
            var store = new MemoryBackend();
            OpenRepository made = TestRepository.Open(store, version: 1);
            await store.SaveAsync(BackendFile.Config, Config(made, 1), Cancellation);
            int calls = 0, at = ++point;
            Task CountAsync(BackendCall _) => Interlocked.Increment(ref calls) == at ? throw FaultBackend.Failure() : Task.CompletedTask;
            var faulty = isReplyLost ? new FaultBackend(store) { Afterwards = CountAsync } : new FaultBackend(store) { Script = CountAsync };
            try
            {
                await TestRepository.Open(faulty, version: 1).UpgradeAsync(Cancellation);
            }
            catch (BackupException)
            {
                // As scripted.
            }

            reached = calls >= at;
            int version = (await ReadAsync(store)).Version;
            version.ShouldBe(reached && !isReplyLost ? 1 : 2);
            if (version == 1)
            {
                await TestRepository.Open(store, version: 1).UpgradeAsync(Cancellation);
                (await ReadAsync(store)).ShouldBe(made.Config with { Version = 2 });
            }
        }

        point.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Members_that_are_not_known_stay()
    {
        var store = new MemoryBackend();
        OpenRepository made = TestRepository.Open(store, version: 1);
        await store.SaveAsync(BackendFile.Config, Config(made, 1, ",\"novel\":[1]"), Cancellation);
        await made.UpgradeAsync(Cancellation);
        byte[] message = await store.ReadAllAsync(BackendFile.Config);
        made.RentCodec().Sealer.TryOpenInPlace(message).ShouldBeTrue();
        System.Text.Encoding.UTF8.GetString(message.AsSpan()[Sealer.IvLength..^Linux.Poly1305.TagLength]).ShouldContain("\"novel\":[1]");
    }

    [Fact]
    public async Task A_config_that_is_damaged_stays_as_it_is()
    {
        var store = new MemoryBackend();
        OpenRepository made = TestRepository.Open(store, version: 1);
        byte[] config = Config(made, 1);
        config[30] ^= 1;
        await store.SaveAsync(BackendFile.Config, config, Cancellation);
        (await Should.ThrowAsync<BackupException>(() => made.UpgradeAsync(Cancellation))).Kind.ShouldBe(BackupErrorKind.Corrupt);
        (await store.ReadAllAsync(BackendFile.Config)).ShouldEqual(config);
    }

    private static byte[] Config(OpenRepository repository, int version, string more = "") => repository.RentCodec().Sealer.Seal(
        System.Text.Encoding.UTF8.GetBytes($$$"""{"version":{{{version}}},"id":"{{{repository.Config.Id}}}","chunker_polynomial":"{{{repository.Config.Polynomial}}}"{{{more}}}}"""));

    private static async Task<RepositoryConfig> ReadAsync(IBackend store) => Repository.ReadConfig(
        await store.ReadAllAsync(BackendFile.Config), MasterKey.FromBytes([.. Enumerable.Range(1, 64).Select(i => (byte)i)]), "memory");
}
