using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Blob;

/// <summary>Blobs of which one place cannot be read.</summary>
public sealed class BlobLoadingTests
{
    [Fact]
    public async Task A_blob_that_lies_on_a_bad_sector_is_read_from_its_other_place()
    {
        byte[] content = Seeded.Random().Bytes(9000);
        var store = new MemoryBackend();
        for (int i = 0; i < 2; i++)
        {
            OpenRepository repository = TestRepository.Open(store);
            await using BlobWriter writer = new(repository, new());
            await writer.SaveAsync(repository, content);
            await writer.CompleteAsync(TestRepository.Cancellation);
        }

        BlobHandle blob = TestRepository.Handle(content);
        IReadOnlyList<BlobLocation> places = (await TestRepository.IndexedAsync(store)).Index.FindAll(blob);
        places.Count.ShouldBe(2);
        foreach (BlobLocation bad in places)
        {
            IndexedRepository indexed = await TestRepository.IndexedAsync(DiskWithout([bad.Pack], store));
            (await indexed.LoadBlobAsync(blob, TestRepository.Cancellation)).ShouldEqual(content);
        }

        IndexedRepository none = await TestRepository.IndexedAsync(DiskWithout([.. places.Select(p => p.Pack)], store));
        BackupException e = await Should.ThrowAsync<BackupException>(async () => await none.LoadBlobAsync(blob, TestRepository.Cancellation));
        e.Kind.ShouldBe(BackupErrorKind.Unreachable, "the disk is to blame, and what it holds may be good");
    }

    private static FaultBackend DiskWithout(PackId[] packs, IBackend store) => new(store)
    {
        Script = call => call.Operation == "read" && packs.Any(p => p.ToString() == call.File.Name) ? throw FaultBackend.Failure("input/output error") : Task.CompletedTask,
    };
}
