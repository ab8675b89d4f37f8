using Holdfast.Backend;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>Forged snapshots, damaged packs, full disks and Ctrl-C.</summary>
public sealed class RestoreSafetyTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Names_that_are_no_names_are_refused_and_the_rest_is_restored()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node[] forged = [.. await Task.WhenAll(new[] { "", ".", "..", "../escaped", "a/b", "nul\0", "/etc" }.Select(n => draft.FileAsync(n, "evil")))];
        Node up = await draft.DirectoryAsync("../up", await draft.FileAsync("x", "evil"));
        TreeId tree = await draft.TreeAsync([.. forged, up, await draft.FileAsync("good", "good")]);

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target);

        summary.Failures.Count.ShouldBe(forged.Length + 1);
        summary.IsComplete.ShouldBeFalse();
        Directory.GetFileSystemEntries(_scratch.Path, "*", SearchOption.AllDirectories).Order()
            .ShouldBe([_scratch.Source, _scratch.Target, _scratch.Target + "/good"]);
    }

    [Fact]
    public async Task A_link_out_of_the_target_is_replaced_where_the_snapshot_has_a_directory()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.DirectoryAsync("etc", await draft.FileAsync("passwd", "restored")));
        Directory.CreateDirectory(_scratch.Target);
        File.CreateSymbolicLink(_scratch.Target + "/etc", _scratch.Source);

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target);

        summary.Failures.ShouldBeEmpty();
        Directory.GetFileSystemEntries(_scratch.Source).ShouldBeEmpty();
        new DirectoryInfo(_scratch.Target + "/etc").LinkTarget.ShouldBeNull();
        _scratch.TextInTarget("etc/passwd").ShouldBe("restored");
    }

    [Fact]
    public async Task A_snapshot_with_a_link_and_a_directory_of_one_name_writes_nothing_outside()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node link = DraftRepository.Link("x", _scratch.Source);
        Node inner = await draft.DirectoryAsync("x", await draft.FileAsync("evil", "evil"));

        // The writer keeps names apart, so the tree is put together from two.
        string json = System.Text.Encoding.UTF8.GetString(new TreeWriter(TimeZoneInfo.Utc).Encode([link]).Span);
        string other = System.Text.Encoding.UTF8.GetString(new TreeWriter(TimeZoneInfo.Utc).Encode([inner]).Span);
        string both = json.TrimEnd()[..^2] + "," + other["{\"nodes\":[".Length..];
        TreeId tree = await draft.RawTreeAsync(System.Text.Encoding.UTF8.GetBytes(both));

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target);

        summary.IsComplete.ShouldBeFalse();
        Directory.GetFileSystemEntries(_scratch.Source).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_existing_link_in_place_of_a_file_is_replaced_and_its_goal_untouched()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("file", "restored"));
        string outside = _scratch.Source + "/outside";
        File.WriteAllText(outside, "outside!");
        Directory.CreateDirectory(_scratch.Target);
        File.CreateSymbolicLink(_scratch.Target + "/file", outside);

        (await draft.RestoreAsync(tree, _scratch.Target)).Failures.ShouldBeEmpty();

        File.ReadAllText(outside).ShouldBe("outside!");
        _scratch.TextInTarget("file").ShouldBe("restored");
        new FileInfo(_scratch.Target + "/file").LinkTarget.ShouldBeNull();
    }

    [Fact]
    public async Task A_target_that_is_a_link_itself_is_followed()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("file", "restored"));
        File.CreateSymbolicLink(_scratch.Target, _scratch.Source);
        (await draft.RestoreAsync(tree, _scratch.Target)).Failures.ShouldBeEmpty();
        File.ReadAllText(_scratch.Source + "/file").ShouldBe("restored");
    }

    [Fact]
    public async Task A_damaged_blob_loses_its_file_only_and_leaves_what_was_there()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        byte[] whole = DraftRepository.Random(3 << 20, 1);
        byte[] broken = DraftRepository.Random(3 << 20, 2);
        Node lost = await draft.FileAsync("lost", whole, broken) with { Links = 2, Inode = 7, DeviceId = 1 };
        TreeId tree = await draft.TreeAsync(lost, lost with { Name = "lost too"u8.ToArray() }, await draft.FileAsync("good", whole));
        await draft.DamageAsync(lost.Content![1]);
        _scratch.PlaceInTarget("lost", "from before");

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target);

        summary.LostFiles.Order().ShouldBe(["/lost", "/lost too"]);
        summary.Failures.Count.ShouldBe(2);
        summary.Failures[0].Reason.ShouldContain("damaged");
        _scratch.TextInTarget("lost").ShouldBe("from before");
        File.ReadAllBytes(_scratch.Target + "/good").ShouldBe(whole);
        Names().ShouldBe(["good", "lost"]);
    }

    [Fact]
    public async Task Content_of_another_hash_loses_its_file_only_though_its_neighbours_are_proven_with_it()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        byte[][] parts = [.. Enumerable.Range(1, 3).Select(seed => DraftRepository.Random(300_000 + seed, seed))];
        Node good = await draft.FileAsync("good", parts[0]);
        Node forged = await draft.ForgedFileAsync("forged", DraftRepository.Random(300_000, 9));
        Node last = await draft.FileAsync("last", parts[1], parts[2]);
        Node mixed = last with { Name = "mixed"u8.ToArray(), Content = [.. good.Content!, .. forged.Content!, .. last.Content!] };

        RestoreSummary summary = await draft.RestoreAsync(await draft.TreeAsync(good, forged, last, mixed), _scratch.Target);

        summary.LostFiles.Order().ShouldBe(["/forged", "/mixed"]);
        summary.Failures.ShouldAllBe(failure => failure.Reason.Contains("other content", StringComparison.Ordinal));
        File.ReadAllBytes(_scratch.Target + "/good").ShouldBe(parts[0]);
        File.ReadAllBytes(_scratch.Target + "/last").ShouldBe([.. parts[1], .. parts[2]]);
        Names().ShouldBe(["good", "last"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_of_many_pieces_in_any_order_come_back_whole(bool isSparse)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        var random = new Random(3);
        byte[][] pieces = [.. Enumerable.Range(0, 60).Select(i => i % 10 == 0 ? new byte[70_000] : DraftRepository.Random(random.Next(1, i % 4 == 0 ? 700_000 : 9_000), i))];
        var expected = new Dictionary<string, byte[]>();
        var nodes = new List<Node>();
        for (int i = 0; i < 8; i++)
        {
            // Mostly one piece and then the next, as a backup leaves them; some belong to several files, or twice to one.
            byte[][] content = [.. pieces.Skip(6 * i).Take(12), pieces[random.Next(60)], pieces[random.Next(60)]];
            nodes.Add(await draft.FileAsync($"file {i}", content));
            expected.Add($"file {i}", [.. content.SelectMany(p => p)]);
        }

        RestoreSummary summary = await draft.RestoreAsync(await draft.TreeAsync([.. nodes]), _scratch.Target, new() { Sparse = isSparse });

        summary.Failures.ShouldBeEmpty();
        foreach ((string name, byte[] content) in expected)
        {
            File.ReadAllBytes(Path.Combine(_scratch.Target, name)).AsSpan().SequenceEqual(content).ShouldBeTrue(name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_blob_that_is_stored_twice_loses_no_file_while_one_place_is_good(bool isBadSector)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        byte[] twice = DraftRepository.Random(60_000, 1);
        Node file = await draft.FileAsync("file", twice);
        await draft.FlushAsync();
        draft.Indexed.Index.TryFind(file.Content![0], out BlobLocation first).ShouldBeTrue();
        draft.Indexed.Index.Distrust(file.Content[0]);
        await draft.FileAsync("file", twice);
        TreeId tree = await draft.TreeAsync(file);
        if (isBadSector)
        {
            await draft.FlushAsync();
            draft.Backend.PackRead = pack =>
            {
                if (pack.Name == first.Pack.ToString())
                {
                    throw new BackupException(BackupErrorKind.Unreachable, "Input/output error");
                }
            };
        }
        else
        {
            await draft.DamageAsync(file.Content[0]);
        }

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target);
        summary.Failures.ShouldBeEmpty();
        File.ReadAllBytes(Path.Combine(_scratch.Target, "file")).ShouldBe(twice);
    }

    [Fact]
    public async Task A_blob_that_no_index_knows_loses_its_file()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node ghost = await draft.FileAsync("ghost", "x") with { Content = [new(Hash256.Of("never stored"u8))] };
        RestoreSummary summary = await draft.RestoreAsync(await draft.TreeAsync(ghost, await draft.FileAsync("good", "good")), _scratch.Target);
        summary.LostFiles.ShouldBe(["/ghost"]);
        Names().ShouldBe(["good"]);
    }

    [Fact]
    public async Task A_directory_whose_tree_is_damaged_is_a_failure_and_the_rest_is_restored()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node broken = DraftRepository.Plain("broken", NodeType.Dir) with { Subtree = new(Hash256.Of("never stored"u8)) };
        _scratch.PlaceInTarget("broken/kept", "kept");
        RestoreSummary summary = await draft.RestoreAsync(
            await draft.TreeAsync(broken, await draft.FileAsync("good", "good")), _scratch.Target, new() { Delete = true });
        summary.Failures.Single().Path.ShouldBe("/broken");
        _scratch.TextInTarget("broken/kept").ShouldBe("kept");
        Names().ShouldBe(["broken", "broken/kept", "good"]);
    }

    [Fact]
    public async Task Cancelling_leaves_no_temporaries_and_no_half_files()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        byte[][] blobs = [.. Enumerable.Range(0, 6).Select(i => DraftRepository.Random(6 << 20, i))];
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("a", blobs), await draft.FileAsync("b", [.. blobs.Reverse()]));
        using var cancel = new CancellationTokenSource();
        int reads = 0;
        draft.Backend.PackRead = _ =>
        {
            if (Interlocked.Increment(ref reads) == 3)
            {
                cancel.Cancel();
            }
        };

        await Should.ThrowAsync<OperationCanceledException>(() => draft.RestoreAsync(tree, _scratch.Target, cancellation: cancel.Token));

        Names().ShouldBeEmpty();
    }

    [Fact]
    public async Task Cancelling_leaves_no_half_file_of_an_earlier_batch()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node begins = await draft.FileAsync("a", DraftRepository.Random(1 << 20, 1));
        await draft.FlushAsync();
        Node ends = await draft.FileAsync("a", DraftRepository.Random(1 << 20, 2));
        await draft.FlushAsync();
        Node tiny = await draft.FileAsync("b", "tiny");
        await draft.FlushAsync();
        Node last = await draft.FileAsync("z", "of the second batch");
        await draft.FlushAsync();
        Node whole = begins with { Content = [.. begins.Content!, .. ends.Content!], Size = begins.Size + ends.Size };
        TreeId tree = await draft.TreeAsync([whole, last, .. Enumerable.Range(0, 20_000).Select(i => tiny with { Name = PathText.Encode($"b{i}") })]);
        string waitingPack = PackOf(ends), lastPack = PackOf(last);
        using var cancel = new CancellationTokenSource();
        draft.Backend.PackRead = file =>
        {
            if (file.Name == lastPack)
            {
                cancel.Cancel();
            }
            else if (file.Name == waitingPack)
            {
                cancel.Token.WaitHandle.WaitOne(TimeSpan.FromMinutes(1)).ShouldBeTrue();
                throw new OperationCanceledException(cancel.Token); // the restore may not have heard of it yet
            }
        };

        await Should.ThrowAsync<OperationCanceledException>(() => draft.RestoreAsync(tree, _scratch.Target, cancellation: cancel.Token));

        Names().Where(n => !n.StartsWith('b')).ShouldBeEmpty();

        string PackOf(Node file) => draft.Indexed.Index.TryFind(file.Content![0], out BlobLocation place) ? place.Pack.ToString() : string.Empty;
    }

    [Fact]
    public async Task A_full_disk_stops_the_restore_and_leaves_no_half_files()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(
            await draft.FileAsync("small", "small"), await draft.FileAsync("large", DraftRepository.Random(3 << 20, 1), DraftRepository.Random(3 << 20, 2)));
        Directory.CreateDirectory(_scratch.Target);
        Command.Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", _scratch.Target);
        try
        {
            BackupException e = await Should.ThrowAsync<BackupException>(() => draft.RestoreAsync(tree, _scratch.Target));
            e.Kind.ShouldBe(BackupErrorKind.NoSpace);
            Names().Except(["small"]).ShouldBeEmpty();
        }
        finally
        {
            Command.Run("umount", _scratch.Target);
        }
    }

    [Fact]
    public async Task Paths_beyond_what_the_kernel_takes_are_restored()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        string name = new('d', 255);
        Node at = await draft.FileAsync("deepest", "deep");
        const int depth = 400;
        for (int i = 0; i < depth; i++)
        {
            at = await draft.DirectoryAsync(name, at);
        }

        RestoreSummary summary = await draft.RestoreAsync(await draft.TreeAsync(at), _scratch.Target, new() { Verify = true });

        summary.Failures.ShouldBeEmpty();
        summary.EntriesRestored.ShouldBe(depth + 1);
        summary.FilesVerified.ShouldBe(1);
        TreeListing.Of(_scratch.Target).Length.ShouldBe(depth + 1);

        // And away again: the snapshot is empty now.
        summary = await draft.RestoreAsync(await draft.TreeAsync(), _scratch.Target, new() { Delete = true });
        summary.EntriesDeleted.ShouldBe(depth + 1);
        Directory.GetFileSystemEntries(_scratch.Target).ShouldBeEmpty();
    }

    private string[] Names() =>
        [.. Directory.GetFileSystemEntries(_scratch.Target, "*", SearchOption.AllDirectories)
            .Select(p => p[(_scratch.Target.Length + 1)..]).Order(StringComparer.Ordinal)];
}
