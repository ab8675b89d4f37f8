using System.IO.MemoryMappedFiles;
using Holdfast.Backend;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>The second backup: what is unchanged costs nothing, what is changed is never missed.</summary>
public sealed class BackupAgainTests
{
    [Fact]
    public async Task An_unchanged_tree_adds_nothing()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        TortureTree.Make(bench.Source);
        BackupSummary first = await bench.BackUpAsync();
        BackupSummary second = await bench.BackUpAsync();

        (await bench.SourceTreeAsync(second.Tree)).ShouldBe(await bench.SourceTreeAsync(first.Tree));
        SnapshotSummary c = second.Counters;
        (c.FilesNew, c.FilesChanged, c.DirsNew, c.DataBlobs).ShouldBe((0, 0, 0, 0));
        c.TreeBlobs.ShouldBeLessThanOrEqualTo(2); // the root and the folder for temporary files, where others work, too
        c.DirsUnmodified.ShouldBeGreaterThanOrEqualTo(first.Counters.DirsNew - 2);
        c.FilesUnmodified.ShouldBe(first.Counters.FilesNew);
        c.TotalBytesProcessed.ShouldBe(first.Counters.TotalBytesProcessed);
    }

    [Fact]
    public async Task No_snapshot_is_written_where_nothing_changed_and_that_is_to_be_skipped()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("file");
        BackupSummary first = await bench.BackUpAsync();
        bench.Options = bench.Options with { SkipIfUnchanged = true };
        BackupSummary second = await bench.BackUpAsync();
        (second.Id is null).ShouldBe(second.Tree == first.Tree); // others work in the folder for temporary files, too
        bench.Place("other");
        (await bench.BackUpAsync()).Id.ShouldNotBeNull();
    }

    [Fact]
    public async Task An_edit_hidden_behind_the_old_time_and_size_is_found()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("file", "before");
        Command.Run("touch", "-r", path, bench.Folder + "/time");
        await bench.BackUpAsync();
        File.WriteAllText(path, "after!");
        Command.Run("touch", "-r", bench.Folder + "/time", path);

        BackupSummary summary = await bench.BackUpAsync();
        summary.Counters.FilesChanged.ShouldBe(1);
        (await bench.TextAsync(summary.Tree, "file")).ShouldBe("after!");
    }

    [Fact]
    public async Task The_same_edit_goes_unseen_with_ctime_ignored_and_is_seen_when_forced()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("file", "before");
        Command.Run("touch", "-d", "1 hour ago", path, bench.Folder + "/time");
        await bench.BackUpAsync();
        File.WriteAllText(path, "after!");
        Command.Run("touch", "-r", bench.Folder + "/time", path);

        bench.Options = bench.Options with { IgnoreChangeTime = true };
        BackupSummary summary = await bench.BackUpAsync();
        summary.Counters.FilesUnmodified.ShouldBe(1);
        (await bench.TextAsync(summary.Tree, "file")).ShouldBe("before");

        bench.Options = bench.Options with { Force = true };
        summary = await bench.BackUpAsync();
        summary.Counters.FilesUnmodified.ShouldBe(0);
        (await bench.TextAsync(summary.Tree, "file")).ShouldBe("after!");
    }

    [Fact]
    public async Task A_write_through_a_mapping_that_gives_no_new_time_is_found()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("file", "before");
        using var mapping = MemoryMappedFile.CreateFromFile(path, System.IO.FileMode.Open);
        using MemoryMappedViewAccessor view = mapping.CreateViewAccessor();
        view.Write(0, (byte)'B'); // the page is dirty now, and the file has its time
        await bench.BackUpAsync();
        view.Write(1, (byte)'E');

        BackupSummary summary = await bench.BackUpAsync();
        summary.Counters.FilesChanged.ShouldBe(1);
        (await bench.TextAsync(summary.Tree, "file")).ShouldBe("BEfore");
    }

    [Theory]
    [InlineData(-10, -5, false)] // the parent was over before the file got its time: that clock is wrong, or was
    [InlineData(-1, 0, true)]
    [InlineData(0, 5, true)]
    [InlineData(5, 10, false)]
    public async Task What_had_its_time_well_before_the_parent_or_after_it_is_not_read_again(int start, int end, bool again)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("file", "before");
        Command.Run("touch", "-r", path, bench.Folder + "/time");
        await bench.BackUpAsync();
        File.WriteAllText(path, "after!");
        Command.Run("touch", "-r", bench.Folder + "/time", path);

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        StoredSnapshot parent = bench.Options.Parent!;
        SnapshotSummary when = parent.Snapshot.Summary! with { BackupStart = now.AddMinutes(start), BackupEnd = now.AddMinutes(end) };
        bench.Options = bench.Options with { IgnoreChangeTime = true, Parent = parent with { Snapshot = parent.Snapshot with { Summary = when } } };
        BackupSummary summary = await bench.BackUpAsync();
        (await bench.TextAsync(summary.Tree, "file")).ShouldBe(again ? "after!" : "before");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_of_another_inode_is_read_unless_that_is_ignored(bool ignore)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("file");
        await bench.BackUpAsync();
        Command.Run("cp", "-a", path, path + ".new");
        Command.Run("mv", path + ".new", path);
        bench.Options = bench.Options with { IgnoreChangeTime = true, IgnoreInode = ignore };
        BackupSummary summary = await bench.BackUpAsync();
        summary.Counters.FilesChanged.ShouldBe(ignore ? 0 : 1);
        summary.Counters.DataBlobs.ShouldBe(0);
        summary.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Touched_metadata_makes_a_new_node_of_old_content()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("file");
        await bench.BackUpAsync();
        Command.Run("chmod", "4711", path);
        Command.Run("setfattr", "-n", "user.late", "-v", "1", path);
        bench.Options = bench.Options with { IgnoreChangeTime = true };
        BackupSummary summary = await bench.BackUpAsync();

        (summary.Counters.FilesUnmodified, summary.Counters.DataBlobs).ShouldBe((1, 0));
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Fact]
    public async Task A_damaged_tree_of_the_parent_costs_reading_and_is_healed()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("folder/file");
        bench.Place("other/file");
        BackupSummary first = await bench.BackUpAsync();
        await bench.DamageAsync((await bench.NodeAsync(first.Tree, "folder")).Subtree!.Value);

        BackupSummary second = await bench.BackUpAsync();
        (await bench.SourceTreeAsync(second.Tree)).ShouldBe(await bench.SourceTreeAsync(first.Tree));
        second.Problems.ShouldBeEmpty();
        (second.Counters.FilesNew, second.Counters.FilesUnmodified, second.Counters.DataBlobs).ShouldBe((1, 1, 0));
        bench.Warnings.ShouldHaveSingleItem().ShouldContain(bench.Source + "/folder anew");

        (await bench.RestoreAsync(second.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Theory]
    [InlineData(BackupErrorKind.NotFound)]
    [InlineData(BackupErrorKind.Unreachable)]
    public async Task Where_a_pack_of_trees_is_lost_all_of_them_are_stored_again(BackupErrorKind how)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("folder/inner/file");
        bench.Place("other/file");
        BackupSummary first = await bench.BackUpAsync();
        (await bench.Open.LoadIndexAsync(null, TestContext.Current.CancellationToken)).Index.TryFind(first.Tree, out BlobLocation place).ShouldBeTrue();
        bench.Backend.TreesRead = file =>
        {
            if (file.Name == place.Pack.ToString())
            {
                throw new BackupException(how, "gone");
            }
        };
        BackupSummary second = await bench.BackUpAsync();
        second.Counters.DataBlobs.ShouldBe(0);
        (await bench.RestoreAsync(second.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Fact]
    public async Task A_folder_that_was_emptied_is_empty_though_its_old_tree_is_damaged()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string file = bench.Place("folder/file");
        BackupSummary first = await bench.BackUpAsync();
        TreeId damaged = (await bench.NodeAsync(first.Tree, "folder")).Subtree!.Value;
        await bench.DamageAsync(damaged);
        File.Delete(file);
        BackupSummary second = await bench.BackUpAsync();
        (await bench.NodeAsync(second.Tree, "folder")).Subtree.ShouldNotBe(damaged);
        (await bench.RestoreAsync(second.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Fact]
    public async Task Content_that_no_index_names_is_stored_again()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("file");
        await bench.BackUpAsync();
        foreach (BackendFile index in await bench.FilesAsync(FileType.Index))
        {
            await bench.Backend.RemoveAsync(index, TestContext.Current.CancellationToken);
        }

        BackupSummary summary = await bench.BackUpAsync();
        summary.Counters.DataBlobs.ShouldBe(1);
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Theory]
    [InlineData("rm -r {0} && mkdir {0} && echo 1 > {0}/inside")]
    [InlineData("rm {0} && mkfifo {0}")]
    [InlineData("rm {0} && ln -s elsewhere {0}")]
    public async Task What_turns_into_something_else_is_stored_as_what_it_is(string change)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string path = bench.Place("entry");
        await bench.BackUpAsync();
        Command.Run("sh", "-c", string.Format(change, path));
        BackupSummary summary = await bench.BackUpAsync();
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_and_counts_the_same()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        TortureTree.Make(bench.Source);
        int saves = bench.Backend.Saves;
        bench.Options = bench.Options with { DryRun = true };
        BackupSummary dry = await bench.BackUpAsync();
        bench.Backend.Saves.ShouldBe(saves);
        dry.Id.ShouldBeNull();

        bench.Options = bench.Options with { DryRun = false };
        BackupSummary wet = await bench.BackUpAsync();
        (wet.Counters.DataBlobs, wet.Counters.TreeBlobs, wet.Counters.FilesNew, wet.Counters.DirsNew)
            .ShouldBe((dry.Counters.DataBlobs, dry.Counters.TreeBlobs, dry.Counters.FilesNew, dry.Counters.DirsNew));
    }
}
