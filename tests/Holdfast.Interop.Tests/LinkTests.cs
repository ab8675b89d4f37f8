using System.Text;
using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;
using FileMode = Holdfast.Repository.FileMode;

namespace Holdfast.Interop.Tests;

/// <summary>A snapshot in which two files have one inode, as where one went while the backup ran, and left it to the other.</summary>
public sealed class LinkTests : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task What_is_dumped_counted_or_restored_is_one_file_only_where_its_content_is_the_same()
    {
        await DraftAsync();
        (await _bench.HoldfastAsync("restore", "latest", "--target", _bench.Target)).ShouldEnd(0);
        ShouldHoldTwoFiles(_bench.Target);

        string archive = _bench.Folder + "/all.tar", unpacked = _bench.Folder + "/unpacked";
        (await _bench.HoldfastAsync("dump", "latest", "/", "--target", archive)).ShouldEnd(0);
        Directory.CreateDirectory(unpacked);
        Command.Run("tar", "-C", unpacked, "-xf", archive);
        ShouldHoldTwoFiles(unpacked);

        (await _bench.HoldfastAsync("stats", "latest", "--json")).ShouldEnd(0).Number("total_size").ShouldBe("one".Length + "two".Length);
    }

    [Fact]
    public async Task What_is_mounted_is_one_file_only_where_its_content_is_the_same()
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "this machine has no /dev/fuse, so nothing can be mounted: modprobe fuse");
        await DraftAsync();
        string place = Directory.CreateDirectory(_bench.Folder + "/mounted").FullName;
        using System.Diagnostics.Process mount = _bench.Start(Bench.Program, "-r", _bench.Repository, "-p", _bench.PasswordFile, "mount", place);
        try
        {
            (await mount.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull();
            ShouldHoldTwoFiles(place + "/snapshots/latest");
        }
        finally
        {
            Command.Run("kill", "-INT", mount.Id.ToString());
            await mount.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static void ShouldHoldTwoFiles(string folder)
    {
        string.Join(' ', "abcd".Select(n => File.ReadAllText($"{folder}/{n}"))).ShouldBe("one two one two", folder);
        string[] inodes = Command.RunIn(folder, "stat", "-c", "%i", "a", "b", "c", "d").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        inodes[0].ShouldBe(inodes[2], folder);
        inodes[1].ShouldBe(inodes[3], folder);
        inodes[0].ShouldNotBe(inodes[1], folder);
    }

    private async Task DraftAsync()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using OpenRepository open = await Repository.Repository.InitializeAsync(
            new LocalBackend(_bench.Repository), Command.Password, new(), null, cancellation);
        BlobCodec codec = open.RentCodec();
        IndexedRepository indexed = await open.LoadIndexAsync(null, cancellation);
        TreeId tree;
        await using (BlobWriter writer = indexed.StartWriting())
        {
            var nodes = new List<Node>();
            foreach ((string name, string content) in ((string, string)[])[("a", "one"), ("b", "two"), ("c", "one"), ("d", "two")])
            {
                byte[] bytes = Encoding.UTF8.GetBytes(content);
                var id = new BlobId(Hash256.Of(bytes));
                await writer.SaveAsync(id, bytes, codec, cancellation);
                nodes.Add(new()
                {
                    Name = Encoding.UTF8.GetBytes(name), Type = NodeType.File, Mode = FileMode.FromKernel(FileKind.Regular, 0x1A4),
                    Links = 2, Inode = 7, DeviceId = 1, Content = [id], Size = (ulong)bytes.Length,
                });
            }

            ReadOnlyMemory<byte> encoded = new TreeWriter(TimeZoneInfo.Utc).Encode(nodes);
            tree = new(Hash256.Of(encoded.Span));
            await writer.SaveAsync(tree, encoded, codec, cancellation);
            await writer.CompleteAsync(cancellation);
        }

        open.ReturnCodec(codec);
        await open.SaveSnapshotAsync(new() { Time = TimeProvider.System.GetLocalNow(), Tree = tree, Paths = ["/"], Hostname = "here", Username = "me" }, cancellation);
    }
}
