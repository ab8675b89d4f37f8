using Holdfast.Backend;
using Holdfast.Fixtures;
using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>Sources that move, repositories that fail, and users who change their mind.</summary>
public sealed class BackupTroubleTests
{
    [Theory]
    [InlineData("rm b", "b")]
    [InlineData("rm b; mkfifo b", "b")]
    [InlineData("rm b; mkdir b", "b")]
    [InlineData("rm b; ln -s a b", "b")]
    [InlineData("rm b; mknod b c 1 5", "b")] // /dev/zero has no end
    [InlineData("rm -r d", "d")]
    [InlineData("rm -r d; ln -s . d", "d")]
    [InlineData("rm -r d; echo > d", "d")]
    public async Task What_moves_before_it_is_read_is_named_and_the_rest_is_stored(string change, string named)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        foreach (string name in (string[])["a", "b", "c", "d/e"])
        {
            bench.Place(name, name);
        }

        BackupSummary summary = await bench.BackUpAsync(done =>
        {
            if (done == "a")
            {
                Command.RunIn(bench.Source, "sh", "-c", change);
            }
        });

        summary.Problems.ShouldHaveSingleItem().Path.ShouldBe(bench.Source + "/" + named);
        string[] expected = [.. ((string[])["a", "b", "c", "d/", "d/e"]).Where(p => !(p + "/").StartsWith(named + "/"))];
        (await bench.PathsAsync(summary.Tree)).ShouldBe(expected);
        (await bench.TextAsync(summary.Tree, "c")).ShouldBe("c");
        // The next run must not take what was read amid a change for the truth.
        BackupSummary next = await bench.BackUpAsync();
        next.Problems.ShouldBeEmpty();
        (await bench.RestoreAsync(next.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Theory]
    [InlineData("echo more >> b")]
    [InlineData("echo other > b.new; chmod 604 b.new; mv b.new b")]
    [InlineData("mv b ../b.old; echo other > b")]
    [InlineData("ln b ../b.old; echo other > b.new; mv b.new b")]
    public async Task What_changes_between_listing_and_reading_is_stored_as_it_is_when_it_is_read(string change)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("a");
        bench.Place("b");
        BackupSummary summary = await bench.BackUpAsync(done =>
        {
            if (done == "a")
            {
                Command.RunIn(bench.Source, "sh", "-c", change);
            }
        });

        summary.Problems.ShouldBeEmpty();
        (await bench.TextAsync(summary.Tree, "b")).ShouldBe(File.ReadAllText(bench.Source + "/b"));
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_named_and_read_again_by_the_next_run()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        var content = new byte[40 << 20];
        new Random(1).NextBytes(content);
        string path = bench.Place("large");
        File.WriteAllBytes(path, content);
        bench.Backend.Saving = file =>
        {
            // The first pack goes out when a good part of the file is still to be read.
            if (file.Type == FileType.Pack && new FileInfo(path).Length == content.Length)
            {
                File.AppendAllText(path, "more");
            }
        };

        (await bench.BackUpAsync()).Problems.ShouldHaveSingleItem().Path.ShouldBe(path);
        BackupSummary next = await bench.BackUpAsync();
        next.Problems.ShouldBeEmpty();
        (await bench.RestoreAsync(next.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Fact]
    public async Task Folders_nested_deeper_than_calls_can_be_are_stored()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        using (DirectoryHandle source = DirectoryHandle.Open(bench.Source))
        {
            DirectoryHandle at = source;
            for (int i = 0; i < 12_000; i++)
            {
                at.CreateDirectory("d"u8, 0x1C0);
                DirectoryHandle next = at.OpenDirectory("d"u8);
                if (at != source)
                {
                    at.Dispose();
                }

                at = next;
            }

            at.Dispose();
        }

        BackupSummary summary = await bench.BackUpAsync();
        summary.Problems.ShouldBeEmpty();
        summary.Counters.DirsNew.ShouldBeGreaterThan(12_000);
    }

    [Fact]
    public async Task The_programs_own_folders_are_left_out_unless_they_are_named()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("a");
        bench.Place("own/b");
        using DirectoryHandle own = DirectoryHandle.Open(bench.Source + "/own");
        bench.Options = bench.Options with { Excludes = new() { OwnFolders = [own.Status()] } };
        (await bench.PathsAsync((await bench.BackUpAsync()).Tree)).ShouldBe(["a"]);
        bench.Options = bench.Options with { Paths = [bench.Source, bench.Source + "/own"] };
        (await bench.PathsAsync((await bench.BackUpAsync()).Tree)).ShouldBe(["a", "own/", "own/b"]);
    }

