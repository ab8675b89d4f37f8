using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>What --delete must not remove, although the snapshot lacks it.</summary>
public sealed class RestoreDeleteTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly List<string> _kept = [];

    public void Dispose() => _scratch.Dispose();

    /// <summary>D53. A backup leaves these folders out, so that a restore meets them as something made since.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_of_the_program_stays_and_what_is_above_it_is_emptied_around_it(bool dryRun)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("f", "x"));
        _scratch.PlaceInTarget("stray/deep/own/pack", "all backups");
        _scratch.PlaceInTarget("stray/deep/gone", "x");
        Directory.CreateSymbolicLink(_scratch.Path + "/other way", _scratch.Target + "/stray/deep/own");

        RestoreSummary summary = await DeleteAsync(draft, tree, new() { OwnFolders = [StatusOf(_scratch.Path + "/other way")], DryRun = dryRun });

        summary.Failures.ShouldBeEmpty();
        summary.EntriesDeleted.ShouldBe(1);
        _scratch.TextInTarget("stray/deep/own/pack").ShouldBe("all backups");
        File.Exists(_scratch.Target + "/stray/deep/gone").ShouldBe(dryRun);
        _kept.ShouldHaveSingleItem().ShouldStartWith("/stray/deep/own: holdfast keeps");
    }

    [Fact]
    public async Task A_folder_of_the_program_that_the_snapshot_has_keeps_what_came_to_it_since()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.DirectoryAsync("state", await draft.DirectoryAsync("sub", await draft.FileAsync("f", "x"))));
        _scratch.PlaceInTarget("state/key", "the only one");
        _scratch.PlaceInTarget("state/sub/key", "the only one");
        (await DeleteAsync(draft, tree, new() { OwnFolders = [StatusOf(_scratch.Target + "/state")] })).EntriesDeleted.ShouldBe(0);
        _scratch.TextInTarget("state/key").ShouldBe("the only one");
        _scratch.TextInTarget("state/sub/key").ShouldBe("the only one");
        _kept.ShouldHaveSingleItem().ShouldStartWith("/state: ");
    }

    [Theory]
    [InlineData("unexpected")]
    [InlineData("expected")]
    [InlineData("")]
    public async Task What_looks_like_a_repository_stays_with_all_in_it(string place)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.DirectoryAsync("expected", await draft.FileAsync("config", "x")));
        foreach (string name in (string[])["config", "keys/one", "data/00/pack", "snapshots/one"])
        {
            _scratch.PlaceInTarget($"{place}/{name}", "x");
        }

        _scratch.PlaceInTarget("gone/x", "x");
        (await DeleteAsync(draft, tree, new())).Failures.ShouldBeEmpty();

        File.Exists($"{_scratch.Target}/{place}/data/00/pack").ShouldBeTrue();
        File.Exists($"{_scratch.Target}/{place}/snapshots/one").ShouldBeTrue();
        File.Exists(_scratch.Target + "/gone/x").ShouldBe(place.Length == 0);
        _kept.ShouldHaveSingleItem().ShouldContain("looks like a repository");
    }

    [Fact]
    public async Task A_target_inside_a_repository_loses_nothing()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("f", "x"));
        _scratch.PlaceInTarget("00/pack", "x");
        await DeleteAsync(draft, tree, new() { OwnFolders = [StatusOf(_scratch.Path)] });
        File.Exists(_scratch.Target + "/00/pack").ShouldBeTrue();
        _kept.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_folder_in_the_way_of_a_file_does_not_give_way_with_a_repository_in_it()
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.FileAsync("name", "x"));
        _scratch.PlaceInTarget("name/own/pack", "x");
        RestoreSummary summary = await DeleteAsync(draft, tree, new() { OwnFolders = [StatusOf(_scratch.Target + "/name/own")] });
        summary.Failures.Single().Path.ShouldBe("/name");
        _scratch.TextInTarget("name/own/pack").ShouldBe("x");
        Directory.GetFiles(_scratch.Target).ShouldBeEmpty();
    }

    /// <summary>After a backup with --one-file-system, a folder on which something is mounted is empty in the snapshot.</summary>
    [Theory]
    [InlineData("data", "-t", "tmpfs", "holdfast-test")]
    [InlineData("data", "--bind", "{source}")]
    [InlineData("unexpected/data", "-t", "tmpfs", "holdfast-test")]
    [InlineData("unexpected/data", "--bind", "{source}")]
    public async Task What_is_mounted_below_the_target_is_left_alone(string place, params string[] what)
    {
        Assert.SkipUnless(Machine.IsRoot, "mounting a file system needs root");
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.DirectoryAsync("data"));
        _scratch.PlaceInTarget("unexpected/gone", "x");
        using var mount = new MountPoint($"{_scratch.Target}/{place}", [.. what.Select(w => w.Replace("{source}", _scratch.Source))]);
        _scratch.PlaceInTarget(place + "/sub/file", "on another disk");

        (await DeleteAsync(draft, tree, new() { Holds = ["/"] })).Failures.ShouldBeEmpty();

        _scratch.TextInTarget(place + "/sub/file").ShouldBe("on another disk");
        File.Exists(_scratch.Target + "/unexpected/gone").ShouldBeFalse();
        _kept.ShouldHaveSingleItem().ShouldStartWith($"/{place}: another file system");
    }

    [Fact]
    public async Task A_mount_that_is_only_the_way_to_what_the_snapshot_holds_is_no_hindrance()
    {
        Assert.SkipUnless(Machine.IsRoot, "mounting a file system needs root");
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        TreeId tree = await draft.TreeAsync(await draft.DirectoryAsync("home", await draft.DirectoryAsync("alice", await draft.FileAsync("f", "x"))));
        using var mount = new MountPoint(_scratch.Target + "/home", "-t", "tmpfs", "holdfast-test");
        _scratch.PlaceInTarget("home/alice/stray", "x");
        (await DeleteAsync(draft, tree, new() { Holds = ["/home/alice"] })).EntriesDeleted.ShouldBe(1);
        _kept.ShouldBeEmpty();
    }

    /// <summary>D54: the stray may be the only copy of what was lost, under another name or in another folder.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_deleted_where_something_could_not_be_restored(bool linked)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        byte[] content = DraftRepository.Random(1 << 20, 1);
        Node lost = await draft.FileAsync("lost", content);
        TreeId tree = await draft.TreeAsync(
            await draft.DirectoryAsync("a", linked ? lost with { Links = 2, Inode = 7 } : lost),
            await draft.DirectoryAsync("b", await draft.FileAsync("good", "x")));
        await draft.DamageAsync(lost.Content![0]);
        _scratch.PlaceInTarget("a/moved", "the only copy");
        _scratch.PlaceInTarget("b/moved", "the only copy");

        RestoreSummary summary = await DeleteAsync(draft, tree, new());

        summary.LostFiles.ShouldBe(["/a/lost"]);
        summary.EntriesDeleted.ShouldBe(0);
        _scratch.TextInTarget("a/moved").ShouldBe("the only copy");
        _scratch.TextInTarget("b/moved").ShouldBe("the only copy");
        _kept.ShouldHaveSingleItem().ShouldContain("not everything could be restored");
        StatusOf(_scratch.Target + "/a").ModifyTime.ShouldBe(DraftRepository.Time);

        (await DeleteAsync(draft, tree, new() { Select = (path, _) => (path != "/a/lost", true) })).EntriesDeleted.ShouldBe(2);
        StatusOf(_scratch.Target + "/a").ModifyTime.ShouldBe(DraftRepository.Time);
    }

    private static FileStatus StatusOf(string path)
    {
        using DirectoryHandle folder = DirectoryHandle.Open(path);
        return folder.Status();
    }

    private Task<RestoreSummary> DeleteAsync(DraftRepository draft, TreeId tree, RestoreOptions options) =>
        draft.RestoreAsync(tree, _scratch.Target, options with { Delete = true }, new() { Kept = (path, reason) => _kept.Add($"{path}: {reason}") });
}
