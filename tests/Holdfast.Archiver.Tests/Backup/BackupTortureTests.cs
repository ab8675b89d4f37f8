using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>What is backed up comes back as it was, to the last attribute.</summary>
public sealed class BackupTortureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Everything_a_Linux_file_is_is_stored(int workers)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        TortureTree.Make(bench.Source);
        bench.Options = bench.Options with { Workers = workers };
        BackupSummary summary = await bench.BackUpAsync(countAhead: true);

        summary.Problems.ShouldBeEmpty();
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
        if (bench.Progress.TotalIsKnown)
        {
            bench.Progress.FilesTotal.ShouldBe(bench.Progress.FilesDone);
            bench.Progress.BytesTotal.ShouldBe(bench.Progress.BytesDone);
        }
    }

    [Fact]
    public async Task The_number_of_workers_makes_no_difference()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        TortureTree.Make(bench.Source);
        BackupSummary one = await bench.BackUpAsync();
        bench.Options = bench.Options with { Workers = 7, Parent = null };
        BackupSummary many = await bench.BackUpAsync();
        (await bench.SourceTreeAsync(many.Tree)).ShouldBe(await bench.SourceTreeAsync(one.Tree));
        many.Counters.DataBlobs.ShouldBe(0);
    }

    [Fact]
    public async Task Chunks_of_several_files_that_wait_for_each_other_become_those_of_their_files()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        foreach ((string name, int length) in ((string, int)[])[("a", 9 << 20), ("b", 0), ("c", 1), ("d", 20 << 20), ("e", 3 << 20), ("f", 8 << 20)])
        {
            File.WriteAllBytes(bench.Place(name), TortureTree.Random(length, length));
            for (int i = 0; i < 40; i++)
            {
                File.WriteAllBytes(bench.Place($"{name}{i}"), TortureTree.Random(length % 1000 + (i * 4001), i));
            }
        }

        // The same byte over and over has chunks of the largest size: they fill the buffer in which others wait.
        var large = new byte[30 << 20];
        Array.Fill(large, (byte)'x');
        File.WriteAllBytes(bench.Place("d5"), large);
        BackupSummary first = await bench.BackUpAsync();
        (await bench.RestoreAsync(first.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
        foreach (int workers in (int[])[2, 5])
        {
            bench.Options = bench.Options with { Workers = workers, Parent = null };
            BackupSummary again = await bench.BackUpAsync();
            (await bench.SourceTreeAsync(again.Tree)).ShouldBe(await bench.SourceTreeAsync(first.Tree), $"with {workers} workers");
        }
    }

    [Fact]
    public async Task A_path_longer_than_the_kernel_takes_is_stored()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        byte[] name = [.. Enumerable.Repeat((byte)'d', 255)];
        DirectoryHandle at = DirectoryHandle.Open(bench.Source);
        for (int i = 0; i < 30; i++)
        {
            at.CreateDirectory(name, 0x1ED);
            DirectoryHandle below = at.OpenDirectory(name);
            at.Dispose();
            at = below;
        }

        using (LinuxFile file = at.CreateFile("deepest"u8, 0x1A4))
        {
            file.Write("deep"u8);
        }

        at.CreateSymbolicLink("link"u8, "deepest"u8);
        at.SetAttribute("deepest"u8, new("user.deep"u8.ToArray(), [1]));
        at.Dispose();
        BackupSummary summary = await bench.BackUpAsync();
        summary.Problems.ShouldBeEmpty();
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
        (await bench.SourceTreeAsync((await bench.BackUpAsync()).Tree)).ShouldBe(await bench.SourceTreeAsync(summary.Tree));
    }

    [Fact]
    public async Task Sockets_are_left_out_without_a_word()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("file");
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(bench.Source + "/socket"));
        BackupSummary summary = await bench.BackUpAsync();
        summary.Problems.ShouldBeEmpty();
        (await bench.PathsAsync(summary.Tree)).ShouldBe(["file"]);
    }

    [Fact]
    public async Task Access_times_are_stored_where_wanted()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("file");
        File.SetLastWriteTimeUtc(path, new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        File.SetLastAccessTimeUtc(path, new(2010, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Node node = await bench.NodeAsync((await bench.BackUpAsync()).Tree, "file");
        node.AccessTime.ShouldBe(node.ModifyTime);
        bench.Options = bench.Options with { WithAccessTime = true };
        node = await bench.NodeAsync((await bench.BackUpAsync()).Tree, "file");
        node.AccessTime.ToDateTimeOffset().Year.ShouldBe(2010);
    }
}
