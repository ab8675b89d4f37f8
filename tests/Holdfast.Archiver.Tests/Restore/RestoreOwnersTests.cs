using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>To whom files come back. As root: nobody else can give files away.</summary>
public sealed class RestoreOwnersTests : IDisposable
{
    private const uint Foreign = 54321; // nobody's here

    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(false, Foreign, Foreign)]
    [InlineData(true, 1u, 2u)]
    public async Task By_number_or_by_name(bool byName, uint user, uint group)
    {
        (await RestoreAsync(byName, "daemon", "bin")).ShouldBeEmpty();
        foreach (string name in (string[])["file", "folder", "link", "fifo"])
        {
            Owner(name).ShouldBe((user, group), name);
        }
    }

    [Fact]
    public async Task What_is_there_already_changes_its_owner()
    {
        _scratch.PlaceInTarget("file", "content");
        await RestoreAsync(byName: true, "daemon", "bin");
        Owner("file").ShouldBe((1u, 2u));
    }

    [Fact]
    public async Task A_name_that_is_unknown_here_leaves_the_number_and_is_told_of_once()
    {
        (await RestoreAsync(byName: true, "nobody-has-this-name", "bin", uid: 1)).ShouldBe(
            ["this machine has no user nobody-has-this-name: what belonged to it gets its number, 1, which is daemon here"]);
        Owner("file").ShouldBe((1u, 2u));
        (await RestoreAsync(byName: true, "daemon", "no-group")).ShouldBe(["this machine has no group no-group: what belonged to it gets its number, 54321"]);
        Owner("file").ShouldBe((1u, Foreign));
    }

    [Fact]
    public async Task Without_a_name_the_number_stays()
    {
        (await RestoreAsync(byName: true, string.Empty, string.Empty)).ShouldBeEmpty();
        Owner("file").ShouldBe((Foreign, Foreign));
    }

    [Fact]
    public async Task Of_what_is_not_selected_nothing_is_told() =>
        (await RestoreAsync(byName: true, "nobody-has-this-name", "bin", selects: (_, _) => (false, true))).ShouldBeEmpty();

    /// <summary>Returns what was noted.</summary>
    private async Task<List<string>> RestoreAsync(
        bool byName, string user, string group, uint uid = Foreign, Func<string, bool, (bool Selected, bool Descend)>? selects = null)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        Node[] nodes =
        [
            await draft.DirectoryAsync("folder"), await draft.FileAsync("file", "content"), DraftRepository.Link("link", "file"),
            DraftRepository.Plain("fifo", NodeType.Fifo),
        ];
        TreeId tree = await draft.TreeAsync([.. nodes.Select(n => n with { User = user, Group = group, UserId = uid, GroupId = Foreign })]);
        var notes = new List<string>();
        RestoreSummary summary = await draft.RestoreAsync(
            tree, _scratch.Target, new() { OwnersByName = byName, Select = selects }, new() { Noted = notes.Add });
        summary.Failures.ShouldBeEmpty();
        return notes;
    }

    private (uint User, uint Group) Owner(string name)
    {
        using DirectoryHandle target = DirectoryHandle.Open(_scratch.Target);
        FileStatus status = target.Status(PathText.Encode(name));
        return (status.UserId, status.GroupId);
    }
}
