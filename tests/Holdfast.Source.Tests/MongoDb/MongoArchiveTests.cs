using System.Text;
using Holdfast.Archiver;
using Holdfast.Fixtures;

namespace Holdfast.Source.Tests;

public sealed class MongoArchiveTests
{
    private const string Root = "/.holdfast/databases/mongodb";
    private const string Plain = """{"options":{},"indexes":[{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},"name":"_id_"}]}""";
    private const string View = """{"options":{"viewOn":"orders","pipeline":[]},"indexes":[]}""";

    private static readonly byte[] s_one = MongoArchiveBuilder.Document(("_id", 1), ("x", "ä"));
    private static readonly byte[] s_two = MongoArchiveBuilder.Document(("_id", 2), ("b", new byte[600_000]));
    private static readonly byte[] s_three = MongoArchiveBuilder.Document(("_id", 3L), ("f", true));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_checksum_is_that_of_the_tools()
    {
        var sum = new Crc64();
        sum.Append("12345"u8);
        sum.Append("6789"u8);
        sum.Value.ShouldBe(unchecked((long)0x995DC9BBDF1939FA)); // the check value of CRC-64/XZ
        byte[] random = Seeded.Random().Bytes(1000);
        (Crc64 whole, Crc64 parts) = (new(), new());
        whole.Append(random);
        foreach (byte b in random)
        {
            parts.Append([b]);
        }

        parts.Value.ShouldBe(whole.Value);
    }

