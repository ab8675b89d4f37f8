using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Backend;
using Holdfast.Fixtures;

namespace Holdfast.Repository.Tests.Pack;

public sealed class IndexFileTests
{
    private static readonly string Id = new('a', 64);

    [Fact]
    public void Any_entries_come_back_from_an_index()
    {
        Gen<PackEntry> one =
            from seed in Gen.Choose(0, int.MaxValue)
            from pack in Gen.Choose(0, 5)
            from tree in ArbMap.Default.GeneratorFor<bool>()
            from offset in Gen.Choose(0, int.MaxValue)
            from length in Gen.Choose(Sealer.Overhead, Limits.Blob)
            from uncompressed in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(1, Limits.Blob)))
            select new PackEntry(
                new(tree ? BlobType.Tree : BlobType.Data, Hash256.Of(BitConverter.GetBytes(seed))),
                new(new(Hash256.Of([(byte)pack])), (uint)offset * 2u, (uint)length, (uint)uncompressed));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.ArrayOf(one).ToArbitrary(), entries =>
        {
            PackEntry[] grouped = [.. entries.GroupBy(e => e.Location.Pack).SelectMany(g => g)];
            var text = new ArrayBufferWriter<byte>();
            IndexFile.Write(grouped, text);
            return Read(text.WrittenSpan).SequenceEqual(grouped);
        }));
    }

    [Fact]
    public void What_restic_writes_beside_the_packs_is_passed_over() =>
        Read($$"""{"supersedes":["{{Id}}"],"packs":[{"x":{"y":[1]},"id":"{{Id}}","blobs":[{{Blob}}]}],"more":[{}]}""").Count.ShouldBe(1);

    [Fact]
    public void The_bare_list_of_the_first_version_is_read() => Read($$"""[{"id":"{{Id}}","blobs":[{{Blob}},{{Blob}}]}]""").Count.ShouldBe(2);

    [Fact]
    public void Empty_lists_are_no_damage()
    {
        Read("""{"packs":[]}""").ShouldBeEmpty();
        Read("""{"packs":null}""").ShouldBeEmpty();
        Read("{}").ShouldBeEmpty();
        Read($$"""{"packs":[{"id":"{{Id}}","blobs":null}]}""").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("""{"packs":7}""")]
    [InlineData("""{"packs":[7]}""")]
    [InlineData("""{"packs":[null,{"id":"ID","blobs":[]}]}""")]
    [InlineData("""{"packs":[{"blobs":[]}]}""")]
    [InlineData("""{"packs":[{"id":"short","blobs":[]}]}""")]
    [InlineData("""{"packs":[{"id":"ID","blobs":[null,{}]}]}""")]
    [InlineData("""{"packs":[{"id":"ID","blobs":[{}]}]}""")]
    [InlineData("""{"packs":[{"id":"ID","blobs":[{"id":"ID","type":"file","offset":0,"length":100}]}]}""")]
    [InlineData("""{"packs":[{"id":"ID","blobs":[{"id":"ID","type":"data","offset":-1,"length":100}]}]}""")]
    [InlineData("""{"packs":[{"id":"ID","blobs":[{"id":"ID","type":"data","offset":0,"length":31}]}]}""")]
    [InlineData("""{"packs":[{"id":"ID","blobs":[{"id":"ID","type":"data","offset":0,"length":4294967295}]}]}""")]
    [InlineData("""{"packs":[{"id":"ID","blobs":[{"id":"ID","type":"data","offset":"0","length":100}]}]}""")]
    [InlineData("""{"packs":[]""")]
    public void Damage_is_named_and_never_passed_over(string json)
    {
        BackupException e = Should.Throw<BackupException>(() => Read(json.Replace("ID", Id)));
        e.Kind.ShouldBe(BackupErrorKind.Corrupt);
        e.Message.ShouldContain("index/x");
    }

    [Fact]
    public void An_index_finds_every_blob_in_each_of_its_places()
    {
        Random random = Seeded.Random();
        var index = new BlobIndex();
        var expected = new Dictionary<BlobHandle, List<BlobLocation>>();
        for (int i = 0; i < 20_000; i++)
        {
            // Few different beginnings, so that slots collide.
            byte[] hash = random.Bytes(32);
            hash[0] = (byte)(i % 7);
            hash.AsSpan(1, 7).Clear();
            var blob = new BlobHandle((BlobType)(i & 1), i % 20 == 0 ? expected.Keys.LastOrDefault().Hash : i % 10 == 0 ? new(hash) : new(random.Bytes(32)));
            var place = new BlobLocation(new(Hash256.Of([(byte)(i & 0xFF)])), (uint)i, 100, 0);
            index.Add(blob, place);
            index.Add(blob, place);
            expected.TryAdd(blob, []);
            expected[blob].Add(place);
        }

        index.Count.ShouldBe(20_000);
        index.Packs.Count.ShouldBe(256);
        expected.ShouldAllBe(e => index.FindAll(e.Key).SequenceEqual(e.Value));
        index.Entries().Count().ShouldBe(20_000);
        index.TryFind(new(BlobType.Data, Hash256.Of("nothing"u8)), out _).ShouldBeFalse();
    }

    private static string Blob => $$"""{"id":"{{Id}}","type":"data","offset":0,"length":100,"new":true}""";

    private static List<PackEntry> Read(string json) => Read(Encoding.UTF8.GetBytes(json));

    private static List<PackEntry> Read(ReadOnlySpan<byte> json)
    {
        var entries = new List<PackEntry>();
        IndexFile.Read(json, "index/x", entries.Add);
        return entries;
    }
}
