using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Index;

public sealed class IndexTableTests : IDisposable
{
    private readonly TempFolder _temp = new();

    public void Dispose() => _temp.Dispose();

    private string Path => _temp["table"];

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(5_000, true)]
    [InlineData(5_000, false)]
    public void Every_entry_is_found_and_nothing_else(int count, bool inMemory)
    {
        List<PackEntry> entries = Some(count, seed: 1);
        Write([entries], [Hash(900), Hash(901)]);
        using IndexTable table = IndexTable.TryOpen(Path, inMemory ? long.MaxValue : 0).ShouldNotBeNull();
        table.Files.ShouldBe([Hash(900), Hash(901)]);
        table.Count.ShouldBe(count);
        table.Entries().Select(e => Full(table, e)).ShouldBe(entries.OrderBy(e => e.Blob.Hash));
        Enumerable.Range(0, count).Select(n => Full(table, table.Entry(n))).ShouldBe(entries.OrderBy(e => e.Blob.Hash));
        var index = new BlobIndex(table);
        foreach (PackEntry entry in entries)
        {
            index.FindAll(entry.Blob).ShouldBe([entry.Location]);
            index.TryFind(entry.Blob, out BlobLocation place).ShouldBeTrue();
            place.ShouldBe(entry.Location);
            index.TryFindNumber(entry.Blob, out int number).ShouldBeTrue();
            index.Entry(number).ShouldBe(entry);
            index.Contains(new(entry.Blob.Type == BlobType.Tree ? BlobType.Data : BlobType.Tree, entry.Blob.Hash)).ShouldBeFalse();
        }

        foreach (PackEntry other in Some(200, seed: 2))
        {
            index.Contains(other.Blob).ShouldBeFalse();
            index.FindAll(other.Blob).ShouldBeEmpty();
        }
    }

    [Fact]
    public void A_merge_holds_what_any_run_has_once_and_a_blob_of_many_places_at_each()
    {
        List<PackEntry> some = Some(3_000, seed: 3);
        BlobHandle many = some[17].Blob;
        List<PackEntry> places = [.. Enumerable.Range(0, 9).Select(i => new PackEntry(many, new(Pack(50 + i), (uint)i, 100, 0)))];
        Write([some[..2_000], some[1_000..], places], [Hash(1)]);
        using IndexTable table = IndexTable.TryOpen(Path, 0).ShouldNotBeNull();
        table.Count.ShouldBe(some.Count + places.Count);
        table.Packs.Count.ShouldBe(table.Packs.Distinct().Count());
        new BlobIndex(table).FindAll(many).ShouldBe([some[17].Location, .. places.Select(p => p.Location)], ignoreOrder: true);
        table.Entries().Select(e => Full(table, e)).ShouldBe(some.Concat(places), ignoreOrder: true);
        var index = new BlobIndex(table);
        index.Add(many, new(Pack(70), 1, 100, 0));
        var numbers = new List<int>();
        index.FindNumbers(many, numbers);
        numbers.Select(index.Entry).Select(e => e.Location).ShouldBe(index.FindAll(many));
        numbers.Count.ShouldBe(11);
        index.TryFindNumber(many, out int first).ShouldBeTrue();
        first.ShouldBe(numbers.Min());
    }

    [Fact]
    public void What_is_new_goes_on_top_is_numbered_behind_and_is_known_by_its_pack()
    {
        List<PackEntry> some = Some(1_000, seed: 4);
        Write([some[..600]], []);
        using IndexTable table = IndexTable.TryOpen(Path, 0).ShouldNotBeNull();
        var index = new BlobIndex(table);
        foreach (PackEntry entry in some) // the first 600 are known at that very place
        {
            index.Add(entry.Blob, entry.Location);
        }

        index.Count.ShouldBe(1_000);
        index.New.ShouldBe(400);
        index.Entries().ShouldBe(Enumerable.Range(0, 1_000).Select(index.Entry));
        index.Entries().ShouldBe(some, ignoreOrder: true);
        PackContents byPack = index.ByPack();
        byPack.Packs.ShouldBe(some.Select(e => e.Location.Pack).Distinct(), ignoreOrder: true);
        index.Packs.ShouldBe(byPack.Packs, ignoreOrder: true);
        foreach (PackId pack in byPack.Packs)
        {
            byPack.EntriesOf(pack).ShouldBe(some.Where(e => e.Location.Pack == pack), ignoreOrder: true);
        }
    }

    [Fact]
    public void A_blob_of_the_table_is_claimed_by_nobody_unless_it_is_distrusted()
    {
        List<PackEntry> some = Some(10, seed: 5);
        Write([some], []);
        using IndexTable table = IndexTable.TryOpen(Path, 0).ShouldNotBeNull();
        var index = new BlobIndex(table);
        BlobHandle known = some[0].Blob, other = Some(1, seed: 6)[0].Blob;
        index.TryClaim(known).ShouldBeFalse();
        index.ContainsOrClaimed(known).ShouldBeTrue();
        index.ContainsOrClaimed(other).ShouldBeFalse();
        index.TryClaim(other).ShouldBeTrue();
        index.TryClaim(other).ShouldBeFalse();
        index.Distrust(known);
        index.TryClaim(known).ShouldBeTrue();
        index.TryClaim(known).ShouldBeFalse();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_flipped_bit_anywhere_is_noticed_before_anything_is_believed(bool inMemory)
    {
        List<PackEntry> entries = Some(300, seed: 7);
        Write([entries], [Hash(1)]);
        byte[] whole = File.ReadAllBytes(Path);
        for (int at = 0; at < whole.Length; at += at < 400 ? 1 : 13)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(Path, damaged);
            using IndexTable? table = IndexTable.TryOpen(Path, inMemory ? long.MaxValue : 0);
            table.ShouldBe(inMemory ? null : table);
            if (table is not null)
            {
                // At one blob at least it is noticed, and never is a wrong place told.
                int noticed = entries.Count(entry => IsNoticed(table, entry));
                noticed.ShouldBeGreaterThan(0, $"byte {at}");
                File.Exists(Path).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public void Something_else_or_less_is_no_table()
    {
        IndexTable.TryOpen(Path).ShouldBeNull();
        Write([Some(100, seed: 8)], []);
        byte[] whole = File.ReadAllBytes(Path);
        foreach (int length in (int[])[0, 1, 31, 32, 100, whole.Length - 1])
        {
            File.WriteAllBytes(Path, whole[..length]);
            IndexTable.TryOpen(Path).ShouldBeNull();
        }

        File.WriteAllBytes(Path, [.. whole, 0]);
        IndexTable.TryOpen(Path).ShouldBeNull();
        Random random = Seeded.Random();
        for (int i = 0; i < 1_000; i++)
        {
            byte[] noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            whole.AsSpan(0, Math.Min(random.Next(32), noise.Length)).CopyTo(noise);
            File.WriteAllBytes(Path, noise);
            IndexTable.TryOpen(Path).ShouldBeNull();
        }
    }

    private static bool IsNoticed(IndexTable table, PackEntry entry)
    {
        try
        {
            var found = new IndexEntry[1];
            (table.Find(entry.Blob, found) == 1 && Full(table, found[0]) == entry).ShouldBeTrue();
            return false;
        }
        catch (BackupException e)
        {
            e.Kind.ShouldBe(BackupErrorKind.Corrupt);
            return true;
        }
    }

    private static PackEntry Full(IndexTable table, IndexEntry entry) => new(entry.Blob, entry.In(table.Packs[entry.Pack]));

    private static Hash256 Hash(int number) => Hash256.Of(BitConverter.GetBytes(number));

    private static PackId Pack(int number) => new(Hash(number + 1_000_000));

    private static List<PackEntry> Some(int count, int seed)
    {
        var random = new Random(seed);
        byte[] hash = new byte[Hash256.Size];
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            random.NextBytes(hash);
            return new PackEntry(
                new(i % 3 == 0 ? BlobType.Tree : BlobType.Data, new(hash)),
                new(Pack(random.Next(20)), (uint)random.Next(), (uint)random.Next(), (uint)random.Next()));
        })];
    }

    private void Write(List<PackEntry>[] runs, Hash256[] files)
    {
        List<IndexRun> sorted = [.. runs.Select(run =>
        {
            var index = new BlobIndex();
            run.ForEach(e => index.Add(e.Blob, e.Location));
            return index.NewRun();
        })];
        IndexRun.Merge(sorted, files, Path);
        Directory.GetFiles(_temp.Path).ShouldBe([Path], "nothing is left beside it");
    }
}