    [Fact]
    public async Task Interleaved_collections_become_a_file_each_however_the_stream_is_cut()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        byte[] archive = Sample().ToArray();
        Random random = Seeded.Random();
        foreach (Func<int> cut in (Func<int>[])[() => 1 << 20, () => random.Next(1, 5000), () => random.Next(1, 50_000)])
        {
            BackupSummary summary = await bench.CaptureAsync(new ArchiveSource(archive, cut));
            string folder = await bench.RestoreAsync(summary) + Root;
            (await File.ReadAllBytesAsync($"{folder}/shop/orders.bson", Cancellation)).ShouldBe([.. s_one, .. s_two]);
            (await File.ReadAllBytesAsync($"{folder}/shop/a%2Fb%25c.bson", Cancellation)).ShouldBe(s_three);
            (await File.ReadAllBytesAsync($"{folder}/shop/empty.bson", Cancellation)).ShouldBeEmpty();
            (await File.ReadAllBytesAsync($"{folder}/oplog.bson", Cancellation)).ShouldBe(s_one);
            (await File.ReadAllTextAsync($"{folder}/shop/orders.metadata.json", Cancellation)).ShouldBe(Plain);
            File.Exists($"{folder}/shop/totals.metadata.json").ShouldBeTrue();
            File.Exists($"{folder}/shop/totals.bson").ShouldBeFalse();
            ManifestSource manifest = (await bench.ManifestAsync(summary))!.Sources.Single();
            manifest.Items.Select(i => (i.Kind, i.Name, i.Rows)).ShouldBe(
            [
                ("collection", "oplog", 1), ("collection", "shop/a/b%c", 1), ("collection", "shop/empty", 0), ("collection", "shop/orders", 2),
                ("collection", "shop/system.buckets.temperature", 1), ("database", "shop", null), ("timeseries", "shop/temperature", null), ("view", "shop/totals", null),
            ]);
            manifest.Details.ShouldBe(new Dictionary<string, string> { ["server"] = "MongoDB 7.0.2", ["tool"] = "mongodump 100.9.4" }, ignoreOrder: true);
        }
    }

    [Fact]
    public async Task A_flipped_bit_behind_the_prelude_and_a_cut_anywhere_are_refused()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        MongoArchiveBuilder builder = Small();
        byte[] archive = builder.ToArray();
        Random random = Seeded.Random();
        for (int i = 0; i < 200; i++)
        {
            byte[] changed = [.. archive];
            int at = random.Next(builder.PreludeLength, archive.Length);
            changed[at] ^= (byte)(1 << random.Next(8));
            await RefusesAsync(changed, $"bit of byte {at}");
            int length = random.Next(archive.Length);
            await RefusesAsync(archive[..length], $"cut at {length}");
        }

        for (int i = 0; i < 200; i++)
        {
            byte[] changed = [.. archive];
            changed[random.Next(builder.PreludeLength)] = (byte)random.Next(256);
            try
            {
                await bench.CaptureAsync(new ArchiveSource(changed, () => 100));
            }
            catch (InvalidDataException)
            {
                // Refused; but another letter in a name or a version is as good as the first.
            }
        }

        async Task RefusesAsync(byte[] changed, string what) =>
            (await Should.ThrowAsync<InvalidDataException>(() => bench.CaptureAsync(new ArchiveSource(changed, () => 100)), what)).Message.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_is_announced_and_does_not_come_is_missed()
    {
        await using SourceBench bench = await SourceBench.CreateAsync();
        (await ThrowsAsync(Announced().Segment("shop.orders", s_one).ToArray())).ShouldBe("it ends before all of shop/orders was sent");
        (await ThrowsAsync(Announced().ToArray())).ShouldBe("it ends before all of shop/orders was sent");
        (await ThrowsAsync(Announced().End("shop.orders").Segment("shop.other", s_one).ToArray())).ShouldBe("it ends before all of shop/other was sent");
        (await ThrowsAsync(Announced().End("shop.orders").Segment("shop.orders", s_one).ToArray())).ShouldContain("behind its end");
        (await ThrowsAsync(new MongoArchiveBuilder(("a/b.y", Plain, "collection")).ToArray())).ShouldContain("cannot be that of a file");
        (await ThrowsAsync([])).ShouldContain("does not begin as an archive");
        (await ThrowsAsync(Encoding.ASCII.GetBytes("Failed: cannot connect"))).ShouldContain("does not begin as an archive");

        static MongoArchiveBuilder Announced() => new(("shop.orders", Plain, "collection"));
        async Task<string> ThrowsAsync(byte[] archive) => (await Should.ThrowAsync<InvalidDataException>(() => bench.CaptureAsync(new ArchiveSource(archive, () => 100)))).Message;
    }

    internal static MongoArchiveBuilder Small() => new MongoArchiveBuilder(("shop.orders", Plain, "collection"), ("shop.b", Plain, "collection"))
        .Segment("shop.orders", s_one).Segment("shop.b", s_three, s_one).Segment("shop.orders", s_three).End("shop.orders").End("shop.b");

    private static MongoArchiveBuilder Sample() => new MongoArchiveBuilder(
            ("shop.orders", Plain, "collection"), ("shop.a/b%c", Plain, "collection"), ("shop.empty", Plain, "collection"), ("shop.totals", View, "view"),
            ("shop.temperature", Plain, "timeseries"), ("oplog", string.Empty, string.Empty))
        .Segment("shop.orders", s_one).Segment("shop.a/b%c", s_three).Segment("shop.empty").Segment("shop.orders", s_two).End("shop.a/b%c").End("shop.empty")
        .Segment("shop.system.buckets.temperature", s_two).End("shop.orders").End("shop.system.buckets.temperature").Segment("oplog", s_one).End("oplog");

    /// <summary>An archive that comes in pieces.</summary>
    private sealed class ArchiveSource(byte[] archive, Func<int> cut) : ISource
    {
        public string Name => "archive";

        public string Root => MongoArchiveTests.Root;

        public async Task CaptureAsync(SourceWriter writer, CancellationToken cancellation)
        {
            using var splitter = new MongoArchiveSplitter(writer, Root);
            await splitter.RunAsync(new(new Pieces(archive, cut)), null, cancellation);
        }
    }

    private sealed class Pieces(byte[] content, Func<int> cut) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, cut())], cancellationToken);
    }
}
