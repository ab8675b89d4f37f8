using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;
using Holdfast.Repository.Tests.Tree;

namespace Holdfast.Repository.Tests.Fuzz;

/// <summary>
/// Every parser of stored bytes, fed with noise and with damaged documents: it answers or throws a
/// <see cref="BackupException"/>, and takes no more memory than its limits say.
/// </summary>
public sealed class ParserFuzzTests
{
    private const int Rounds = 6000;
    private const long MostAllocated = 64 << 20;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);
    private static readonly PackId Pack = new(default);
    private static readonly TreeId TreeName = new(default);

    [Fact]
    public void Trees() => Fuzz(
        Nodes.Trees().Generator.Sample(20, 40).Select(n => new TreeWriter(TimeZoneInfo.Utc).Encode(n).ToArray()),
        bytes => TreeReader.Decode(bytes, TreeName));

    [Fact]
    public void Indexes()
    {
        PackEntry[] entries = [.. Enumerable.Range(0, 5).Select(i => new PackEntry(new((BlobType)(i & 1), Hash256.Of([(byte)i])), new(new(Hash256.Of([(byte)(i / 3)])), (uint)i, 100, (uint)i)))];
        var text = new ArrayBufferWriter<byte>();
        IndexFile.Write(entries, text);
        Fuzz([text.WrittenSpan.ToArray()], bytes => IndexFile.Read(bytes, "index/x", _ => { }));
    }

    [Fact]
    public void Pack_headers()
    {
        byte[] header = [.. Enumerable.Range(0, 8).SelectMany(i => (byte[])[(byte)(i % 4), 100, 0, 0, 0, .. i % 4 > 1 ? new byte[] { 1, 1, 0, 0 } : [], .. new byte[32]])];
        Fuzz([header], bytes => PackHeader.Read(bytes, Pack, 800));
    }

    [Fact]
    public void Key_files()
    {
        var key = new KeyDocument(DateTimeOffset.UnixEpoch, "user", "host", "scrypt", 32768, 8, 3, new byte[64], new byte[200]);
        Fuzz([JsonSerializer.SerializeToUtf8Bytes(key, RepositoryJson.Default.KeyDocument)], bytes => KeyFile.Parse(bytes, "key/x"));
    }

    [Fact]
    public void Configurations() => Fuzz(
        [JsonSerializer.SerializeToUtf8Bytes(new ConfigDocument(2, new string('a', 64), "3da3358b4dc173"), RepositoryJson.Default.ConfigDocument)],
        bytes => RepositoryJson.Read(bytes, RepositoryJson.Default.ConfigDocument, "config"));

    [Fact]
    public void Master_keys() => Fuzz(
        [JsonSerializer.SerializeToUtf8Bytes(new(new(new byte[16], new byte[16]), new byte[32]), RepositoryJson.Default.MasterKeyDocument)],
        bytes => RepositoryJson.Read(bytes, RepositoryJson.Default.MasterKeyDocument, "key/x"));

    [Fact]
    public void Snapshots()
    {
        var snapshot = new Snapshot
        {
            Time = DateTimeOffset.UnixEpoch, Tree = TreeName, Parent = new(default), Paths = ["/a", "/\ud800"], Hostname = "host", Username = "user",
            Tags = ["a"], Excludes = ["b"], ProgramVersion = "holdfast 1", Summary = new() { DataAdded = 5 },
            Marks = new() { Run = 3, Problems = 1, Pin = new("why", DateTimeOffset.UnixEpoch), Trash = new(DateTimeOffset.UnixEpoch, null), Replaces = new(default) },
        };
        Fuzz([JsonSerializer.SerializeToUtf8Bytes(snapshot, RepositoryJson.Default.Snapshot)], bytes =>
        {
            Snapshot read = RepositoryJson.Read(bytes, RepositoryJson.Default.Snapshot, "snapshot/x");
            _ = JsonSerializer.SerializeToUtf8Bytes(read, RepositoryJson.Default.Snapshot);
            read.Paths.ShouldNotBeNull();
            _ = read.DescribePin(DateTimeOffset.UnixEpoch);
            _ = new RunNumbers([new(default, read)]).Next(read.Hostname, read.Paths);
        });
    }

    [Fact]
    public void Locks() => Fuzz(
        [JsonSerializer.SerializeToUtf8Bytes(new(DateTimeOffset.UnixEpoch, true, "host", "user", 5, 0, 0), RepositoryJson.Default.LockDocument)],
        bytes => RepositoryJson.Read(bytes, RepositoryJson.Default.LockDocument, "lock/x"));

    [Fact]
    public void Timestamps() => Fuzz(
        ["2026-11-21T14:00:00.123456789+01:00"u8.ToArray(), "0000-01-01T00:00:00Z"u8.ToArray(), "9999-12-31T23:59:59-12:00"u8.ToArray()],
        bytes =>
        {
            if (Timestamp.TryRead(bytes, out FileTime time))
            {
                Timestamp.Write(time, TimeZoneInfo.Utc, new byte[Timestamp.MaxLength]).ShouldBeInRange(20, Timestamp.MaxLength);
            }
        });

    [Fact]
    public void Quoted_names() => Fuzz(
        ["a\\x00\\u1234\\U0001f600\\n\\\"\\101"u8.ToArray()],
        bytes =>
        {
            if (GoQuote.TryUnquote(bytes, out byte[] name))
            {
                GoQuote.TryUnquote(GoQuote.Quote(name), out byte[] again).ShouldBeTrue();
                again.ShouldBe(name);
            }
        });

    [Fact]
    public void Hashes_and_polynomials() => Fuzz(
        [Encoding.ASCII.GetBytes(new string('a', 64)), "3da3358b4dc173"u8.ToArray()],
        bytes =>
        {
            if (Hash256.TryParse(bytes, out Hash256 hash))
            {
                hash.ToString().ShouldBe(Encoding.ASCII.GetString(bytes).ToLowerInvariant());
            }

            Hash256.TryParse(Encoding.Latin1.GetString(bytes), out Hash256 same).ShouldBe(hash != default);
            same.ShouldBe(hash);
            _ = Polynomial.TryParse(Encoding.Latin1.GetString(bytes), out _);
        });

    [Fact]
    public void Path_texts() => Fuzz(
        ["Grüße 😀"u8.ToArray(), [0xFF, 0xED, 0xB2, 0x80]],
        bytes => PathText.Encode(PathText.Decode(bytes)).ShouldBe(bytes));

    [Fact]
    public void Sealed_documents()
    {
        using var codec = new BlobCodec(MasterKey.Random(), CompressionMode.Auto, canCompress: true);
        byte[] message = codec.EncodeUnpacked(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200))));
        Fuzz([message], bytes => codec.DecodeUnpacked(bytes, "index/x"));
    }

    [Fact]
    public void Documents_that_are_authentic_and_yet_nonsense()
    {
        using var codec = new BlobCodec(MasterKey.Random(), CompressionMode.Auto, canCompress: true);
        byte[] message = codec.EncodeUnpacked(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200))));
        codec.Sealer.TryOpenInPlace(message).ShouldBeTrue();
        byte[] plain = message[Sealer.IvLength..^16];
        Fuzz([plain, [.. plain.AsSpan(0, 5), 0x00, .. plain.AsSpan(6)]], bytes => codec.DecodeUnpacked(codec.Sealer.Seal(bytes), "index/x"), rounds: 1500, most: 2L << 30);
    }

    [Fact]
    public void Key_files_that_ask_for_endless_work_are_refused_at_once()
    {
        (long N, int R, int P)[] greedy = [(1 << 22, 1, 1 << 22), (2, 1, int.MaxValue), (1L << 62, 1, 1), (32768, 8, 100_000), (0, 8, 1), (2, int.MaxValue, int.MaxValue), (-8, 8, 8)];
        foreach ((long n, int r, int p) in greedy)
        {
            var key = new KeyDocument(default, null, null, "scrypt", n, r, p, new byte[64], new byte[100]);
            Should.Throw<BackupException>(() => KeyFile.TryOpen(key, "x", "key/x")).Kind.ShouldBe(BackupErrorKind.Corrupt);
        }
    }

    private static void Fuzz(IEnumerable<byte[]> valid, Action<byte[]> parse, int rounds = Rounds, long most = MostAllocated)
    {
        Random random = Seeded.Random();
        byte[][] documents = [.. valid];
        documents.ShouldNotBeEmpty();
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < rounds && clock.Elapsed < MostTime; i++)
        {
            byte[] input = i < documents.Length ? documents[i]
                : i % 8 == 0 ? random.Bytes(random.Next(300))
                : random.Mutate(documents[random.Next(documents.Length)]);
            string shown = Convert.ToBase64String(input);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                parse([.. input]);
            }
            catch (BackupException e)
            {
                e.Kind.ShouldBeOneOf(BackupErrorKind.Corrupt, BackupErrorKind.Unsupported);
                e.Message.ShouldNotBeNullOrWhiteSpace();
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType()} on {shown}: {e}");
            }

            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(most, shown);
        }
    }
}
