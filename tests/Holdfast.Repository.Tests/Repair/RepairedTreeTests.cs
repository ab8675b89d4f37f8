using System.Text;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Repair;

public sealed class RepairedTreeTests
{
    private static CancellationToken Cancellation => TestRepository.Cancellation;

    [Fact]
    public async Task What_this_version_does_not_know_of_a_node_outlives_its_repair()
    {
        var store = new MemoryBackend();
        Random random = Seeded.Random();
        byte[] kept = random.Bytes(900), lost = random.Bytes(500);
        (BlobId left, BlobId gone) = (new(Hash256.Of(kept)), new(Hash256.Of(lost)));
        string tree = $$$"""{"nodes":[{"name":"b","type":"file","mtime":"2020-01-01T00:00:00.1+05:45","size":1400,"links":1,"content":["{{{left}}}","{{{gone}}}"],"novel":{"content":[1]}},{"name":"a","type":"file","size":500,"content":["{{{gone}}}"],"more":"x"},{"name":"c","type":"dir","content":null,"subtree":"{{{new Hash256()}}}","deep":{"subtree":2}},{"name":"d","type":"dir","last":1},{"name":"d","type":"fifo","twice":true}],"version":7}""";
        IndexedRepository indexed = await TestRepository.IndexedAsync(store);
        await using (BlobWriter writer = indexed.StartWriting())
        {
            await writer.SaveAsync(indexed.Repository, kept);
            await writer.SaveAsync(indexed.Repository, Encoding.UTF8.GetBytes(tree), BlobType.Tree);
            await writer.CompleteAsync(Cancellation);
        }

        await indexed.Repository.SaveSnapshotAsync(new() { Time = DateTimeOffset.UnixEpoch, Tree = new(Hash256.Of(Encoding.UTF8.GetBytes(tree))), Paths = ["/"] }, Cancellation);
        RepairedSnapshot repaired = (await RepairAsync(store)).ShouldHaveSingleItem();
        indexed = await TestRepository.IndexedAsync(store);
        TreeId made = (await indexed.Repository.LoadSnapshotAsync(repaired.Replacement!.Value, Cancellation)).Snapshot.Tree!.Value;
        string empty = Hash256.Of("{\"nodes\":[]}\n"u8).ToString();
        Encoding.UTF8.GetString(await indexed.LoadBlobAsync(made, Cancellation)).ShouldBe(
            $$$"""{"nodes":[{"name":"a","type":"file","content":[],"more":"x"},{"name":"b","type":"file","mtime":"2020-01-01T00:00:00.1+05:45","size":900,"links":1,"content":["{{{left}}}"],"novel":{"content":[1]}},{"name":"c","type":"dir","content":null,"subtree":"{{{empty}}}","deep":{"subtree":2}},{"name":"d","type":"dir","last":1,"subtree":"{{{empty}}}"}],"version":7}""");
        (await RepairAsync(store)).ShouldBeEmpty();
    }

    private static async Task<List<RepairedSnapshot>> RepairAsync(IBackend store)
    {
        IndexedRepository indexed = await TestRepository.IndexedAsync(store);
        return await new SnapshotRepair(indexed, forget: true, dryRun: false, new()).RunAsync(await indexed.Repository.ListSnapshotsAsync(null, Cancellation), Cancellation);
    }
}
