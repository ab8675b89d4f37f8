using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>In which reads, and in which order, a restore fetches what it wants.</summary>
public sealed class BlobPlanTests
{
    private const uint Large = 400 << 10;
    private const uint Small = 3 << 10;

    private readonly BlobPlan _plan = new();
    private readonly RestoreFile _file = new(
        new RestoreDirectory("/"), new Node { Name = "file"u8.ToArray(), Type = NodeType.File, Content = [] }, existing: null, links: null);

    [Fact]
    public void Large_and_small_pieces_are_spread_evenly_over_the_whole_plan()
    {
        AddPacks(first: 0, count: 30, Large, blobs: 8);
        AddPacks(first: 30, count: 10, Small, blobs: 1000);

        PackStretch[] stretches = [.. _plan.Stretches()];

        bool[] isLarge = [.. stretches.Select(s => s.Requests[0].Location.Length == Large)];
        double share = isLarge.Count(l => l) / (double)isLarge.Length;
        isLarge.ShouldContain(false);
        for (int end = 1; end <= isLarge.Length; end++)
        {
            (isLarge.Take(end).Count(l => l) - (share * end)).ShouldBeInRange(-1.5, 1.5);
        }
    }

    [Fact]
    public void Every_blob_comes_once_in_the_order_of_its_pack()
    {
        AddPacks(first: 0, count: 7, Large, blobs: 40);
        AddPacks(first: 7, count: 5, Small, blobs: 3000);
        AddPacks(first: 2, count: 1, Large, blobs: 40); // wanted by a second file

        var ends = new Dictionary<PackId, long>();
        int blobs = 0, places = 0;
        foreach (PackStretch stretch in _plan.Stretches())
        {
            stretch.Offset.ShouldBe(ends.GetValueOrDefault(stretch.Pack));
            ends[stretch.Pack] = stretch.Offset + stretch.Length;
            stretch.Length.ShouldBeLessThanOrEqualTo(4 << 20);
            blobs += stretch.Requests.Count;
            foreach (BlobRequest request in stretch.Requests)
            {
                for (BlobRequest? wanted = request; wanted is not null; wanted = wanted.Next)
                {
                    places++;
                }
            }
        }

        blobs.ShouldBe((7 * 40) + (5 * 3000));
        places.ShouldBe(blobs + 40);
        _plan.Count.ShouldBe(places);
    }

    [Fact]
    public void Nothing_wanted_is_nothing_to_read() => _plan.Stretches().ShouldBeEmpty();

    private void AddPacks(int first, int count, uint length, int blobs)
    {
        for (int pack = first; pack < first + count; pack++)
        {
            for (int blob = 0; blob < blobs; blob++)
            {
                var id = new BlobId(Hash256.Of(BitConverter.GetBytes((pack * 100_000L) + blob)));
                var location = new BlobLocation(new(Hash256.Of(BitConverter.GetBytes(pack))), (uint)blob * length, length, length * 3);
                _plan.Add(id, location, _file, offset: 0);
            }
        }
    }
}
