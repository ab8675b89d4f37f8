namespace Holdfast.Archiver.Tests;

/// <summary>Which paths are stored: those named, all below them, less what is excluded.</summary>
public sealed class TargetTests
{
    private static readonly string[] All = ["a/", "a/b/", "a/b/c/", "a/b/c/deep", "a/b/f", "a/f", "z"];

    [Theory]
    [InlineData("a,z", "", "a/ a/b/ a/b/c/ a/b/c/deep a/b/f a/f z")]
    [InlineData("a/b/c", "", "a/ a/b/ a/b/c/ a/b/c/deep")]
    [InlineData("a/f,a/b/f", "", "a/ a/b/ a/b/f a/f")]
    [InlineData("a,a/b/c", "", "a/ a/b/ a/b/c/ a/b/c/deep a/b/f a/f")] // what lies between two paths named is wanted, too
    [InlineData(",a/b/c/deep", "", "a/ a/b/ a/b/c/ a/b/c/deep a/b/f a/f z")]
    [InlineData("a,a/b/c", "b", "a/ a/b/ a/b/c/ a/b/c/deep a/f")] // unless it is excluded
    [InlineData("a,a/b/c", "/**/b/c", "a/ a/b/ a/b/c/ a/b/c/deep a/b/f a/f")]
    [InlineData("a/b/c", "a", "a/ a/b/ a/b/c/ a/b/c/deep")] // patterns on or above a path named are overruled
    [InlineData("a/b/c", "c", "a/ a/b/ a/b/c/ a/b/c/deep")]
    [InlineData("a/b", "f", "a/ a/b/ a/b/c/ a/b/c/deep")]
    [InlineData("a/b/f", "f", "a/ a/b/ a/b/f")]
    [InlineData("", "b;f", "a/ z")]
    [InlineData("", "a/*;!a/f", "a/ a/f z")]
    [InlineData("", "Z;DEEP", "a/ a/b/ a/b/c/ a/b/c/deep a/b/f a/f z")]
    public async Task Named_paths_and_excludes_decide(string targets, string excludes, string expected)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        Array.ForEach([.. All.Where(p => !p.EndsWith('/'))], p => bench.Place(p));
        bench.Options = bench.Options with
        {
            Paths = [.. targets.Split(',').Select(t => (bench.Source + "/" + t).TrimEnd('/'))],
            Excludes = new() { Patterns = new(excludes.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => new PathPattern(p, false))) },
        };
        BackupSummary summary = await bench.BackUpAsync();
        (await bench.PathsAsync(summary.Tree)).ShouldBe(expected.Split(' '));
        summary.Problems.ShouldBeEmpty();
        (await bench.SourceTreeAsync((await bench.BackUpAsync()).Tree)).ShouldBe(await bench.SourceTreeAsync(summary.Tree));
    }

    [Fact]
    public async Task Marked_and_large_content_is_left_out()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# more");
        bench.Place("cache/sub/left out");
        bench.Place("cache/named/inside");
        bench.Place("no cache/CACHEDIR.TAG", "Signature: other");
        bench.Place("no cache/file");
        bench.Place("marked/.nobackup", string.Empty);
        bench.Place("marked/left out");
        bench.Place("small", new('x', 100));
        bench.Place("large", new('x', 101));
        bench.Place("large folder/large too", new('x', 101));
        bench.Options = bench.Options with
        {
            Paths = [bench.Source, bench.Source + "/cache/named", bench.Source + "/large folder/large too"],
            Excludes = new() { Markers = [ExcludeMarker.CacheTag, ExcludeMarker.Parse(".nobackup")], LargerThan = 100 },
        };
        (await bench.PathsAsync((await bench.BackUpAsync()).Tree)).ShouldBe(
            ["cache/", "cache/CACHEDIR.TAG", "cache/named/", "cache/named/inside", "large folder/", "large folder/large too",
             "marked/", "marked/.nobackup", "no cache/", "no cache/CACHEDIR.TAG", "no cache/file", "small"]);
    }

    [Fact]
    public async Task A_path_through_a_link_is_stored_where_it_was_named()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("real/inside/file");
        bench.Place("real/not named");
        Command.Run("ln", "-s", "real", bench.Source + "/link");

        bench.Options = bench.Options with { Paths = [bench.Source + "/link/inside"] };
        (await bench.PathsAsync((await bench.BackUpAsync()).Tree)).ShouldBe(["link/", "link/inside/", "link/inside/file"]);

        bench.Options = bench.Options with { Paths = [bench.Source + "/link"] };
        (await bench.PathsAsync((await bench.BackUpAsync()).Tree)).ShouldBe(["link"]);

        bench.Options = bench.Options with { Paths = [bench.Source, bench.Source + "/link/inside"] };
        (await bench.PathsAsync((await bench.BackUpAsync()).Tree)).ShouldBe(
            ["link/", "link/inside/", "link/inside/file", "real/", "real/inside/", "real/inside/file", "real/not named"]);
    }

    [Theory]
    [InlineData(false, "mount", "mount/ mount/file z")]
    [InlineData(true, "", "mount/ z")]
    [InlineData(true, "mount", "mount/ mount/file z")] // a path named is wanted with its own file system
    [InlineData(true, "mount/file", "mount/ mount/file z")]
    public async Task One_file_system_stops_at_mount_points_that_were_not_named(bool one, string named, string expected)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("z");
        using var mount = new MountPoint(bench.Source + "/mount", "-t", "tmpfs", "-o", "size=1m", "none");
        bench.Place("mount/file");
        bench.Options = bench.Options with { OneFileSystem = one, Paths = [bench.Source, .. named.Length > 0 ? [bench.Source + "/" + named] : Array.Empty<string>()] };
        (await bench.PathsAsync((await bench.BackUpAsync(countAhead: true)).Tree)).ShouldBe(expected.Split(' '));
    }

    [Fact]
    public async Task A_view_into_the_kernel_is_an_empty_folder_unless_named()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("z");
        using var mount = new MountPoint(bench.Source + "/kernel", "--rbind", "/proc/sys/kernel/random");
        BackupSummary summary = await bench.BackUpAsync(countAhead: true);
        (await bench.PathsAsync(summary.Tree)).ShouldBe(["kernel/", "z"]);
        bench.Options = bench.Options with { Paths = [bench.Source, bench.Source + "/kernel/boot_id"] };
        (await bench.PathsAsync((await bench.BackUpAsync()).Tree)).ShouldBe(["kernel/", "kernel/boot_id", "z"]);
    }

    [Theory]
    [InlineData("/", "/")]
    [InlineData("//", "/")]
    [InlineData("/..", "/")]
    [InlineData("/a/./b//c/", "/a/b/c")]
    [InlineData("/a/../../b", "/b")]
    [InlineData("x", "/home/me/x")]
    [InlineData(".", "/home/me")]
    [InlineData("../you/", "/home/you")]
    [InlineData("...", "/home/me/...")]
    [InlineData(" ", "/home/me/ ")]
    public void Paths_are_made_absolute_and_clean(string path, string expected) => TargetPath.Clean(path, "/home/me").ShouldBe(expected);
}