    [Fact]
    public async Task The_next_few_files_are_fetched_while_one_is_stored()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string[] paths = [.. "abcdefg".Select(name => bench.Place(name.ToString(), new string(name, 100_000)))];
        Array.ForEach(paths, PageCache.Need);

        var fetched = new List<bool>();
        await bench.BackUpAsync(done =>
        {
            if (done == "a")
            {
                fetched.AddRange(paths[1..5].Select(path => PageCache.Pages(path) >= 25));
                fetched.AddRange(paths[5..].Select(path => PageCache.Pages(path) > 0));
            }
        });
        fetched.ShouldBe([true, true, true, true, false, false]);
    }

    /// <summary>The chunks of small files wait for each other; those of a FIFO do not, because whoever fills it would wait with them.</summary>
    [Fact]
    public async Task A_fifo_between_files_whose_chunks_wait_is_stored_as_what_was_written()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Options = bench.Options with { ReadFifos = true };
        bench.Place("a");
        bench.Place("c");
        byte[] content = TortureTree.Random(5_000_000, 5);
        File.WriteAllBytes(bench.Folder + "/content", content);
        Command.RunIn(bench.Source, "mkfifo", "b", "nobody");
        using var writer = System.Diagnostics.Process.Start("sh", ["-c", $"cat '{bench.Folder}/content' > '{bench.Source}/b'"]);
        bench.Options = bench.Options with { FifoPatience = TimeSpan.FromSeconds(2) };

        BackupSummary summary = await bench.BackUpAsync();

        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        summary.Problems.ShouldHaveSingleItem().Path.ShouldBe(bench.Source + "/nobody");
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        File.ReadAllBytes(bench.Target + "/b").AsSpan().SequenceEqual(content).ShouldBeTrue();
        (await bench.TextAsync(summary.Tree, "a")).ShouldBe("content");
        (await bench.TextAsync(summary.Tree, "c")).ShouldBe("content");
    }

    [Fact]
    public async Task A_listener_that_fails_costs_no_file()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("a");
        bench.Place("b");
        BackupSummary summary = await bench.BackUpAsync(_ => throw new IOException("the log's disk is full"));
        summary.Problems.ShouldBeEmpty();
        (await bench.PathsAsync(summary.Tree)).ShouldBe(["a", "b"]);
        (await bench.BackUpAsync(_ => throw new IOException("still"))).Counters.FilesUnmodified.ShouldBe(2);
    }

    [Fact]
    public async Task A_run_whose_lock_was_removed_writes_no_snapshot()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("a");
        await using RepositoryLock hold = await RepositoryLock.AcquireAsync(bench.Open, exclusive: false, TestContext.Current.CancellationToken);
        foreach (BackendFile file in await bench.FilesAsync(FileType.Lock))
        {
            await bench.Backend.RemoveAsync(file, TestContext.Current.CancellationToken);
        }

        (await Should.ThrowAsync<BackupException>(() => bench.BackUpAsync())).Kind.ShouldBe(BackupErrorKind.Locked);
        (await bench.FilesAsync(FileType.Snapshot)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_left_to_back_up_is_an_error_and_makes_no_snapshot()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Options = bench.Options with { Paths = [bench.Source + "/vanished"] };
        (await Should.ThrowAsync<BackupException>(() => bench.BackUpAsync())).Kind.ShouldBe(BackupErrorKind.NotFound);
        (await bench.FilesAsync(FileType.Snapshot)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_empty_folder_is_something_to_back_up()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        BackupSummary summary = await bench.BackUpAsync();
        summary.Id.ShouldNotBeNull();
        (await bench.PathsAsync(summary.Tree)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_cancelled_run_makes_no_snapshot_and_the_next_uses_what_it_stored(int workers)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Options = bench.Options with { Workers = workers };
        for (int i = 0; i < 10; i++)
        {
            File.WriteAllBytes($"{bench.Source}/{i}", TortureTree.Random(2 << 20, i));
        }

        using var stop = new CancellationTokenSource();
        bench.Backend.Saving = file =>
        {
            if (file.Type == FileType.Pack)
            {
                stop.Cancel();
            }
        };
        await Should.ThrowAsync<OperationCanceledException>(() => bench.BackUpAsync(cancellation: stop.Token));
        (await bench.FilesAsync(FileType.Snapshot)).ShouldBeEmpty();
        (await bench.FilesAsync(FileType.Index)).ShouldNotBeEmpty();

        bench.Backend.Saving = static _ => { };
        BackupSummary summary = await bench.BackUpAsync();
        summary.Counters.TotalBytesProcessed.ShouldBe(20L << 20);
        summary.Counters.DataAdded.ShouldBeLessThan(17 << 20);
        (await bench.RestoreAsync(summary.Tree)).Failures.ShouldBeEmpty();
        TreeListing.Of(bench.Target).ShouldBe(TreeListing.Of(bench.Source));
    }

    [Theory]
    [InlineData(FileType.Pack, BackupErrorKind.NoSpace, 1)]
    [InlineData(FileType.Pack, BackupErrorKind.Unreachable, 4)]
    [InlineData(FileType.Index, BackupErrorKind.NoSpace, 1)]
    [InlineData(FileType.Snapshot, BackupErrorKind.Unreachable, 2)]
    public async Task A_failing_repository_ends_the_run_with_its_own_error(FileType type, BackupErrorKind kind, int workers)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Options = bench.Options with { Workers = workers };
        for (int i = 0; i < 12; i++)
        {
            File.WriteAllBytes($"{bench.Source}/{i}", TortureTree.Random(4 << 20, i));
        }

        bench.Backend.Saving = file =>
        {
            if (file.Type == type)
            {
                throw new BackupException(kind, "as scripted");
            }
        };
        BackupException failure = await Should.ThrowAsync<BackupException>(() => bench.BackUpAsync(countAhead: true));
        (failure.Kind, failure.Message).ShouldBe((kind, "as scripted"));
        (await bench.FilesAsync(FileType.Snapshot)).ShouldBeEmpty();
    }

    [Fact]
    public async Task No_descriptor_stays_open_after_a_run_that_failed()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        for (int i = 0; i < 40; i++)
        {
            bench.Place($"{i}/inner/file", "x");
        }

        using var stop = new CancellationTokenSource();
        await Should.ThrowAsync<OperationCanceledException>(() => bench.BackUpAsync(path => stop.Cancel(), stop.Token));
        Directory.GetFiles("/proc/self/fd").Select(f => new FileInfo(f).LinkTarget).ShouldNotContain(l => l != null && l.StartsWith(bench.Source));
    }

    [Fact]
    public async Task A_stream_is_stored_as_one_file_in_its_folders()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        byte[] content = TortureTree.Random(20_000_000, 5);
        File.WriteAllBytes(bench.Folder + "/stream", content);
        using DirectoryHandle folder = DirectoryHandle.Open(bench.Folder);
        using LinuxFile stream = folder.OpenFile("stream"u8);
        bench.Options = bench.Options with { Paths = [], Sources = [new StandardInputSource(stream, "/dumps/db/crm.sql")] };

        BackupSummary summary = await bench.BackUpAsync();
        (await bench.PathsAsync(summary.Tree, "/")).ShouldBe(["dumps/", "dumps/db/", "dumps/db/crm.sql"]);
        bench.Options.Parent!.Snapshot.Paths.ShouldBe(["/dumps/db/crm.sql"]);
        (summary.Counters.FilesNew, summary.Counters.TotalBytesProcessed).ShouldBe((1, content.Length));
        (await bench.RestoreAsync(summary.Tree, "/dumps/db")).Failures.ShouldBeEmpty();
        File.ReadAllBytes(bench.Target + "/crm.sql").ShouldBe(content);
    }
}
