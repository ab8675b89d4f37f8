using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Prune;

public sealed class PruneOptionTests
{
    private static readonly PruneOptions Lax = new() { MaxUnused = UnusedLimit.Unlimited };

    private readonly PruneBench _bench = new(new MemoryBackend());
    private readonly Random _random = Seeded.Random();

    [Fact]
    public async Task Packs_with_little_unused_in_them_stay_within_the_limit()
    {
        await LargePackAsync(unused: 100_000);
        (await _bench.PlanDataRepackAsync(Lax)).ShouldBe(0);
        (await _bench.PlanDataRepackAsync(new())).ShouldBe(0, "less than 5 %");
        (await _bench.PlanDataRepackAsync(new() { MaxUnused = UnusedLimit.Percent(1) })).ShouldBe(1);
        (await _bench.PlanDataRepackAsync(new() { MaxUnused = UnusedLimit.Bytes(90_000) })).ShouldBe(1);
        (await _bench.PlanDataRepackAsync(PruneBench.Tight with { CacheableOnly = true })).ShouldBe(0);
        (await _bench.PlanDataRepackAsync(PruneBench.Tight with { MaxRepackBytes = 1 << 20 })).ShouldBe(0);
        (await _bench.PlanDataRepackAsync(PruneBench.Tight with { RecoverWithoutSpace = true })).ShouldBe(0);
    }

    [Fact]
    public async Task The_pack_with_the_greatest_unused_share_is_repacked_first()
    {
        await LargePackAsync(unused: 400_000);
        await LargePackAsync(unused: 3_000_000);
        await LargePackAsync(unused: 1_000_000);
        await using PrunePlan plan = await _bench.PlanAsync(new() { MaxUnused = UnusedLimit.Bytes(600_000) });
        plan.Statistics.RemainUnusedBytes.ShouldBeInRange(400_000, 410_000);
    }

    [Fact]
    public async Task Small_packs_are_put_together_where_there_are_enough_of_them()
    {
        for (int i = 0; i < 4; i++)
        {
            await _bench.BackUpAsync(_random.Bytes(1000));
        }

        (await _bench.PlanDataRepackAsync(Lax)).ShouldBe(0);
        (await _bench.PlanDataRepackAsync(Lax with { SmallerThan = 1 << 20 })).ShouldBe(4);
        await _bench.BackUpAsync(_random.Bytes(1000));
        await _bench.PruneAsync(Lax);
        (await _bench.NamesAsync(FileType.Pack)).Count.ShouldBe(2);
        await _bench.ShouldBeWholeAsync();
    }

    [Fact]
    public async Task What_is_uncompressed_is_compressed_where_asked_for_and_trees_always()
    {
        byte[] zeros = new byte[100_000];
        IndexedRepository first = await TestRepository.IndexedAsync(_bench.Store, PruneBench.Options, version: 1);
        await _bench.BackUpAsync(first, zeros);
        await _bench.PruneAsync();
        await _bench.ShouldBeWholeAsync();
        IndexedRepository indexed = await TestRepository.IndexedAsync(_bench.Store);
        indexed.Index.Entries().ShouldAllBe(e => e.Location.IsCompressed == (e.Blob.Type == BlobType.Tree));

        await _bench.PruneAsync(PruneBench.Tight with { RepackUncompressed = true });
        await _bench.ShouldBeWholeAsync();
        (await TestRepository.IndexedAsync(_bench.Store)).Index.Entries().ShouldAllBe(e => e.Location.IsCompressed);
        (await _bench.PackBytesAsync()).ShouldBeLessThan(2000);
    }

    [Fact]
    public void Limits_are_shares_of_what_is_left_as_restic_counts_them()
    {
        UnusedLimit.Percent(5).For(95).ShouldBe(5);
        UnusedLimit.Percent(0).For(95).ShouldBe(0);
        UnusedLimit.Bytes(7).For(95).ShouldBe(7);
        Should.Throw<ArgumentOutOfRangeException>(() => UnusedLimit.Percent(100));
        Should.Throw<ArgumentOutOfRangeException>(() => UnusedLimit.Percent(-1));
    }

    /// <summary>A pack of more than 4 MB of which some is not used any more.</summary>
    private async Task LargePackAsync(int unused)
    {
        byte[] kept = _random.Bytes((5 << 20) - unused);
        SnapshotId both = await _bench.BackUpAsync(_random.Bytes(unused), kept);
        await _bench.BackUpAsync(kept);
        await _bench.ForgetAsync(both);
    }
}
