using Holdfast.Linux;
using Holdfast.Repository;

namespace Holdfast.Archiver.Tests;

/// <summary>Which extended attributes come back.</summary>
public sealed class RestoreAttributesTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task All_do_unless_some_are_selected()
    {
        await RestoreAsync(selects: null);
        Attributes("file").ShouldBe(["user.kept=01", "user.left=02"], ignoreOrder: true);
        Attributes("folder").ShouldBe(["user.kept=01", "user.left=02"], ignoreOrder: true);
    }

    [Fact]
    public async Task Those_left_out_are_not_set()
    {
        await RestoreAsync(name => name != "user.left");
        Attributes("file").ShouldBe(["user.kept=01"]);
        Attributes("folder").ShouldBe(["user.kept=01"]);
    }

    [Theory]
    [InlineData("file", "equal")]
    [InlineData("file", "other")]
    [InlineData("folder", null)]
    public async Task Those_left_out_stay_as_they_are_where_the_content_does(string name, string? content)
    {
        if (content is null)
        {
            Directory.CreateDirectory($"{_scratch.Target}/{name}");
        }
        else
        {
            _scratch.PlaceInTarget(name, content);
        }

        using (DirectoryHandle target = DirectoryHandle.Open(_scratch.Target))
        {
            foreach (string attribute in (string[])["user.kept", "user.left", "user.left.too", "user.foreign"])
            {
                target.SetAttribute(PathText.Encode(name), new(PathText.Encode(attribute), [9]));
            }
        }

        await RestoreAsync(attribute => !attribute.StartsWith("user.left", StringComparison.Ordinal));
        string[] stays = content == "other" ? [] : ["user.left=09", "user.left.too=09"]; // it is another file that gets the name
        Attributes(name).ShouldBe(["user.kept=01", .. stays], ignoreOrder: true);
    }

    private async Task RestoreAsync(Func<string, bool>? selects)
    {
        await using DraftRepository draft = await DraftRepository.CreateAsync();
        ExtendedAttribute[] attributes = [new("user.kept"u8.ToArray(), [1]), new("user.left"u8.ToArray(), [2])];
        TreeId tree = await draft.TreeAsync(
            await draft.FileAsync("file", "equal") with { ExtendedAttributes = attributes }, await draft.DirectoryAsync("folder") with { ExtendedAttributes = attributes });
        (await draft.RestoreAsync(tree, _scratch.Target, new() { SelectAttribute = selects })).Failures.ShouldBeEmpty();
    }

    private string[] Attributes(string name)
    {
        using DirectoryHandle target = DirectoryHandle.Open(_scratch.Target);
        return [.. target.ReadAttributes(PathText.Encode(name))
            .Select(a => $"{PathText.Decode(a.Name)}={Convert.ToHexString(a.Value)}").Where(a => a.StartsWith("user.", StringComparison.Ordinal))];
    }
}
