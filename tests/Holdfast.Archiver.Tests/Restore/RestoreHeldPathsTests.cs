using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>Folders that a snapshot has only because they lead to what it holds: nothing beside the way is touched.</summary>
public sealed class RestoreHeldPathsTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("/home/alice/docs", "alice.txt bob etc")]
    [InlineData("home/alice/docs", "alice.txt bob docs/stray docs/sub/stray etc")]
    [InlineData("/somewhere/else", "alice.txt bob docs/stray docs/sub/stray etc")]
    [InlineData("/home/alice/doc", "alice.txt bob docs/stray docs/sub/stray etc")]
    [InlineData("/home/alice/docs/sub/", "alice.txt bob docs/stray etc")]
    [InlineData("/home", "etc")]
    [InlineData("/", "")]
    [InlineData(null, "")]
    [InlineData("", "alice.txt bob docs/stray docs/sub/stray etc")]
    public async Task Delete_stays_at_and_below_what_the_snapshot_holds(string? holds, string kept)
    {
        var strays = new Dictionary<string, string>
        {
            ["alice.txt"] = "home/alice/alice.txt",
            ["bob"] = "home/bob/x",
            ["docs/stray"] = "home/alice/docs/stray",
            ["docs/sub/stray"] = "home/alice/docs/sub/stray/deep",
            ["etc"] = "etc/passwd",
        };
        foreach (string path in strays.Values)
        {
            _scratch.PlaceInTarget(path, "x");
        }

        await using DraftRepository draft = await DraftRepository.CreateAsync();
        RestoreOptions options = new() { Delete = true, Holds = holds is null ? null : holds.Length == 0 ? [] : [holds] };
        RestoreSummary summary = await draft.RestoreAsync(await AliceAsync(draft), _scratch.Target, options);

        summary.Failures.ShouldBeEmpty();
        string.Join(' ', strays.Where(s => File.Exists(_scratch.Target + "/" + s.Value)).Select(s => s.Key)).ShouldBe(kept);
        _scratch.TextInTarget("home/alice/docs/sub/f").ShouldBe("f");
    }

    [Fact]
    public async Task Delete_in_a_folder_of_the_snapshot_goes_by_the_paths_of_the_whole()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId sub = await draft.TreeAsync(await draft.FileAsync("f", "f"));
        await draft.FlushAsync();
        foreach ((string folder, bool stays) in new[] { ("/home/alice/docs/sub", false), ("/home/alice", true) })
        {
            string stray = _scratch.PlaceInTarget("stray", "x");
            var restorer = new Restorer(draft.Indexed, new() { Delete = true, Holds = ["/home/alice/docs"] }, new());
            await restorer.RestoreAsync(sub, folder, _scratch.Target, TestContext.Current.CancellationToken);
            File.Exists(stray).ShouldBe(stays);
        }
    }

    [Fact]
    public async Task A_full_folder_outside_what_is_held_does_not_give_way_to_a_file()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("name", "x"));
        _scratch.PlaceInTarget("name/inside", "kept");
        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target, new() { Delete = true, Holds = ["/elsewhere"] });
        summary.Failures.Single().Path.ShouldBe("/name");
        _scratch.TextInTarget("name/inside").ShouldBe("kept");
    }

    [Theory]
    [InlineData("usr/lib", false)]
    [InlineData("usr/../usr/./lib/", false)]
    [InlineData("hop", false)]
    [InlineData("usr/lib", true)]
    public async Task A_link_on_the_way_is_followed_inside_the_target(string link, bool delete)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        _scratch.PlaceInTarget("usr/lib/libc.so", "libc");
        _scratch.PlaceInTarget("usr/lib/modules/stray", "x");
        File.CreateSymbolicLink(_scratch.Target + "/lib", link);
        File.CreateSymbolicLink(_scratch.Target + "/hop", "usr/hop");
        File.CreateSymbolicLink(_scratch.Target + "/usr/hop", "../usr/lib");
        FileTime before = Status("usr/lib").ModifyTime;

        RestoreOptions options = new() { Verify = true, Delete = delete, Holds = ["/lib/modules"] };
        foreach (bool dryRun in new[] { true, false })
        {
            (await draft.RestoreAsync(await ModulesAsync(draft), _scratch.Target, options with { DryRun = dryRun })).Failures.ShouldBeEmpty();
            File.Exists(_scratch.Target + "/usr/lib/modules/6.1/driver").ShouldBe(!dryRun);
        }

        new FileInfo(_scratch.Target + "/lib").LinkTarget.ShouldBe(link);
        Status("usr/lib").ModifyTime.ShouldBe(before);
        Status("usr/lib/modules").ModifyTime.ShouldBe(DraftRepository.Time);
        _scratch.TextInTarget("usr/lib/modules/6.1/driver").ShouldBe("driver");
        _scratch.TextInTarget("usr/lib/libc.so").ShouldBe("libc");
        File.Exists(_scratch.Target + "/usr/lib/modules/stray").ShouldBe(!delete);
        (await draft.RestoreAsync(await ModulesAsync(draft), _scratch.Target, options)).FilesVerified.ShouldBe(1);
    }

    [Theory]
    [InlineData("{source}")]
    [InlineData("/")]
    [InlineData("../source")]
    [InlineData("out/inner")]
    [InlineData("nowhere")]
    [InlineData("file")]
    [InlineData("lib")]
    public async Task A_link_on_the_way_that_leads_elsewhere_is_left_alone_and_named(string link)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await ModulesAsync(draft);
        link = link.Replace("{source}", _scratch.Source);
        Directory.CreateDirectory(_scratch.Source + "/inner");
        _scratch.PlaceInTarget("file", "x");
        File.CreateSymbolicLink(_scratch.Target + "/out", "../source");
        File.CreateSymbolicLink(_scratch.Target + "/lib", link);

        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target, new() { Delete = true, Verify = true, Holds = ["/lib/modules"] });

        summary.Failures.Single().Path.ShouldBe("/lib");
        summary.Failures[0].Reason.ShouldContain("is a link");
        new FileInfo(_scratch.Target + "/lib").LinkTarget.ShouldBe(link);
        Directory.GetFileSystemEntries(_scratch.Source, "*", SearchOption.AllDirectories).ShouldBe([_scratch.Source + "/inner"]);
    }

    [Fact]
    public async Task A_link_of_another_user_on_the_way_is_left_alone()
    {
        Assert.SkipUnless(Machine.IsRoot, "only root can give a link away");
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await ModulesAsync(draft);
        Directory.CreateDirectory(_scratch.Target + "/usr/lib");
        File.CreateSymbolicLink(_scratch.Target + "/lib", "usr/lib");
        Command.Run("chown", "-h", "12345", _scratch.Target + "/lib");
        RestoreSummary summary = await draft.RestoreAsync(tree, _scratch.Target, new() { Holds = ["/lib/modules"] });
        summary.Failures.Single().Path.ShouldBe("/lib");
        Directory.GetFileSystemEntries(_scratch.Target + "/usr/lib").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_link_in_place_of_a_folder_that_is_held_is_replaced()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await ModulesAsync(draft);
        Directory.CreateDirectory(_scratch.Target + "/usr/lib");
        File.CreateSymbolicLink(_scratch.Target + "/lib", "usr/lib");
        (await draft.RestoreAsync(tree, _scratch.Target, new() { Holds = ["/lib"] })).Failures.ShouldBeEmpty();
        new FileInfo(_scratch.Target + "/lib").LinkTarget.ShouldBeNull();
        Directory.GetFileSystemEntries(_scratch.Target + "/usr/lib").ShouldBeEmpty();
    }

    private static async Task<TreeId> AliceAsync(DraftRepository draft) => await draft.TreeAsync(
        await draft.DirectoryAsync("home", await draft.DirectoryAsync("alice", await draft.DirectoryAsync("docs",
            await draft.DirectoryAsync("sub", await draft.FileAsync("f", "f"))))));

    private static async Task<TreeId> ModulesAsync(DraftRepository draft) => await draft.TreeAsync(
        await draft.DirectoryAsync("lib", await draft.DirectoryAsync("modules", await draft.DirectoryAsync("6.1", await draft.FileAsync("driver", "driver")))));

    private FileStatus Status(string path)
    {
        using DirectoryHandle folder = DirectoryHandle.Open(_scratch.Target + "/" + Path.GetDirectoryName(path));
        return folder.Status(PathText.Encode(Path.GetFileName(path)));
    }
}
