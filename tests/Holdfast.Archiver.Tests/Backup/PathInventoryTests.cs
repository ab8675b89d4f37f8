using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

public sealed class PathInventoryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Each_path_of_a_plan_says_what_was_captured_of_it_also_when_nothing_has_changed(int workers)
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        bench.Place("web/index", "12345");
        bench.Place("web/img/logo", "123");
        bench.Place("web/cache/x", "left out");
        bench.Place("web/deep/inner/page", "1234567");
        bench.Place("single", "1");
        Directory.CreateSymbolicLink(bench.Source + "/web/link", "img");
        Command.RunIn(bench.Source, "mkfifo", "web/pipe");
        for (int i = 0; i < 40; i++)
        {
            bench.Place($"web/img/many/{i}", "ab");
        }

        bench.Options = bench.Options with
        {
            Plan = "shop",
            Workers = workers,
            Paths = [.. ((string[])["web", "web/deep/inner", "single", "web/link"]).Select(p => $"{bench.Source}/{p}")],
            PlannedPaths = [.. ((string[])["web", "never", "single"]).Select(p => $"{bench.Source}/{p}")],
            Excludes = ExcludeRules.None with { Patterns = new([new PathPattern("cache", ignoreCase: false)]) },
        };
        foreach (BackupSummary summary in (BackupSummary[])[await bench.BackUpAsync(), await bench.BackUpAsync()])
        {
            (await ItemsAsync(bench, summary)).ShouldBe(
            [
                Item(bench, "never") with { Missing = true },
                Item(bench, "single") with { Files = 1, Folders = 0, Others = 0, Bytes = 1, Errors = 0 },
                Item(bench, "web") with { Files = 43, Folders = 5, Others = 2, Bytes = 95, Errors = 0 },
                Item(bench, "web/deep/inner") with { Files = 1, Folders = 1, Others = 0, Bytes = 7, Errors = 0 },
                Item(bench, "web/link") with { Files = 0, Folders = 0, Others = 1, Bytes = 0, Errors = 0 },
            ]);
        }
    }

    [Fact]
    public async Task What_could_not_be_read_is_an_error_of_the_paths_it_lies_in_or_that_lie_in_it()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        foreach (string name in (string[])["a", "b", "c/d/e", "cc/f"])
        {
            bench.Place(name, name);
        }

        bench.Options = bench.Options with { Plan = "shop", Paths = [.. ((string[])["a", "b", "c/d", "cc"]).Select(p => $"{bench.Source}/{p}"), bench.Source] };
        BackupSummary summary = await bench.BackUpAsync(done =>
        {
            if (done == "a")
            {
                Command.RunIn(bench.Source, "rm", "-r", "b", "c");
            }
        });

        (await ItemsAsync(bench, summary)).Select(i => (i.Name[bench.Source.Length..], i.Files, i.Errors)).ShouldBe(
            [(string.Empty, 2L, 2L), ("/a", 1L, 0L), ("/b", 0L, 1L), ("/c/d", 0L, 1L), ("/cc", 1L, 0L)]);
    }

    [Fact]
    public async Task The_root_is_a_path_like_others()
    {
        await using BackupBench bench = await BackupBench.CreateAsync();
        string other = bench.Place("file", "123");
        bench.Options = bench.Options with { Plan = "shop", Paths = ["/", other], Excludes = ExcludeRules.None with { Patterns = new([new PathPattern("/*", ignoreCase: false)]) } };
        (await ItemsAsync(bench, await bench.BackUpAsync())).ShouldBe(
        [
            new("path", "/") { Path = "/", Files = 1, Folders = other.Count(c => c == '/'), Others = 0, Bytes = 3, Errors = 0 },
            new("path", other) { Path = other, Files = 1, Folders = 0, Others = 0, Bytes = 3, Errors = 0 },
        ]);
    }

    private static ManifestItem Item(BackupBench bench, string name) => new("path", $"{bench.Source}/{name}") { Path = $"{bench.Source}/{name}" };

    private static async Task<IReadOnlyList<ManifestItem>> ItemsAsync(BackupBench bench, BackupSummary summary)
    {
        Manifest manifest = (await Manifest.FindAsync(await bench.Open.LoadIndexAsync(null, Cancellation), summary.Tree, Cancellation))!;
        manifest.Sources.Select(s => (s.Name, s.Root)).ShouldBe([(ManifestSource.Files, "/")]);
        return manifest.Sources[0].Items;
    }
}
