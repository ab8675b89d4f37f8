using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Repository.Tests.Prune;

namespace Holdfast.Repository.Tests.Blob;

/// <summary>A blob that is stored twice, and what can be wrong with either place.</summary>
public sealed class BlobPlacesTests
{
    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly byte[] _content = Seeded.Random().Bytes(900);

    public enum Harm
    {
        None,
        Flipped,
        Gone,
        BadSector,
    }

    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Theory]
    [InlineData(Harm.Flipped, Harm.None, null)]
    [InlineData(Harm.Gone, Harm.None, null)]
    [InlineData(Harm.BadSector, Harm.None, null)]
    [InlineData(Harm.None, Harm.BadSector, null)]
    [InlineData(Harm.BadSector, Harm.BadSector, BackupErrorKind.Unreachable)]
    [InlineData(Harm.BadSector, Harm.Flipped, BackupErrorKind.Unreachable)]
    [InlineData(Harm.Gone, Harm.BadSector, BackupErrorKind.Unreachable)]
    [InlineData(Harm.Flipped, Harm.Gone, BackupErrorKind.Corrupt)]
    public async Task The_other_place_gives_it_and_what_could_not_be_asked_is_not_called_lost(Harm first, Harm second, BackupErrorKind? failure)
    {
        await StoreTwiceAsync();
        PackId[] packs = [.. (await TestRepository.IndexedAsync(_bench.Store)).Index.FindAll(TestRepository.Handle(_content)).Select(p => p.Pack)];
        packs.Length.ShouldBe(2);
        var bad = new HashSet<string>();
        await HarmAsync(packs[0], first, bad);
        await HarmAsync(packs[1], second, bad);
        var backend = new FaultBackend(_bench.Store)
        {
            Script = call => call.Operation == "read" && bad.Contains(call.File.Name) ? throw FaultBackend.Failure($"pack {call.File.Name}: Input/output error") : Task.CompletedTask,
        };
        IndexedRepository indexed = await TestRepository.IndexedAsync(backend);
        if (failure is null)
        {
            (await indexed.LoadBlobAsync(TestRepository.Handle(_content), Cancellation)).ShouldEqual(_content);
            return;
        }

        BackupException e = await Should.ThrowAsync<BackupException>(async () => await indexed.LoadBlobAsync(TestRepository.Handle(_content), Cancellation));
        e.Kind.ShouldBe(failure.Value);
        e.Message.ShouldContain(failure == BackupErrorKind.Unreachable ? "Input/output error" : "cannot be read");
    }

    private async Task StoreTwiceAsync()
    {
        for (int i = 0; i < 2; i++)
        {
            IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
            await using BlobWriter writer = indexed.StartWriting();
            BlobCodec codec = indexed.Repository.RentCodec();
            await writer.SaveAgainAsync(TestRepository.Handle(_content), _content, codec, Cancellation);
            indexed.Repository.ReturnCodec(codec);
            await writer.CompleteAsync(Cancellation);
        }
    }

    private async Task HarmAsync(PackId pack, Harm harm, HashSet<string> bad)
    {
        var file = new BackendFile(FileType.Pack, pack.ToString());
        switch (harm)
        {
            case Harm.Flipped:
                byte[] content = await _bench.Store.ReadAllAsync(file);
                content[20] ^= 1;
                await _bench.Store.SaveAsync(file, content, Cancellation);
                break;
            case Harm.Gone:
                await _bench.Store.RemoveAsync(file, Cancellation);
                break;
            case Harm.BadSector:
                bad.Add(file.Name);
                break;
            default:
                break;
        }
    }
}
