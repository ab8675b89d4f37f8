using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>Overwriting, selecting, deleting, verifying, and trying out.</summary>
public sealed class RestoreModeTests : IDisposable
{
    private static readonly DateTime SnapshotTime = DraftRepository.Time.ToDateTimeOffset().UtcDateTime;

    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(OverwriteMode.Always, "new!", "new!", "new!")]
    [InlineData(OverwriteMode.IfChanged, "old!", "new!", "new!")]
    [InlineData(OverwriteMode.IfNewer, "old!", "new!", "old!")]
    [InlineData(OverwriteMode.Never, "old!", "old!", "old!")]
    public async Task Overwrite_modes_decide_by_time(OverwriteMode mode, string sameTime, string olderHere, string newerHere)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(
            await draft.FileAsync("same", "new!"), await draft.FileAsync("older", "new!"), await draft.FileAsync("newer", "new!"), await draft.FileAsync("absent", "new!"));
        Place("same", DraftRepository.Time);
        Place("older", DraftRepository.Time with { Seconds = 1_500_000_000 });
        Place("newer", DraftRepository.Time with { Seconds = 1_700_000_000 });

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target, new() { Overwrite = mode });

        summary.Failures.ShouldBeEmpty();
        _scratch.TextInTarget("same").ShouldBe(sameTime);
        _scratch.TextInTarget("older").ShouldBe(olderHere);
        _scratch.TextInTarget("newer").ShouldBe(newerHere);
        _scratch.TextInTarget("absent").ShouldBe("new!");
        (summary.EntriesRestored + summary.EntriesSkipped).ShouldBe(4);
    }

    [Fact]
    public async Task Equal_content_is_kept_in_place_with_the_metadata_of_the_snapshot()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("file", "equal"));
        string path = _scratch.PlaceInTarget("file", "equal");
        ulong before = Status("file").Inode;

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target);

        summary.BytesRestored.ShouldBe(0);
        summary.BytesSkipped.ShouldBe(5);
        Status("file").Inode.ShouldBe(before);
        File.GetLastWriteTimeUtc(path).ShouldBe(SnapshotTime);
    }

    [Fact]
    public async Task Files_that_the_snapshot_keeps_apart_do_not_stay_one()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("a", "equal"), await draft.FileAsync("b", "equal"));
        _scratch.PlaceInTarget("a", "equal");
        Command.Run("ln", _scratch.Target + "/a", _scratch.Target + "/b");
        (await draft.RestoreAsync(tree, _scratch.Target)).Failures.ShouldBeEmpty();
        Status("a").Inode.ShouldNotBe(Status("b").Inode);
    }

    [Fact]
    public async Task Hard_links_are_made_anew_over_what_is_there()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node a = await draft.FileAsync("a", "one") with { Links = 3, Inode = 7, DeviceId = 1 };
        TreeId tree = await draft.TreeAsync(a, a with { Name = "b"u8.ToArray() }, await draft.DirectoryAsync("c", a));
        _scratch.PlaceInTarget("b", "other");

        for (int i = 0; i < 2; i++)
        {
            (await draft.RestoreAsync(tree, _scratch.Target)).Failures.ShouldBeEmpty();
            Status("a").Links.ShouldBe(3UL);
            Status("b").Inode.ShouldBe(Status("a").Inode);
            Directory.GetFileSystemEntries(_scratch.Target, ".*").ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_file_over_a_full_directory_is_a_failure_unless_deleting()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(
            await draft.FileAsync("empty", "x"), await draft.FileAsync("full", "x"), DraftRepository.Link("link", "goal"));
        Directory.CreateDirectory(_scratch.Target + "/empty");
        _scratch.PlaceInTarget("full/inside", "kept");
        _scratch.PlaceInTarget("link/inside", "kept");

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target);
        summary.Failures.Select(f => f.Path).Order().ShouldBe(["/full", "/link"]);
        _scratch.TextInTarget("empty").ShouldBe("x");
        _scratch.TextInTarget("full/inside").ShouldBe("kept");
        Directory.GetFileSystemEntries(_scratch.Target, ".*").ShouldBeEmpty();

        (await draft.RestoreAsync(tree, _scratch.Target, new() { Delete = true })).Failures.ShouldBeEmpty();
        _scratch.TextInTarget("full").ShouldBe("x");
        new FileInfo(_scratch.Target + "/link").LinkTarget.ShouldBe("goal");
    }

    /// <summary>A file went while the backup ran, and a new one got its inode.</summary>
    [Fact]
    public async Task Names_with_one_inode_are_one_file_only_where_their_content_is_the_same()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node one = await draft.FileAsync("a", "one") with { Links = 3, Inode = 7, DeviceId = 1 };
        Node two = await draft.FileAsync("b", "two") with { Links = 2, Inode = 7, DeviceId = 1 };
        Node goal = DraftRepository.Link("e", "goal") with { Links = 2, Inode = 7, DeviceId = 1 };
        TreeId tree = await draft.TreeAsync(
            one, two, one with { Name = "c"u8.ToArray() }, two with { Name = "d"u8.ToArray() },
            goal, DraftRepository.Link("f", "other goal") with { Links = 2, Inode = 7, DeviceId = 1 });
        (await draft.RestoreAsync(tree, _scratch.Target)).Failures.ShouldBeEmpty();
        string.Join(' ', "abcd".Select(n => _scratch.TextInTarget(n.ToString()))).ShouldBe("one two one two");
        Status("a").Inode.ShouldBe(Status("c").Inode);
        Status("b").Inode.ShouldBe(Status("d").Inode);
        new FileInfo(_scratch.Target + "/f").LinkTarget.ShouldBe("other goal");
    }

    [Fact]
    public async Task A_directory_replaces_a_file()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.DirectoryAsync("d", await draft.FileAsync("f", "x")));
        _scratch.PlaceInTarget("d", "a file");
        RestoreSummary never = await draft.RestoreAsync(tree, _scratch.Target, new() { Overwrite = OverwriteMode.Never });
        never.Failures.Single().Path.ShouldBe("/d");
        (await draft.RestoreAsync(tree, _scratch.Target)).Failures.ShouldBeEmpty();
        _scratch.TextInTarget("d/f").ShouldBe("x");
    }

    [Fact]
    public async Task Only_what_is_selected_is_restored_and_directories_on_the_way_get_their_metadata()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(
            await draft.DirectoryAsync("a", await draft.DirectoryAsync("b", await draft.FileAsync("wanted", "w"), await draft.FileAsync("other", "o"))),
            await draft.DirectoryAsync("unwanted", await draft.FileAsync("x", "x")),
            await draft.DirectoryAsync("passed through", await draft.FileAsync("x", "x")));
        var options = new RestoreOptions
        {
            Select = (path, _) => (path == "/a/b/wanted", path is "/a" or "/a/b" or "/passed through"),
        };

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target, options);

        summary.EntriesTotal.ShouldBe(1);
        TreeListing.Of(_scratch.Target).Select(l => l.Split(' ')[0]).ShouldBe(["a", "a/b", "a/b/wanted"]);
        Status("a").ModifyTime.ShouldBe(DraftRepository.Time);
    }

    [Fact]
    public async Task Delete_removes_what_the_snapshot_lacks_but_nothing_that_is_excluded_or_linked_to()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.DirectoryAsync("d", await draft.FileAsync("f", "x")));
        _scratch.PlaceInTarget("stray/deep/er", "x");
        _scratch.PlaceInTarget("stray2/kept.keep", "x");
        _scratch.PlaceInTarget("stray2/gone", "x");
        _scratch.PlaceInTarget("d/gone", "x");
        _scratch.PlaceInTarget("d/excluded.keep", "x");
        File.WriteAllText(_scratch.Source + "/outside", "x");
        File.CreateSymbolicLink(_scratch.Target + "/d/link", _scratch.Source);
        var options = new RestoreOptions { Delete = true, Select = (path, _) => (!path.EndsWith(".keep"), !path.EndsWith(".keep")) };

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target, options);

        summary.Failures.ShouldBeEmpty();
        TreeListing.Of(_scratch.Target).Select(l => l.Split(' ')[0]).ShouldBe(["d", "d/excluded.keep", "d/f", "stray2", "stray2/kept.keep"]);
        summary.EntriesDeleted.ShouldBe(6);
        File.Exists(_scratch.Source + "/outside").ShouldBeTrue();
        Status("d").ModifyTime.ShouldBe(DraftRepository.Time);
    }

    [Fact]
    public async Task Verify_finds_what_was_changed_since_it_was_written()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("a", "good"), await draft.FileAsync("b", "good"), await draft.FileAsync("left alone", "good"));
        _scratch.PlaceInTarget("left alone", "differs");
        var progress = new RestoreProgress
        {
            PhaseChanged = phase =>
            {
                if (phase == RestorePhase.Verifying)
                {
                    File.WriteAllText(_scratch.Target + "/b", "evil");
                }
            },
        };

        RestoreSummary summary = await draft.RestoreAsync(
            tree, _scratch.Target, new() { Verify = true, Overwrite = OverwriteMode.Never }, progress);

        summary.Failures.Single().Path.ShouldBe("/b");
        summary.FilesVerified.ShouldBe(1);
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_and_counts_the_same()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node linked = await draft.FileAsync("a", "one") with { Links = 2, Inode = 7, DeviceId = 1 };
        TreeId tree = await draft.TreeAsync(
            linked, linked with { Name = "b"u8.ToArray() }, DraftRepository.Link("l", "x"), await draft.DirectoryAsync("d", await draft.FileAsync("f", "x")));
        var dry = new RestoreOptions { DryRun = true, Delete = true };

        RestoreSummary planned = await draft.RestoreAsync(tree, _scratch.Target, dry);
        Directory.Exists(_scratch.Target).ShouldBeFalse();
        RestoreSummary done = await draft.RestoreAsync(tree, _scratch.Target, dry with { DryRun = false });
        planned.EntriesRestored.ShouldBe(done.EntriesRestored);

        _scratch.PlaceInTarget("stray/x", "x");
        _scratch.PlaceInTarget("d/f", "changed");
        string[] before = TreeListing.Of(_scratch.Target);
        var actions = new List<string>();
        var progress = new RestoreProgress
        {
            ItemDone = (action, path, _) =>
            {
                lock (actions)
                {
                    actions.Add($"{action} {path}");
                }
            },
        };
        (await draft.RestoreAsync(tree, _scratch.Target, dry, progress)).EntriesDeleted.ShouldBe(2);
        TreeListing.Of(_scratch.Target).ShouldBe(before);
        actions.ShouldContain("Deleted /stray/x");
        actions.ShouldContain("Updated /d/f");
        actions.ShouldContain("Unchanged /a");
    }

    [Fact]
    public async Task A_blob_that_many_files_share_is_fetched_once()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        byte[] shared = DraftRepository.Random(1 << 20, 1);
        Node[] files = [.. await Task.WhenAll(Enumerable.Range(0, 50).Select(i => draft.FileAsync($"f{i:d2}", shared, shared)))];
        int reads = 0;
        draft.Backend.PackRead = _ => Interlocked.Increment(ref reads);

        RestoreSummary summary = await draft.RestoreAsync(await draft.TreeAsync(files), _scratch.Target);

        summary.Failures.ShouldBeEmpty();
        summary.BytesRestored.ShouldBe(100L << 20);
        File.ReadAllBytes(_scratch.Target + "/f49").ShouldBe([.. shared, .. shared]);
        reads.ShouldBeLessThan(6); // one for the content, few for trees
    }

    [Fact]
    public void An_unknown_overwrite_mode_is_refused() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new RestoreOptions { Overwrite = (OverwriteMode)9 });

    private void Place(string name, FileTime time)
    {
        _scratch.PlaceInTarget(name, "old!");
        using DirectoryHandle target = DirectoryHandle.Open(_scratch.Target);
        target.SetTimes(PathText.Encode(name), time, time);
    }

    private FileStatus Status(string name)
    {
        using DirectoryHandle target = DirectoryHandle.Open(_scratch.Target);
        return target.Status(PathText.Encode(name));
    }
}
